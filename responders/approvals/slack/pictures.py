"""The pictures of a card's drafts in Slack: which can be shown there, the words beside them, and the blocks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from responders.approvals.shapes import CardView, PictureView
from responders.approvals.slack.kit import Piece, image, line, say, section, size, whole
from responders.approvals.slack.stamps import Stamp
from responders.model import Picture, Proposal

KINDS = frozenset({"image/png", "image/jpeg", "image/gif"})
"""What an image block shows (docs.slack.dev, slack file object: png, jpg, jpeg and gif); WebP stays on our page."""
MOST = 10
"""In one message, which takes 50 blocks; the present text's come first."""


def showable(p: Proposal) -> dict[str, Picture]:
    """What may be uploaded for a proposal, by hash; the present text's first."""
    every = [*p.media, *(one for draft in p.drafts for one in draft.media)]
    return {one.sha256: one for one in every if one.kind in KINDS}


def filed(c: CardView, files: Mapping[str, str]) -> CardView:
    """The card with Slack's file of each picture; `files` has them by hash."""
    drafts, room = [], MOST
    for draft in sorted(c.drafts, key=lambda one: not one.is_chosen):
        drafts.append(replace(draft, pictures=_filed(draft.pictures, files, room)))
        room -= len(draft.pictures)
    in_order = tuple(sorted(drafts, key=lambda one: one.number))
    return replace(c, drafts=in_order, pictures=_filed(c.pictures, files, MOST))


def said(pictures: Sequence[PictureView]) -> list[Piece]:
    """What goes with a text: the file's name and, whole, the alt text, which is posted as well."""
    return [section([*_about(one), *whole(one.alt)]) for one in pictures]


def shown(pictures: Sequence[PictureView], stamp: Stamp, part: str = "") -> Iterator[Piece]:
    """The pictures themselves, as far as Slack has them; `part` tells one draft's from another's."""
    for letter, one in zip("abcdefghij", pictures, strict=False):
        if one.file:
            yield image(stamp.block(f"picture{part}{letter}"), one.file, one.alt.strip() or line(one.name, 100))


def letters(pictures: Sequence[PictureView]) -> int:
    """How much of a message's room they take."""
    return sum(size(one.alt) + 200 for one in pictures)


def _about(one: PictureView) -> list[Piece]:
    """What is known of it, and where it is seen if not here."""
    named = f"With the picture {line(one.name, 100)} ({one.width} x {one.height})"
    here = (f"{named}. ", "Its alt text: ")
    there = (f"{named}, ", "shown on the page of bonmot. Its alt text: ")
    return [say(text, italic=True) for text in (here if one.file else there)]


def _filed(pictures: Sequence[PictureView], files: Mapping[str, str], room: int) -> tuple[PictureView, ...]:
    return tuple(replace(one, file=files.get(one.sha256, "") if at < room else "") for at, one in enumerate(pictures))
