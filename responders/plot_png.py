"""A plot as a PNG, for places that show no SVG. Letters come from our own two fonts: a server may have none."""

from __future__ import annotations

from pathlib import Path

from responders.plot import INK, Plot, Theme, draw

FONTS = Path(__file__).with_name("fonts")
WIDTH = 440
"""Between column and phone: there it is shown a little smaller, and its labels can still be read."""
ZOOM = 2.0


def png(plot: Plot, theme: Theme = "light", *, width: int = WIDTH) -> bytes:
    """The picture on paper of its own, twice as many pixels as `width` says. Blocks for some 20 ms."""
    import resvg_py  # a start without Slack does not pay for it

    return resvg_py.svg_to_bytes(
        svg_string=draw(plot, theme, width=width),
        background=INK[theme]["paper"],
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=[str(FONTS / name) for name in ("plot.ttf", "plot-bold.ttf")],
        font_family="DejaVu Sans",
        sans_serif_family="DejaVu Sans",
    )
