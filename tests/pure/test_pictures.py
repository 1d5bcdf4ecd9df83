"""Which picture goes with a text, what is drawn on it, and which files are no pictures for us."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monitor.assets import BoxSettings
from monitor.errors import BadInput
from monitor.model import Brand, Opportunity, RememberedDay, Verdict
from monitor.settings import BrandSettings, TemplateSettings
from responders.drafting import templates
from responders.drafting.templates import wrong_words
from responders.model import Picture
from responders.pictures.choosing import chosen
from responders.pictures.drawing import drawn
from responders.pictures.limits import LIMITS, MOST_BYTES, NONE, limits_of
from responders.pictures.reading import bytes_in, look
from responders.publishers import names
from tests.drawn import an_asset, as_agreed, png
from tests.samples import NOW, an_opportunity

PEARL_HARBOR = RememberedDay(
    "Pearl Harbor Day", "us", "the United States", "2,403 people killed in 1941 are mourned", rule="12-07",
    dates=(), days=1,    follows=Verdict.BLOCK, time_zones=("America/New_York",),
)  # fmt: skip
ON_THE_DAY = datetime(2026, 12, 7, 20, 0, tzinfo=UTC)


def a_brand(**changes: object) -> Brand:
    plain = {
        "title": "Oreo", "facts": [{"name": "dark", "fact": "can be dunked in the dark", "terms": ["lights out"]}],
        "accounts": ["bluesky:oreo.test"], "approval": {"approvers": ["maya"]},
    }  # fmt: skip
    return replace(BrandSettings.model_validate(plain).to_brand("oreo"), **changes)


def of_tier(tier: int) -> Opportunity:
    offered = an_opportunity()
    return replace(offered, score=replace(offered.score, tier=tier))


def a_template(asset: str | None = "dark", **more: object) -> TemplateSettings:
    return TemplateSettings.model_validate({"name": "t", "text": "dunk it", "asset": asset} | more)


def pick(
    *assets: object, asset: str = "auto", tier: int = 1, now: datetime = NOW, brand: Brand | None = None
) -> tuple[str | None, str]:
    found, why = chosen(
        a_template(asset),
        assets,
        opportunity=of_tier(tier),
        brand=brand or a_brand(),
        now=now,  # type: ignore[arg-type]
    )
    return found.name if found else None, why


# --- which one -----------------------------------------------------------------------------------------------------


def test_a_template_names_its_picture_or_leaves_it_to_fact_and_mood() -> None:
    general, ours, other = an_asset("general"), an_asset("ours", facts=["dark"]), an_asset("other", facts=["milk"])
    assert pick(general, ours, other)[0] == "ours"
    assert pick(other, general)[0] == "general"
    assert pick(general, ours, asset="general")[0] == "general"
    assert pick(other) == (None, "other: it goes with milk")
    assert pick() == (None, "there is no picture")
    assert chosen(a_template(None), [ours], opportunity=of_tier(1), brand=a_brand(), now=NOW) == (None, "")


@pytest.mark.parametrize("mood", ["playful", "warm"])
def test_where_two_people_have_to_look_only_calm_pictures_are_shown(mood: str) -> None:
    assert pick(an_asset(mood=mood), tier=1)[0] == "dark"
    assert pick(an_asset(mood=mood), tier=2) == (None, f"dark: it is {mood}, and two people have to look at this")
    assert pick(an_asset(mood=mood), an_asset("still", mood="calm"), tier=2)[0] == "still"


@pytest.mark.parametrize("asset", ["auto", "dark"])
def test_a_playful_mascot_is_never_shown_on_a_remembered_day(asset: str) -> None:
    brand = a_brand(remembered=(PEARL_HARBOR,))
    found, why = pick(an_asset(), asset=asset, now=ON_THE_DAY, brand=brand)
    assert (found, why) == (None, "dark: it is playful, and today is Pearl Harbor Day in the United States")
    assert pick(an_asset(mood="solemn"), asset="auto", now=ON_THE_DAY, brand=brand)[0] == "dark"
    assert pick(an_asset(), asset=asset, now=NOW, brand=brand)[0] == "dark"


@pytest.mark.parametrize("key", ["rights", "ends"])
def test_a_right_and_a_campaign_last_to_the_end_of_their_day_in_the_brands_zone(key: str) -> None:
    changes = {"rights": {"by": "the studio", "until": "2026-11-22"}} if key == "rights" else {"ends": "2026-11-22"}
    brand = a_brand(time_zone="America/New_York")
    late = datetime(2026, 11, 23, 4, 59, tzinfo=UTC)
    assert pick(an_asset(**changes), now=late, brand=brand)[0] == "dark"
    after = pick(an_asset(**changes), now=datetime(2026, 11, 23, 5, 0, tzinfo=UTC), brand=brand)
    assert after == (None, "dark: it may be shown until 2026-11-22")


# --- with the text -------------------------------------------------------------------------------------------------


def drafted(pictures: dict[str, Picture | str], **more: object) -> tuple[list[tuple[Picture, ...]], list[str]]:
    brand = a_brand()
    found, skipped = templates.candidates(
        of_tier(1),
        brand,
        [a_template(**more)],
        account=brand.accounts[0],
        recent=(),
        pictures=pictures,  # type: ignore[arg-type]
    )
    return [one.draft.media for one in found], [one.why for one in skipped]


def test_a_text_goes_with_its_picture_without_it_or_not_at_all_as_the_template_says() -> None:
    picture = as_agreed(png())
    assert drafted({"t": picture}) == ([(picture,)], [])
    assert drafted({"t": "bluesky takes no picture"}) == ([()], [])
    left_out = "needs its picture dark: bluesky takes no picture"
    assert drafted({"t": "bluesky takes no picture"}, needs_asset=True) == ([], [left_out])
    assert drafted({}, needs_asset=True)[0] == []
    assert drafted({"other": picture}, asset=None) == ([()], [])


# --- what networks take --------------------------------------------------------------------------------------------


def test_every_publisher_says_how_many_pictures_it_takes() -> None:
    assert sorted(LIMITS) == names()
    assert limits_of("reddit:oreo", {}).media == 0
    assert limits_of("nowhere:oreo", {}) is NONE
    block = {"accounts": {"@Banner": {"pictures": True}, "mail": {}}}
    assert [limits_of(f"webhook:{name}", {"webhook": block}).media for name in ("banner", "mail", "x")] == [1, 0, 0]


def test_a_picture_too_large_of_a_wrong_kind_or_with_too_long_an_alt_text_is_not_taken() -> None:
    bluesky = LIMITS["bluesky"]
    assert bluesky.against("image/png", 2_000_000, "x") == ""
    assert "2,000,000 bytes" in bluesky.against("image/png", 2_000_001, "x")
    assert "image/gif" in bluesky.against("image/gif", 1, "x")
    assert "1,000 characters" in bluesky.against("image/png", 1, "x" * 1001)
    assert "pixels" in bluesky.against("image/png", 1, "x", pixels=10**9)
    assert NONE.against("image/png", 1, "x") == "takes no picture"


HEADS = (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBPVP8 ")


# --- files ---------------------------------------------------------------------------------------------------------


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compress((b"\0" * ((width + 7) // 8 + 1)) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_three_kinds_of_still_pictures_are_taken_and_no_piece_of_one(kind: str) -> None:
    data = png(30, 20, kind=kind)
    found = look(data)
    assert (found.kind, found.width, found.height) == (f"image/{kind.lower()}", 30, 20)
    for size in range(0, len(data) - 4, max(1, len(data) // 25)):
        with pytest.raises(BadInput):
            look(data[:size])


@pytest.mark.parametrize(("width", "height"), [(6000, 6000), (30_000, 30_000), (2**31 - 1, 1)])
def test_a_bomb_is_refused_by_what_its_head_says(width: int, height: int) -> None:
    small, wide = struct.pack(">I", 8), struct.pack(">I", width)
    data = bomb(width, height) if width < 2**20 else bomb(8, 8).replace(small, wide, 1)
    assert len(data) < 500_000
    with pytest.raises(BadInput, match=r"pixels|damaged|is no PNG"):
        look(data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(HEADS))
def test_no_bytes_whatever_do_more_than_be_refused(data: bytes, head: bytes) -> None:
    with pytest.raises(BadInput):
        look(head + data)


def test_a_file_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * (MOST_BYTES + 1))
    (tmp_path / "folder.png").mkdir()
    for name, said in (("a.png", "larger than"), ("b.png", "no such file"), ("folder.png", "cannot be read")):
        with pytest.raises(BadInput, match=said):
            bytes_in(tmp_path / name)


def test_nothing_that_draws_is_imported_before_a_picture_is_needed() -> None:
    code = "import sys, responders.bot, responders.loading, responders.cli; assert 'PIL' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


# --- letters -------------------------------------------------------------------------------------------------------


def a_box(text: str = "dunk", **changes: object) -> BoxSettings:
    return BoxSettings.model_validate({"text": text, "at": [0, 0], "room": [60, 40], "letters": 16} | changes)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_same_words_on_the_same_picture_are_the_same_bytes(kind: str) -> None:
    data = png(kind=kind)
    once = [drawn(data, [(a_box(), "dunk")], Path()) for _ in range(2)]
    assert once[0] == once[1]
    assert look(once[0]).kind == ("image/jpeg" if kind == "JPEG" else "image/png")
    assert once[0] != drawn(data, [(a_box(), "dusk")], Path())
    assert once[0] != drawn(data, [(a_box(colour="#ff0000"), "dunk")], Path())


def test_words_stand_inside_their_box() -> None:
    data = drawn(png(100, 80), [(a_box(at=[20, 20], room=[60, 40], align="left"), "dunk it")], Path())
    with Image.open(io.BytesIO(data)) as picture:
        ink = [(x, y) for x in range(100) for y in range(80) if picture.getpixel((x, y)) != (0x11, 0x22, 0x33)]
    assert ink
    assert all(20 <= x < 80 and 20 <= y < 60 for x, y in ink)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (a_box(letters=60), "does not fit"), (a_box("many words one after another"), "does not fit"),
        (a_box(at=[10, 0]), "outside"), (a_box("\u6708"), "no letter"), (a_box("a\u202eb"), "no letter"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_well_is_refused(box: BoxSettings, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        drawn(png(), [(box, box.text)], Path())


def test_drawing_leaves_out_what_else_the_file_told() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "at home"
    Image.new("RGB", (60, 40)).save(out, "JPEG", exif=exif)
    assert look(out.getvalue()).has_exif
    after = drawn(out.getvalue(), [(a_box(), "dunk")], Path())
    assert not look(after).has_exif
    assert b"at home" not in after


def test_strangers_words_never_get_onto_a_picture() -> None:
    assert wrong_words("{{ fact }} on a {{ weekday }}") == []
    assert "strangers" in wrong_words("{{ tag }}")[0]
    assert "strangers" in wrong_words("{{ tag|upper }} dunk")[0]
    assert wrong_words("{% for x in y %}")
