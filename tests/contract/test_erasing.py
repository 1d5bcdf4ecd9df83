"""Strangers' posts leave every place where they were kept: cards, memory, the saved state, the database's own file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from monitor.clock import FakeClock
from monitor.erase import TakenBack
from monitor.model import Post
from monitor.sources import Batch
from monitor.storage import database, open_database
from responders.bot import built
from responders.erasing import KEPT_FOR
from responders.ledger import Ledger
from responders.loading import load_settings
from responders.watch_state import STATE_FILE, resumed
from tests.crowd import START, chatter
from tests.ledger_moves import order
from tests.lives import TickingClock, furnish, people
from tests.samples import NOW, a_proposal, an_opportunity

DARK = ("the stadium lights went out", "stadium lights out, so dark", "who turned off the stadium lights")
MANY = 10_000


def some_posts(*texts: str, platform: str = "bluesky") -> tuple[Post, ...]:
    return tuple(Post(f"at://{n}", platform, NOW, one, author=f"did:{n}") for n, one in enumerate(texts))


def keep(ledger: Ledger, number: int, posts: tuple[Post, ...]) -> None:
    opportunity = an_opportunity(f"t{number}")
    trend = replace(opportunity.trend, samples=posts[:2], evidence=posts)
    ledger.save_opportunity(replace(opportunity, trend=trend), [a_proposal(number)])


def kept_texts(ledger: Ledger, number: int) -> list[str]:
    proposal = ledger.proposal(f"p{number}")
    assert proposal is not None
    trend = ledger.opportunity(proposal.opportunity).trend
    assert {post.id for post in trend.samples} <= {post.id for post in trend.evidence}
    return [post.text for post in trend.evidence]


def gone(*posts: str, platform: str = "bluesky", authors: tuple[str, ...] = ()) -> TakenBack:
    return TakenBack(platform, frozenset(posts), frozenset(authors))


def test_a_deleted_post_leaves_the_card_and_the_others_stay(ledger: Ledger) -> None:
    keep(ledger, 1, some_posts("a", "b", "c"))
    keep(ledger, 2, some_posts("a"))
    assert ledger.erase(gone("at://1")) == 1
    assert kept_texts(ledger, 1) == ["a", "c"]
    assert kept_texts(ledger, 2) == ["a"]
    assert ledger.erase(gone("at://0")) == 2
    assert (kept_texts(ledger, 1), kept_texts(ledger, 2)) == (["c"], [])
    assert ledger.erase(gone("at://0")) == 0, "it is not looked for again"


def test_a_closed_account_takes_all_its_posts_along(ledger: Ledger) -> None:
    keep(ledger, 1, some_posts("a", "b"))
    assert ledger.erase(gone(authors=("did:0",))) == 1
    assert kept_texts(ledger, 1) == ["b"]


def test_a_headline_that_quotes_a_deleted_post_goes_with_it(ledger: Ledger) -> None:
    keep(ledger, 1, some_posts("Lights out at the BOWL!", "no lights at all"))
    assert ledger.erase(gone("at://1")) == 1
    assert ledger.proposal("p1").trend_name == "lights out at the bowl"
    assert ledger.erase(gone("at://0")) == 1
    assert ledger.proposal("p1").trend_name == ledger.opportunity("o-t1").trend.name == "lights out, blackout"


def test_a_headline_that_others_wrote_too_stays(ledger: Ledger) -> None:
    keep(ledger, 1, some_posts("lights out at the bowl", "lights out at the bowl"))
    assert ledger.erase(gone("at://1")) == 1
    assert ledger.proposal("p1").trend_name == "lights out at the bowl"


def test_an_id_of_another_network_is_another_post(ledger: Ledger) -> None:
    keep(ledger, 1, some_posts("a"))
    assert ledger.erase(gone("at://0", platform="mastodon", authors=("did:0",))) == 0
    assert kept_texts(ledger, 1) == ["a"]


def test_thousands_of_deletions_at_once_are_looked_up(ledger: Ledger) -> None:
    keep(ledger, 1, some_posts("a", "b"))
    assert ledger.erase(gone("at://1", *(f"at://none/{n}" for n in range(MANY)))) == 1
    assert kept_texts(ledger, 1) == ["a"]


def test_after_a_day_posts_leave_closed_cards_and_no_open_one(ledger: Ledger) -> None:
    for number in (1, 2):
        keep(ledger, number, some_posts("a"))
    ledger.decide(order("reject", number=1, reason="stale"), NOW)
    offered_at = ledger.opportunity("o-t1").offered_at
    assert ledger.erase_older(offered_at) == 0, "not older"
    assert ledger.erase_older(offered_at + timedelta(seconds=1)) == 1
    assert (kept_texts(ledger, 1), kept_texts(ledger, 2)) == ([], ["a"])


def test_nothing_of_it_is_left_in_the_files(tmp_path: Path) -> None:
    ledger = Ledger(open_database(tmp_path / "bonmot.db"))
    keep(ledger, 1, some_posts("an unwise remark", "b"))
    assert any(b"unwise" in path.read_bytes() for path in tmp_path.iterdir())
    ledger.erase(gone("at://0"))
    assert not [path.name for path in tmp_path.iterdir() if b"unwise" in path.read_bytes()]
    ledger.close()


def test_cards_of_an_earlier_version_are_found_as_well(tmp_path: Path) -> None:
    path = tmp_path / "bonmot.db"
    ledger = Ledger(open_database(path))
    keep(ledger, 1, some_posts("a", "b"))
    ledger.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table in ("quotes", "slack_inbox", "slack_cards", "stock_counts", "examples", "tunings"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    engine.dispose()
    ledger = Ledger(open_database(path))
    assert database.HEAD >= "0005"
    assert ledger.erase(gone("at://1")) == 1
    assert kept_texts(ledger, 1) == ["a"]
    ledger.close()


class Telling:
    """A source that only tells of deletions."""

    is_recording = False

    def __init__(self, name: str, deleted: list[str]) -> None:
        self.name, self.deleted = name, deleted

    async def posts(self, since: str | None) -> AsyncIterator[Batch]:
        yield Batch([], deleted=self.deleted)


async def test_a_deletion_reaches_card_memory_and_saved_state(tmp_path: Path) -> None:
    spoken = people(400, *DARK)
    furnish(tmp_path, chatter(9) + spoken)
    async with built(load_settings(tmp_path / "config", {}), clock=TickingClock(START), run_id="one") as house:
        await house.watch.run(asyncio.Event())
        [card] = await house.office.desk.cards()
        said = {post.id: post for post in card.opportunity.trend.evidence}
        assert len(said) > 10
        [one] = {
            post.id: post for post in said.values() if post.text.casefold() == card.proposal.trend_name.casefold()
        }.values()
        house.watch.sources = [Telling(one.platform, [one.id])]
        await house.watch.run(asyncio.Event())
        [card] = await house.office.desk.cards()
        assert {post.id for post in card.opportunity.trend.evidence} == said.keys() - {one.id}
        assert "stadium" in card.proposal.trend_name
        live = house.office.pipeline.detector.live()
        assert one.id not in {post.id for trend in live for post in (*trend.evidence, *trend.samples)}
        assert one.text not in {post.text for post in house.office.pipeline.detector._recent._posts}
    pipeline, _ = resumed(load_settings(tmp_path / "config", {}), START, "two")
    texts = {post.text for post in pipeline.detector._recent._posts}
    assert one.text not in texts
    assert len(texts) > len(said), "the others are remembered"
    files = [path for path in (tmp_path / "data").iterdir() if path.name != STATE_FILE]
    assert not [path.name for path in files if one.text.encode() in path.read_bytes()]


async def test_what_was_put_aside_goes_after_a_day(tmp_path: Path) -> None:
    furnish(tmp_path, chatter(1))
    clock = FakeClock(START)
    async with built(load_settings(tmp_path / "config", {}), clock=clock, run_id="one") as house:
        aside = tmp_path / "data" / f"{STATE_FILE}.aside"
        aside.write_bytes(b"posts")
        os.utime(aside, (START.timestamp(), START.timestamp()))
        await house.office.eraser.look()
        assert aside.exists()
        await clock.advance(KEPT_FOR.total_seconds() + 1)
        await house.office.eraser.look()
        assert not aside.exists()
