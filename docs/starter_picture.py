"""Draws config/assets/dark.png, the picture of the starter settings: a cookie and a glass of milk in a beam of light.

Run `python docs/starter_picture.py`. The words on it are drawn by the settings themselves (`draw` in assets/oreo.yaml).
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

SIZE = (1200, 675)
FINER = 3
"""Everything is drawn so many times larger, and made smooth by shrinking."""
COLOURS = 24
DOTS = ((-60, -50), (-12, -72), (36, -50), (-84, -6), (-12, -6), (60, -6), (-60, 38), (-12, 58), (36, 38))
NIGHT, BEAM, FLOOR = (13, 17, 31), (38, 46, 74), (58, 67, 99)
WAFER, RIM, CREAM, MILK, GLASS = (24, 20, 22), (66, 54, 58), (244, 240, 228), (250, 250, 247), (120, 133, 168)


def main() -> None:
    """Write the picture."""
    sheet = Image.new("RGB", (SIZE[0] * FINER, SIZE[1] * FINER), NIGHT)
    pen = ImageDraw.Draw(sheet)

    def at(*numbers: float) -> list[int]:
        return [round(number * FINER) for number in numbers]

    pen.polygon(at(610, 0, 690, 0, 1060, 600, 240, 600), fill=BEAM)
    pen.ellipse(at(240, 545, 1060, 655), fill=FLOOR)
    cookie(pen, at, 500, 470)
    glass(pen, at, 760, 330)
    small = sheet.resize(SIZE, Image.Resampling.LANCZOS).quantize(COLOURS)
    small.save(Path(__file__).parents[1] / "config" / "assets" / "dark.png", optimize=True)


def cookie(pen: ImageDraw.ImageDraw, at, x: float, y: float) -> None:  # type: ignore[no-untyped-def]
    """Two wafers with cream between them, half turned to us."""
    pen.ellipse(at(x - 118, y - 104, x + 138, y + 122), fill=WAFER, outline=RIM, width=3 * FINER)
    pen.ellipse(at(x - 126, y - 112, x + 126, y + 112), fill=CREAM)
    pen.ellipse(at(x - 140, y - 120, x + 116, y + 106), fill=WAFER, outline=RIM, width=4 * FINER)
    pen.ellipse(at(x - 116, y - 98, x + 92, y + 84), outline=RIM, width=4 * FINER)
    for left, top in DOTS:
        pen.ellipse(at(x + left - 13, y + top - 13, x + left + 13, y + top + 13), outline=RIM, width=4 * FINER)


def glass(pen: ImageDraw.ImageDraw, at, x: float, y: float) -> None:  # type: ignore[no-untyped-def]
    """A glass of milk."""
    pen.polygon(at(x, y, x + 170, y, x + 150, y + 262, x + 20, y + 262), fill=GLASS)
    pen.polygon(at(x + 12, y + 46, x + 158, y + 46, x + 142, y + 250, x + 28, y + 250), fill=MILK)
    pen.ellipse(at(x + 12, y + 30, x + 158, y + 62), fill=CREAM)


if __name__ == "__main__":
    main()
