"""How a text that may be posted is measured and shown, with its pictures. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import BadInput
from responders.approvals import words
from responders.approvals.shapes import PictureView
from responders.drafting.lengths import measure
from responders.drafting.price import price_text
from responders.model import Picture


def length_text(account: str, text: str, *, pictures: int = 0) -> tuple[str, bool]:
    """`87 / 280, 0.015 USD` by the platform's own rule and price, and whether it fits."""
    try:
        length = measure(account.partition(":")[0], text)
    except BadInput:  # a platform without a rule of its own has no limit that we know
        return f"{len(text)} characters", True
    price = price_text(account, text, pictures=pictures)
    used = f"{length.used} / {length.limit}" if length.limit else f"{length.used} {length.unit}"
    return f"{used}{f', {price}' if price else ''}", length.fits


def pictures_of(media: Sequence[Picture]) -> tuple[PictureView, ...]:
    """To the last byte as they would be posted."""
    return tuple(
        PictureView(one.sha256, words.plain(one.name, 100), words.revealed(one.alt), one.width, one.height)
        for one in media
    )
