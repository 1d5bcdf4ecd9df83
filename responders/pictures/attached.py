"""The pictures of a publication, as every publisher looks at them before anybody is asked. Pure."""

from __future__ import annotations

import hashlib

from monitor.errors import Refused
from responders.model import Picture, Publication
from responders.pictures.limits import Limits


def check_pictures(publication: Publication, limits: Limits, place: str) -> None:
    """Raises Refused for pictures that the place does not take. A text is never posted without what was agreed to."""
    if len(publication.media) > limits.media:
        many = f"at most {limits.media} pictures" if limits.media else "no picture"
        raise Refused(f"{place} takes {many}, and {len(publication.media)} was agreed to with this text")
    for picture in publication.media:
        against = limits.against(picture.kind, picture.size, picture.alt, pixels=picture.width * picture.height)
        if against:
            raise Refused(f"{place} {against}")


def with_files(publication: Publication) -> list[tuple[Picture, bytes]]:
    """Each picture with its bytes. Raises Refused where they are not the very bytes that were agreed to."""
    if len(publication.files) != len(publication.media):
        raise Refused(f"{publication.proposal}: the bytes of its picture are missing; nothing is posted without it")
    pairs = list(zip(publication.media, publication.files, strict=True))
    for picture, data in pairs:
        if hashlib.sha256(data).hexdigest() != picture.sha256:
            raise Refused(f"{publication.proposal}: the picture was changed after it was agreed to; it is not posted")
    return pairs
