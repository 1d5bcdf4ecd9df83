"""What `bonmot check` says of assets: files that cannot be shown, words that cannot be drawn, rights that ran out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from monitor.assets import AUTO, AssetSettings
from monitor.errors import BadInput
from monitor.load import Loaded
from monitor.mistakes import nearest
from monitor.settings import BrandSettings, TemplateSettings
from monitor.yamlfile import Document, Mistake, Trail
from responders.pictures.limits import limits_of
from responders.pictures.reading import Look, bytes_in, look

FOLDER = "assets"


def check_assets(loaded: Loaded) -> None:
    """Check every picture as it would be shown, and that templates name pictures that exist and can be posted."""
    for name, file in loaded.assets.items():
        document = loaded.documents[f"{FOLDER}/{name}.yaml"]
        if name not in loaded.brands:
            if f"brands/{name}.yaml" not in loaded.documents:
                text = f"there is no brand '{name}'{nearest(name, loaded.brands)}; the file is named after one"
                loaded.warnings.append(document.mistake((), text))
            continue
        seen: set[str] = set()
        for i, asset in enumerate(file.assets):
            for mistake in _of_asset(asset, i, loaded.brands[name], document=document, folder=loaded.root / FOLDER):
                document.mistakes.append(mistake)
            if asset.name in seen or asset.name == AUTO:
                text = f"'{asset.name}' is taken; a name of its own is wanted"
                document.mistakes.append(document.mistake(("assets", i, "name"), text))
            seen.add(asset.name)
        loaded.warnings.extend(_doubts(loaded, name, document))
    _check_templates(loaded)


def run_out(loaded: Loaded, today: date) -> None:
    """Add a mistake for every right that has ended; a campaign that has is only a warning."""
    for name, file in loaded.assets.items():
        document = loaded.documents[f"{FOLDER}/{name}.yaml"]
        for i, asset in enumerate(file.assets):
            until, ends = asset.rights.until, asset.ends
            if until is not None and date.fromisoformat(until) < today:
                text = f"the right to show {asset.name} ended on {until}; renew it, or remove the picture"
                document.mistakes.append(document.mistake(("assets", i, "rights", "until"), text))
            elif ends is not None and date.fromisoformat(ends) < today:
                text = f"{asset.name} ended on {ends} and is not shown any more"
                loaded.warnings.append(document.mistake(("assets", i, "ends"), text))


def _of_asset(
    asset: AssetSettings, i: int, brand: BrandSettings, *, document: Document, folder: Path
) -> Iterator[Mistake]:
    here: Trail = ("assets", i)
    facts = [fact.name for fact in brand.facts]
    for j, fact in enumerate(asset.facts):
        if fact not in facts:
            yield document.mistake((*here, "facts", j), f"{brand.title} has no fact '{fact}'{nearest(fact, facts)}")
    elsewhere = [market for market in brand.markets if asset.markets and market not in asset.markets]
    if elsewhere:
        text = f"{brand.title} is heard in {', '.join(elsewhere)} as well, where this picture may not be shown"
        yield document.mistake((*here, "markets"), text)
    try:
        data = bytes_in(folder / asset.file)
        found = look(data, Path(asset.file).suffix)
    except BadInput as error:
        yield document.mistake((*here, "file"), str(error))
        return
    yield from _of_words(asset, here, document=document, data=data, found=found, folder=folder)


def _of_words(
    asset: AssetSettings, here: Trail, *, document: Document, data: bytes, found: Look, folder: Path
) -> Iterator[Mistake]:
    from responders.drafting.templates import wrong_words  # jinja2 is slow to import
    from responders.pictures.drawing import drawn

    for wrong in wrong_words(asset.alt):
        yield document.mistake((*here, "alt"), wrong)
    for j, box in enumerate(asset.draw):
        place: Trail = (*here, "draw", j)
        if wrong_box := wrong_words(box.text):
            yield from (document.mistake((*place, "text"), wrong) for wrong in wrong_box)
            continue
        right, bottom = box.at[0] + box.room[0], box.at[1] + box.room[1]
        if right > found.width or bottom > found.height:
            text = f"ends at {right} x {bottom}, outside of the picture of {found.width} x {found.height} pixels"
            yield document.mistake((*place, "room"), text)
            continue
        try:
            if "{{" not in box.text:  # what slots hold is known when a card is made
                drawn(data, [(box, box.text)], folder)
        except BadInput as error:
            yield document.mistake((*place, "text"), str(error))


def _doubts(loaded: Loaded, name: str, document: Document) -> Iterator[Mistake]:
    """Warnings: accounts that do not take a picture, data about where it was taken."""
    publishers = loaded.bot.publishers if loaded.bot else {}
    for i, asset in enumerate(loaded.assets[name].assets):
        try:
            data = bytes_in(loaded.root / FOLDER / asset.file)
            found = look(data)
        except BadInput:
            continue
        if found.has_exif and not asset.draw:
            text = "holds EXIF data, which may tell where and with what it was taken; save it without"
            yield document.mistake(("assets", i, "file"), text)
        for account in loaded.brands[name].accounts:
            limits = limits_of(account, publishers)
            against = limits.against(found.kind, len(data), asset.alt, pixels=found.width * found.height)
            if against and limits.media:
                yield document.mistake(("assets", i, "file"), f"{account} {against}")


def _check_templates(loaded: Loaded) -> None:
    for name, brand in loaded.brands.items():
        assets = loaded.assets.get(name)
        if assets is None and f"{FOLDER}/{name}.yaml" in loaded.documents:
            continue  # its own mistakes come first
        known = [asset.name for asset in assets.assets] if assets else []
        if not known:
            loaded.warnings.extend(_without_pictures(loaded, name, brand))
        for document, trail, template in _templates_of(loaded, name, brand):
            for key, text in _of_template(template, known, name, brand=brand, loaded=loaded):
                document.mistakes.append(document.mistake((*trail, key), text))


def _without_pictures(loaded: Loaded, name: str, brand: BrandSettings) -> Iterator[Mistake]:
    for document, trail, template in _templates_of(loaded, name, brand):
        if template.asset is not None and not template.needs_asset:
            text = f"there is no {FOLDER}/{name}.yaml with pictures of {brand.title}: the text goes alone"
            yield document.mistake((*trail, "asset"), text)


def _templates_of(
    loaded: Loaded, name: str, brand: BrandSettings
) -> Iterator[tuple[Document, Trail, TemplateSettings]]:
    for stem in brand.templates or [name]:
        file = loaded.templates.get(stem)
        for i, template in enumerate(file.templates if file else ()):
            yield loaded.documents[f"templates/{stem}.yaml"], ("templates", i), template


def _of_template(
    template: TemplateSettings, known: list[str], name: str, *, brand: BrandSettings, loaded: Loaded
) -> Iterator[tuple[str, str]]:
    if template.asset is None:
        if template.needs_asset:
            yield "needs_asset", "needs a picture and names none; write `asset: auto`, or a name of assets/"
        return
    if template.asset not in (AUTO, *known) and (known or template.needs_asset):
        yield "asset", f"{name} has no picture '{template.asset}'{nearest(template.asset, [AUTO, *known])}"
    publishers = loaded.bot.publishers if loaded.bot else {}
    if template.needs_asset and not any(limits_of(account, publishers).media for account in brand.accounts):
        yield "needs_asset", f"{name}: can be used on no account: {', '.join(brand.accounts)} take no picture"
