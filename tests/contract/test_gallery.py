"""From the settings of assets to the pictures of a card: read, drawn on, kept; and the text alone where that fails."""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from monitor.clock import FakeClock
from monitor.model import Account, Bridge
from monitor.settings import Settings, to_account
from responders.album import Album
from responders.desk import Books
from responders.drafting.choice import Choice
from responders.erasing import KEPT_FOR, PICTURES_KEPT_FOR, Eraser
from responders.ledger import Ledger
from responders.loading import load_settings, starter_dir
from responders.pictures.gallery import Gallery
from responders.pictures.reading import look
from tests.contract.test_pictures_approved import approved, with_picture
from tests.drawn import as_agreed, png
from tests.samples import NOW, an_opportunity

TEMPLATE = "dunk-in-the-dark"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(starter_dir(), tmp_path / "config")
    return tmp_path / "config"


def change(config: Path, file: str, **changes: Any) -> None:
    """Change the first asset or template of a file."""
    path = config / file
    told = yaml.safe_load(path.read_text("utf-8"))
    next(iter(told.values()))[0].update(changes)
    path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")


async def drafts(
    config: Path,
    album: Album,
    *,
    account: Account | None = None,
    tier: int = 1,
    now: datetime = NOW,
    settings: Settings | None = None,
) -> dict[str, tuple[Any, ...]]:
    """What the first three texts go with, by template."""
    settings = settings or load_settings(config, {})
    brand = next(brand for brand in settings.domain_brands() if brand.name == "oreo")
    bridge = Bridge("dunk-in-the-dark", "An Oreo can be dunked in the dark", 0.9, ("lights out",))
    offered = an_opportunity()
    offered = replace(offered, score=replace(offered.score, tier=tier, bridge=bridge))
    templates = settings.templates["oreo"].templates
    choice = Choice(offered, brand, account or brand.accounts[0], (), templates)
    hung = await Gallery(album, FakeClock(now)).hung(choice, settings)
    return {one.draft.template: one.draft.media for one in hung.from_templates()}


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "media")


async def test_the_starter_picture_goes_with_its_text_drawn_and_kept(config: Path, album: Album) -> None:
    found = await drafts(config, album)
    assert {name: len(media) for name, media in found.items()} == {TEMPLATE: 1, "by-touch": 0, "no-batteries": 0}
    [picture] = found[TEMPLATE]
    data = album.read(picture.sha256)
    assert data != (config / "assets" / "dark.png").read_bytes()
    shown = look(data)
    assert (picture.kind, picture.width, picture.height, picture.size) == ("image/png", 1200, 675, len(data))
    assert (shown.width, shown.height, shown.has_exif) == (1200, 675, False)
    assert "You can still dunk in the dark" in picture.alt
    assert (await drafts(config, album))[TEMPLATE] == (picture,), "the same card, the same bytes"


async def test_words_of_slots_are_drawn_and_told(config: Path, album: Album) -> None:
    [box] = yaml.safe_load((config / "assets" / "oreo.yaml").read_text("utf-8"))["assets"][0]["draw"]
    change(
        config, "assets/oreo.yaml", alt="{{ brand }}: {{ fact }}", draw=[box | {"text": "{{ fact }}", "letters": 40}]
    )
    [picture] = (await drafts(config, album))[TEMPLATE]
    assert picture.alt == "Oreo: an Oreo can be dunked in the dark"


async def test_two_people_or_a_day_of_mourning_see_no_playful_picture(config: Path, album: Album) -> None:
    pearl_harbor = datetime(2026, 12, 7, 20, 0, tzinfo=UTC)
    assert (await drafts(config, album, tier=2))[TEMPLATE] == ()
    assert (await drafts(config, album, now=pearl_harbor))[TEMPLATE] == ()
    change(config, "templates/oreo.yaml", needs_asset=True)
    assert TEMPLATE not in await drafts(config, album, now=pearl_harbor)
    change(config, "assets/oreo.yaml", mood="solemn")
    assert len((await drafts(config, album, now=pearl_harbor))[TEMPLATE]) == 1


async def test_a_right_that_ended_takes_the_picture_away_without_a_restart(config: Path, album: Album) -> None:
    change(config, "assets/oreo.yaml", rights={"by": "the studio", "until": "2026-11-22"})
    assert len((await drafts(config, album))[TEMPLATE]) == 1
    assert (await drafts(config, album, now=NOW + timedelta(days=1)))[TEMPLATE] == ()


@pytest.mark.parametrize(("account", "count"), [("reddit:oreo", 0), ("webhook:mail", 0), ("webhook:banner", 1)])
async def test_an_account_that_takes_none_goes_without(config: Path, album: Album, account: str, count: int) -> None:
    settings = load_settings(config, {})
    hooks = {"accounts": {"banner": {"pictures": True}, "mail": {}}}
    settings = settings.model_copy(update={"bot": settings.bot.model_copy(update={"publishers": {"webhook": hooks}})})
    found = await drafts(config, album, account=to_account(account), settings=settings)
    assert len(found[TEMPLATE]) == count


SPOILT = {"empty": b"", "text": b"no picture", "cut": png()[:40], "small": png(20, 20), "jpeg": png(kind="JPEG")}


@pytest.mark.parametrize("data", SPOILT.values(), ids=list(SPOILT))
async def test_a_file_that_was_spoilt_since_leaves_the_text_alone(config: Path, album: Album, data: bytes) -> None:
    settings = load_settings(config, {})
    (config / "assets" / "dark.png").write_bytes(data)
    assert (await drafts(config, album, settings=settings))[TEMPLATE] == ()
    (config / "assets" / "dark.png").unlink()
    assert (await drafts(config, album, settings=settings))[TEMPLATE] == ()


async def test_a_picture_too_large_for_the_network_leaves_the_text_alone(config: Path, album: Album) -> None:
    noise = Image.frombytes("RGB", (1200, 675), os.urandom(1200 * 675 * 3))
    out = io.BytesIO()
    noise.save(out, "PNG")
    assert 2_000_000 < len(out.getvalue()) < 5_000_000
    (config / "assets" / "dark.png").write_bytes(out.getvalue())
    assert (await drafts(config, album))[TEMPLATE] == ()
    assert len((await drafts(config, album, account=to_account("x:oreo")))[TEMPLATE]) == 1


async def test_words_the_brand_never_says_are_not_drawn_either(config: Path, album: Album) -> None:
    [box] = yaml.safe_load((config / "assets" / "oreo.yaml").read_text("utf-8"))["assets"][0]["draw"]
    change(config, "assets/oreo.yaml", draw=[box | {"text": "Buy now"}])
    assert (await drafts(config, album))[TEMPLATE] == ()


async def test_pictures_of_cards_that_closed_long_ago_go(ledger: Ledger, album: Album, tmp_path: Path) -> None:
    kept, other = png(), png(colour="#000000")
    for data in (kept, other):
        album.keep(data)
    picture = as_agreed(kept)
    approved(ledger, with_picture(picture))
    clock = FakeClock(datetime.now(UTC) + KEPT_FOR * 2)
    books = Books(ledger)
    eraser = Eraser(books, None, clock, aside=tmp_path / "none", album=album)  # type: ignore[arg-type]
    try:
        await eraser.look()
        assert [path.name for path in (tmp_path / "media").iterdir()] == [picture.sha256]
        ledger.withdraw("p1", by="guard", why="so it is", now=NOW)
        clock = FakeClock(clock.now() + PICTURES_KEPT_FOR)
        await replace(eraser, clock=clock).look()
        assert list((tmp_path / "media").iterdir()) == []
    finally:
        books.close()
