"""From assets to the pictures of one card: chosen, read, drawn on, looked at again, and kept in the album."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from monitor.assets import AssetSettings
from monitor.clock import Clock
from monitor.errors import BadInput, Unavailable
from monitor.settings import Settings
from responders.album import Album
from responders.drafting import templates
from responders.drafting.checks import spoken
from responders.drafting.choice import Choice
from responders.model import Picture
from responders.pictures.choosing import Pictures, chosen
from responders.pictures.drawing import drawn
from responders.pictures.limits import limits_of
from responders.pictures.reading import bytes_in, look

log = structlog.get_logger()

FOLDER = "assets"
"""In the settings' folder."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Hangs beside each text the picture that goes with it. One that cannot be shown is left out and logged."""

    album: Album
    clock: Clock

    async def hung(self, choice: Choice, settings: Settings) -> Choice:
        """The choice with the pictures of its templates; nothing is read where no template wants one."""
        file = settings.assets.get(choice.brand.name)
        if all(template.asset is None for template in choice.templates):
            return choice
        work = _Work(choice, settings, self.album, self.clock.now())
        return replace(choice, pictures=await asyncio.to_thread(work.pictures, file.assets if file else ()))


@dataclass(frozen=True, slots=True)
class _Work:
    """The pictures of one card."""

    choice: Choice
    settings: Settings
    album: Album
    now: datetime

    def pictures(self, assets: Sequence[AssetSettings]) -> Pictures:
        """By template. Blocking: files are read, letters drawn."""
        opportunity, brand = self.choice.opportunity, self.choice.brand
        slots, _ = templates.slots_of(opportunity, brand)
        slots.pop("tag", None)
        made: dict[str, Picture | str] = {}
        found: dict[str, Picture | str] = {}
        for template in self.choice.templates:
            asset, why = chosen(template, assets, opportunity=opportunity, brand=brand, now=self.now)
            if asset is not None:
                if asset.name not in made:
                    made[asset.name] = self._made(asset, slots)
                found[template.name] = made[asset.name]
            elif template.asset is not None:
                found[template.name] = why
        return found

    def _made(self, asset: AssetSettings, slots: Mapping[str, str]) -> Picture | str:
        try:
            return self._kept(asset, slots)
        except (BadInput, Unavailable) as error:
            log.warning("picture_refused", brand=self.choice.brand.name, name=asset.name, reason=str(error))
            return f"{asset.name} cannot be shown: {error}"

    def _kept(self, asset: AssetSettings, slots: Mapping[str, str]) -> Picture:
        folder = self.settings.root / FOLDER
        data, path = bytes_in(folder / asset.file), Path(asset.file)
        found = look(data, path.suffix)
        if asset.draw:
            texts = [(box, self._filled(box.text, slots)) for box in asset.draw]
            data = drawn(data, texts, folder)
            found = look(data)
            path = path.with_suffix({"image/jpeg": ".jpg"}.get(found.kind, ".png"))
        alt = self._filled(asset.alt, slots)
        limits = limits_of(self.choice.account.key, self.settings.bot.publishers)
        against = limits.against(found.kind, len(data), alt, pixels=found.width * found.height)
        if against:
            raise BadInput(f"{self.choice.account.key} {against}")
        return Picture(
            sha256=self.album.keep(data),
            alt=alt,
            kind=found.kind,
            name=path.name,
            width=found.width,
            height=found.height,
            size=len(data),
            made_with_ai=asset.made_with_ai,
        )

    def _filled(self, text: str, slots: Mapping[str, str]) -> str:
        """Words of a picture, which everybody reads like the text beside it."""
        words, why = templates.words_of(text, slots)
        why = why or "; ".join(spoken(words or "", self.choice.brand))
        if why or not words:
            raise BadInput(why or "an empty text")
        return words
