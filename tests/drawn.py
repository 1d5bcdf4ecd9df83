"""Pictures made on the spot, and the settings of assets, for tests."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from monitor.assets import AssetSettings
from responders.model import Picture
from tests.samples import a_picture


def png(width: int = 60, height: int = 40, *, colour: str = "#112233", kind: str = "PNG") -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def as_agreed(data: bytes, **changes: Any) -> Picture:
    """What is agreed to of a plain picture."""
    return a_picture(data, **{"width": 60, "height": 40, **changes})


def an_asset(name: str = "dark", **changes: Any) -> AssetSettings:
    """A playful picture that may be shown for ever."""
    plain = {"name": name, "file": "dark.png", "alt": "a cookie", "rights": {"by": "the studio"}, "mood": "playful"}
    return AssetSettings.model_validate(plain | changes)
