"""The schema of config/assets/: a brand's pictures, what may be done with each, and where it fits."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monitor.schema import Model, Name

AUTO = "auto"
"""What a template asks for that leaves the choice of the picture to fact and mood."""
CALM = frozenset({"calm", "solemn"})
"""The moods for what two people have to look at, and for days on which somebody mourns."""
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
FONTS = (".ttf", ".otf")
Mood = Literal["playful", "warm", "calm", "solemn"]
MOST_SIDE = 10_000
"""Pixels."""


def _real_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no date; write 2027-05-04") from error
    return text


def _spoken(text: str) -> str:
    if not text.strip():
        raise ValueError("must tell what the picture shows")
    return text


Day = Annotated[str, AfterValidator(_real_date)]
Pair = Annotated[list[Annotated[int, Field(ge=0, le=MOST_SIDE)]], Field(min_length=2, max_length=2)]


class RightsSettings(Model):
    """Who allows the brand to show it, and until when."""

    by: str = Field(min_length=3, max_length=300, description="who allows it, and where that is written down")
    until: Day | None = Field(default=None, description="the last day, such as 2027-05-04; without it for ever")


class BoxSettings(Model):
    """A text that is drawn on the picture: the same letters at the same place each time."""

    text: str = Field(min_length=1, max_length=300, description="words and the slots of templates, but for `tag`")
    at: Pair = Field(description="left and top of the box in pixels")
    room: Pair = Field(description="width and height of the box; what does not fit is refused, never made smaller")
    letters: int = Field(default=48, ge=12, le=1000, description="their size in pixels")
    colour: str = Field(default="#ffffff", pattern=r"^#[0-9a-fA-F]{6}$", description="of the form #ffffff")
    align: Literal["left", "center", "right"] = "center"
    font: str | None = Field(
        default=None, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.(ttf|otf)$",
        description="the name of a .ttf or .otf file beside this one; without it Pillow's own",
    )  # fmt: skip


class AssetSettings(Model):
    """One picture."""

    name: Name
    file: str = Field(
        max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.(png|jpg|jpeg|webp)$",
        description="the name of a .png, .jpg or .webp file beside this one",
    )  # fmt: skip
    alt: Annotated[str, AfterValidator(_spoken)] = Field(
        min_length=1, max_length=1000,
        description="what it shows, for those who cannot see it; may hold the slots of templates, but for `tag`",
    )  # fmt: skip
    rights: RightsSettings
    mood: Mood
    markets: list[Name] = Field(default_factory=list, max_length=100, description="where it may be shown; none: all")
    facts: list[Name] = Field(default_factory=list, max_length=100, description="facts it goes with; none: any")
    ends: Day | None = Field(default=None, description="the last day on which it is shown: a campaign's end")
    made_with_ai: bool = Field(default=False, description="X labels the post so")
    draw: list[BoxSettings] = Field(default_factory=list, max_length=10)

    @property
    def last_day(self) -> date | None:
        """The last day on which it may be shown and is."""
        days = [date.fromisoformat(text) for text in (self.rights.until, self.ends) if text]
        return min(days, default=None)


class AssetFile(Model):
    """One file in config/assets/. Its file name is the brand's name; the pictures lie beside it."""

    assets: list[AssetSettings] = Field(min_length=1, max_length=500)
