"""Letters on a picture: the same bytes for the same input, and a text that does not fit is refused, never squeezed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.assets import BoxSettings
from monitor.errors import BadInput

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

LINE = 1.2
"""The distance of lines, in letters' sizes."""
NOBODYS = "\U0010ffff"
"""No font has a letter for it: what is drawn in its place is drawn for every letter that a font lacks."""


def drawn(data: bytes, boxes: Sequence[tuple[BoxSettings, str]], folder: Path) -> bytes:
    """The picture with the texts in its boxes; fonts lie in `folder`. Raises BadInput for what cannot be drawn.

    JPEG stays JPEG, anything else becomes PNG. What else the file held (where it was taken) is left out.
    """
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(data)) as picture:
        is_photo = picture.format == "JPEG"
        sheet = picture.convert("RGB" if is_photo or "A" not in picture.getbands() else "RGBA")
    sheet.info.clear()
    pen = ImageDraw.Draw(sheet)
    for box, text in boxes:
        _write(pen, box, text, folder=folder, sheet=sheet.size)
    out = io.BytesIO()
    if is_photo:
        sheet.save(out, "JPEG", quality=90)
    else:
        sheet.save(out, "PNG", optimize=False)
    return out.getvalue()


def lines_of(box: BoxSettings, text: str, folder: Path) -> list[str]:
    """The text in lines as wide as its box. Raises BadInput where it does not fit, or the font has no such letter."""
    font = _font(box, folder)
    _refuse_strange(text, font)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.append("")
        for word in paragraph.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and font.getlength(longer) > box.room[0]:
                lines.append(word)
            else:
                lines[-1] = longer
    widest = max(font.getlength(line) for line in lines)
    if widest > box.room[0] or len(lines) * box.letters * LINE > box.room[1]:
        raise BadInput(
            f"{text!r} does not fit into {box.room[0]} x {box.room[1]} pixels with letters of {box.letters}: "
            "shorten it, or give it more room"
        )
    return lines


def _write(pen: ImageDraw.ImageDraw, box: BoxSettings, text: str, *, folder: Path, sheet: tuple[int, int]) -> None:
    if box.at[0] + box.room[0] > sheet[0] or box.at[1] + box.room[1] > sheet[1]:
        raise BadInput(f"the box of {text!r} lies outside of the picture, which has {sheet[0]} x {sheet[1]} pixels")
    font = _font(box, folder)
    lines = lines_of(box, text, folder)
    top = box.at[1] + (box.room[1] - len(lines) * box.letters * LINE) / 2
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[box.align]
    for line in lines:
        left = box.at[0] + (box.room[0] - font.getlength(line)) * share
        pen.text((round(left), round(top)), line, fill=box.colour, font=font)
        top += box.letters * LINE


def _font(box: BoxSettings, folder: Path) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    if box.font is None:
        font = ImageFont.load_default(box.letters)
        if not isinstance(font, ImageFont.FreeTypeFont):
            raise BadInput("this Pillow cannot draw letters (it is built without FreeType); name a build that can")
        return font
    try:
        # Basic layout: what a machine has installed beside Pillow must not change the bytes.
        return ImageFont.truetype(folder / box.font, box.letters, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise BadInput(f"the font {box.font} cannot be read: {error}") from error


def _refuse_strange(text: str, font: ImageFont.FreeTypeFont) -> None:
    lacking = bytes(font.getmask(NOBODYS))
    for letter in dict.fromkeys(text):
        if not letter.isspace() and (not letter.isprintable() or bytes(font.getmask(letter)) == lacking):
            raise BadInput(f"the font has no letter {letter!r}; write it otherwise, or name a font that has it")
