"""People see the picture as it would be posted, with its alt text: on the page, in Slack's words, in the terminal."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from responders.album import Album
from responders.approvals import samples
from responders.approvals.as_json import to_json
from responders.approvals.slack import cards
from responders.commands.office import print_proposal
from responders.model import Draft, Proposal
from tests.drawn import as_agreed, png
from tests.inbox_house import House, open_house
from tests.slack_house import card as a_card
from tests.slack_house import reader as a_reader

DATA = png()
PICTURE = as_agreed(DATA, alt='A cookie <b>"dunked"</b> \u202e in the dark')
ALT_AS_SHOWN = "A cookie &lt;b&gt;&#34;dunked&#34;&lt;/b&gt; [U+202E] in the dark"


def with_picture(made: Proposal) -> Proposal:
    first, *rest = made.drafts
    return replace(made, drafts=(replace(first, media=(PICTURE,)), *rest), media=(PICTURE,))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    album = Album(tmp_path)
    for data in (DATA, png(kind="JPEG"), png(kind="WEBP"), b"<html><script>alert(1)</script>", b"GIF89a"):
        album.keep(data)
    async with open_house(picture=album.read) as opened:
        yield opened


async def test_the_page_shows_the_very_bytes_with_their_alt_text(house: House) -> None:
    made = with_picture(samples.proposal("p1", samples.opportunity()))
    house.desk.offer(samples.opportunity(), made)
    visitor = await house.enter()
    _, page = await visitor.get("")
    source = f'src="/picture/{PICTURE.sha256}"'
    assert source in page
    assert page.count(ALT_AS_SHOWN) == 2  # for those who see it and for those who do not
    async with visitor.http.get(f"{visitor.url}picture/{PICTURE.sha256}") as answer:
        assert await answer.read() == DATA
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "img-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_picture_is_shown_to_nobody_without_a_session(house: House) -> None:
    stranger = house.visitor()
    status, said = await stranger.get(f"picture/{PICTURE.sha256}")
    assert status == 401
    assert "PNG" not in said


@pytest.mark.parametrize("name", ["0" * 64, "..%2f..%2fbonmot.db", PICTURE.sha256[:-1], PICTURE.sha256.upper()])
async def test_nothing_but_pictures_of_the_album_is_served(house: House, name: str) -> None:
    visitor = await house.enter()
    assert (await visitor.get(f"picture/{name}"))[0] == 404


@pytest.mark.parametrize(("data", "kind"), [(png(kind="JPEG"), "image/jpeg"), (png(kind="WEBP"), "image/webp")])
async def test_the_type_is_told_from_the_bytes(house: House, data: bytes, kind: str) -> None:
    visitor = await house.enter()
    async with visitor.http.get(f"{visitor.url}picture/{as_agreed(data).sha256}") as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, kind)


@pytest.mark.parametrize("data", [b"<html><script>alert(1)</script>", b"GIF89a"])
async def test_what_is_no_picture_is_not_served_as_one(house: House, data: bytes) -> None:
    visitor = await house.enter()
    status, said = await visitor.get(f"picture/{as_agreed(data).sha256}")
    assert status == 404
    assert "script" not in said


async def test_a_picture_that_changed_on_the_disk_is_not_shown(house: House, tmp_path: Path) -> None:
    (tmp_path / PICTURE.sha256).write_bytes(DATA + b"\0")
    visitor = await house.enter()
    assert (await visitor.get(f"picture/{PICTURE.sha256}"))[0] == 404


async def test_a_page_without_an_album_has_no_pictures() -> None:
    async with open_house() as bare:
        visitor = await bare.enter()
        assert (await visitor.get(f"picture/{PICTURE.sha256}"))[0] == 404


def test_slack_tells_name_and_alt_text_in_words_that_ring_nobody() -> None:
    shown = a_card()
    shown = replace(shown, proposal=with_picture(shown.proposal))
    plain, told = str(cards.message(a_card(), a_reader())), str(cards.message(shown, a_reader()))
    assert "alt text" not in plain
    assert told.count("dunk.png (60 x 40)") == 1
    assert '<b>"dunked"</b> [U+202E] in the dark' in told
    assert "mrkdwn" not in told


def test_scripts_and_the_terminal_are_told_the_same() -> None:
    shown = a_card()
    shown = replace(shown, proposal=with_picture(shown.proposal))
    told = to_json(shown)
    assert [one["sha256"] for one in told["media"]] == [PICTURE.sha256]
    assert told["drafts"][0]["media"] == told["media"]
    out = io.StringIO()
    other = Draft(shown.proposal.account, "another", "other", media=(as_agreed(DATA, alt="plain"),))
    print_proposal(Console(file=out, width=200), replace(shown.proposal, drafts=(*shown.proposal.drafts, other)))
    said = out.getvalue()
    assert f"with:  dunk.png, 60 x 40, {len(DATA)} bytes, media/{PICTURE.sha256} in the data folder" in said
    assert 'alt:   A cookie <b>"dunked"</b>' in said
    assert "\u202e" not in said
    assert "[with dunk.png: plain]" in said
