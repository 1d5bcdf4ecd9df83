"""What a picture's file holds, looked at before anything of it is believed. Pillow is imported when it is needed."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import BadInput
from responders.pictures.limits import MOST_BYTES, MOST_PIXELS

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
PNG_END = b"IEND\xaeB`\x82"
"""Pillow takes a PNG without it."""
ENDINGS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a file that can be shown."""

    kind: str
    width: int
    height: int
    has_exif: bool
    """Where and with what it was taken, perhaps."""


def bytes_in(path: Path) -> bytes:
    """The file. Raises BadInput with what is wrong, without the path."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise BadInput("there is no such file beside it") from error
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or type(error).__name__}") from error
    if len(data) > MOST_BYTES:
        raise BadInput(f"is larger than {MOST_BYTES:,} bytes, which no network takes")
    return data


def look(data: bytes, ending: str = "") -> Look:
    """Decode it whole. Raises BadInput, with words for a person, for what is no still picture of a sane size.

    The size is read from the head and checked before anything is unpacked: a small file may hold a bomb.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=tuple(FORMATS)) as picture:
                found = _checked(picture, data, ending)
                picture.load()
    except UnidentifiedImageError as error:
        raise BadInput("is no PNG, JPEG or WebP picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadInput(f"unpacks to more than {MOST_PIXELS:,} pixels") from error
    except (OSError, SyntaxError, ValueError, Warning) as error:
        raise BadInput(f"is damaged or cut off: {str(error)[:100]}") from error
    return found


def _checked(picture: object, data: bytes, ending: str) -> Look:
    from PIL import Image

    assert isinstance(picture, Image.Image)
    kind = FORMATS.get(picture.format or "")
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise BadInput(f"unpacks to {width} x {height} pixels, more than {MOST_PIXELS:,}")
    if kind is None or getattr(picture, "n_frames", 1) > 1:
        raise BadInput("moves or holds several pictures; one still picture is wanted")
    if kind == "image/png" and PNG_END not in data:
        raise BadInput("is damaged or cut off: its end is missing")
    if ending and ENDINGS.get(ending) != kind:
        raise BadInput(f"ends in {ending} and holds {kind}")
    return Look(kind, width, height, bool(picture.getexif()))
