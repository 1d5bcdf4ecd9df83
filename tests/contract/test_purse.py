"""The purse with its file: never over a cap, nothing lost by a restart, a damaged book is no empty one."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from monitor.budget import Caps
from monitor.errors import OutOfMoney
from monitor.prices import READS, X, micros_of
from monitor.purse import KeptPurse

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
CAPS = Caps(day=micros_of(1), month=micros_of(10), reserve=0.1)


class Hands:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.present = now

    def now(self) -> datetime:
        return self.present

    async def sleep(self, secs: float) -> None:
        raise AssertionError("a purse waits for nobody")


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "x.spent.json"


def purse(clock: Hands, path: Path | None = None, caps: Caps = CAPS) -> KeptPurse:
    return KeptPurse(X, caps, clock, path=path)


STEP = st.one_of(
    st.tuples(st.just("pay"), st.sampled_from(sorted(X.prices)), st.integers(0, 250)),
    st.tuples(st.just("wait"), st.sampled_from([1, 3600, 40_000, 86_400, 86_400 * 9]), st.just(0)),
    st.tuples(st.just("again"), st.just(0), st.just(0)),
)


@given(
    steps=st.lists(STEP, max_size=60),
    day=st.integers(0, 2_000_000),
    month=st.integers(0, 20_000_000),
    reserve=st.floats(0, 1),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_no_cap_is_passed_and_a_restart_changes_nothing(
    steps: list[tuple[str, int | str, int]], day: int, month: int, reserve: float, tmp_path: Path
) -> None:
    clock, path, caps = Hands(), tmp_path / "spent.json", Caps(day, month, reserve)
    path.unlink(missing_ok=True)
    one = purse(clock, path, caps)
    days: dict[date, int] = defaultdict(int)
    reads: dict[date, int] = defaultdict(int)
    for what, which, count in steps:
        if what == "wait":
            clock.present += timedelta(seconds=int(which))
        elif what == "again":
            one = purse(clock, path, caps)
        else:
            if not one.can_pay(str(which), count):
                with pytest.raises(OutOfMoney):
                    one.pay(str(which), count)
                assert clock.now() < one.until(str(which), count)
            else:
                one.pay(str(which), count)
                days[clock.now().date()] += X.cost(str(which), count)
                reads[clock.now().date()] += X.cost(str(which), count) * (str(which) in READS)
        today = clock.now().date()
        of_month = sum(n for at, n in days.items() if (at.year, at.month) == (today.year, today.month))
        assert one.spent == (days[today], of_month), "all that was paid, and nothing else"
        assert days[today] <= day
        assert of_month <= month
        assert reads[today] <= caps.for_reads(day)


def test_money_comes_back_at_midnight_utc(clock: Hands, path: Path) -> None:
    one = purse(clock, path)
    one.pay("post_read", 180)
    with pytest.raises(OutOfMoney, match="money is back at 2026-11-29 00:00 UTC") as out:
        one.pay("post_read")
    assert (out.value.retry_after_secs, out.value.sent) == (12 * 3600.0, False)
    assert one.until() == datetime(2026, 11, 29, tzinfo=UTC)
    clock.present = datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC)
    assert not one.can_pay("post_read")
    clock.present = datetime(2026, 11, 29, tzinfo=UTC)
    assert one.can_pay("post_read", 180)
    assert not one.can_pay("post_read", 181)
    assert one.affords("post_read") == 180


def test_counting_goes_on_when_reading_has_stopped(clock: Hands) -> None:
    one = purse(clock)
    one.pay("post_read", 180)
    one.pay("counts_recent", 20)
    with pytest.raises(OutOfMoney, match="the 1 USD for X of this day are spent"):
        one.pay("counts_recent")


def test_when_the_month_is_spent_money_is_back_with_the_next(clock: Hands, path: Path) -> None:
    one = purse(clock, path, Caps(micros_of(1), micros_of(1.5), 0.0))
    one.pay("post_read", 200)
    clock.present += timedelta(days=1)
    purse(clock, path, one.caps).pay("post_read", 100)
    again = purse(clock, path, one.caps)
    assert not again.can_pay("post_read")
    assert again.until() == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_clock_that_was_set_back_or_ahead_gives_no_money_twice(clock: Hands, path: Path) -> None:
    one = purse(clock, path)
    one.pay("post_read", 180)
    for there in (timedelta(days=-1), timedelta(days=4000)):
        clock.present = NOW + there
        one = purse(clock, path)
        one.pay("post_read", 180)
        assert not one.can_pay("post_read")
    clock.present = NOW
    assert not purse(clock, path).can_pay("post_read")


def test_what_was_charged_already_is_written_down_beyond_the_cap(clock: Hands, path: Path) -> None:
    one = purse(clock, path)
    one.pay("post_read", 180)
    one.note("post_read", 30)
    assert purse(clock, path).spent == (micros_of(1.05), micros_of(1.05))
    assert not one.can_pay("counts_recent")


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "{}", '{"form": 2, "micro_usd": {}}', '{"form": 1, "micro_usd": {"2026-11-28": 7}}',
     '{"form": 1, "micro_usd": {"2026-11-28": {"post_read": [1, -5]}}}', '{"form": 1, "micro_usd": {"soon": {}}}',
     '{"form": 1, "micro_usd": {"2026-11-28": {"post_read": [true, 5]}}}',
     '{"form": 1, "micro_usd": {"2026-11-28": null}}',
     '{"form": 1, "micro_usd": {"2026-11-28": {"post_read": [1, 1e400]}}}', "\x00\xff", "[" * 100_000],
)  # fmt: skip
def test_a_damaged_book_counts_as_spent_is_put_aside_and_said(damage: str, clock: Hands, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(damage.encode("latin-1"))
    with capture_logs() as said:
        one = purse(clock, path)
    assert [line["event"] for line in said] == ["book_put_aside"]
    assert str(path) in one.trouble
    assert not one.can_pay("counts_recent")
    assert path.with_name("x.spent.json.aside").read_bytes() == damage.encode("latin-1")
    again = purse(clock, path)
    assert not again.can_pay("counts_recent"), "the second start is no reset"
    assert again.trouble == ""
    clock.present = datetime(2026, 12, 1, tzinfo=UTC)
    assert again.can_pay("post_read", 180)


def test_what_was_not_done_is_struck_out_and_no_more(clock: Hands, path: Path) -> None:
    one = purse(clock, path)
    one.pay("post_create_with_url")
    one.pay("post_create")
    one.give_back("post_create_with_url")
    assert one.spent == purse(clock, path).spent == (15_000, 15_000)
    one.give_back("post_create_with_url")
    one.give_back("trends")
    assert one.spent == (15_000, 15_000)
    clock.present += timedelta(days=1)
    one.give_back("post_create")
    assert purse(clock, path).spent == (0, 15_000), "what midnight has put on another page stays spent"
    path.with_name("x.spent.json.new").mkdir()
    clock.present = NOW
    one.give_back("post_create")
    assert one.spent == (15_000, 15_000), "never less than the file says"


def test_half_a_file_is_never_seen(clock: Hands, path: Path) -> None:
    one = purse(clock, path)
    one.pay("trends")
    path.with_name("x.spent.json.new").write_text('{"form": 1, "mic')  # killed in the middle of the next write
    assert purse(clock, path).spent == (10_000, 10_000)


def test_what_cannot_be_written_down_is_not_bought(clock: Hands, path: Path) -> None:
    one = purse(clock, path)
    one.pay("trends")
    path.with_name("x.spent.json.new").mkdir()
    with pytest.raises(OutOfMoney, match="not written down"):
        one.pay("trends")
    assert one.spent == (10_000, 10_000)
    path.with_name("x.spent.json.new").rmdir()
    one.pay("trends")
    assert (one.spent, one.trouble) == ((20_000, 20_000), "")


def test_a_book_that_cannot_be_read_at_all_buys_nothing(clock: Hands, path: Path) -> None:
    path.mkdir(parents=True)
    one = purse(clock, path)
    assert not one.can_pay("counts_recent")
    assert "cannot be read" in one.trouble


def test_the_file_is_small_and_says_what_was_bought(clock: Hands, path: Path) -> None:
    one = purse(clock, path)
    one.pay("post_read", 12)
    one.pay("trends")
    assert json.loads(path.read_text()) == {
        "form": 1, "micro_usd": {"2026-11-28": {"post_read": [12, 60_000], "trends": [1, 10_000]}},
    }  # fmt: skip


def test_the_state_is_told_in_a_sentence(clock: Hands) -> None:
    one = purse(clock)
    assert one.sentence() == "0 USD of 1 USD spent today, 0 USD of 10 USD this month"
    one.pay("post_read", 60)
    clock.present += timedelta(minutes=20)
    assert one.sentence() == (
        "0.3 USD of 1 USD spent today, 0.3 USD of 10 USD this month; at this rate reading ends at 13:00 UTC"
    )
    one.pay("post_read", 120)
    assert one.sentence().endswith("reading goes on at 2026-11-29 00:00 UTC")
    assert "kept for counting and posting" in (one.refusal("post_read") or "")
    assert one.refusal("trends") is None


def test_a_command_beside_the_daemon_spends_from_the_same_book(clock: Hands, path: Path) -> None:
    daemon, command = purse(clock, path), purse(clock, path)
    daemon.pay("post_read", 100)
    command.pay("post_create")
    daemon.pay("post_read", 50)
    third = purse(clock, path)
    assert daemon.spent == command.spent == third.spent
    assert third.spent[0] == daemon.tariff.cost("post_read", 150) + daemon.tariff.cost("post_create")


def test_two_purses_together_do_not_pass_the_cap(clock: Hands, path: Path) -> None:
    one, other = purse(clock, path), purse(clock, path)
    paid = 0
    for turn in range(10_000):
        if not (one if turn % 2 else other).can_pay("post_read"):
            break
        (one if turn % 2 else other).pay("post_read")
        paid += 1
    assert not one.can_pay("post_read")
    assert one.spent[0] == paid * one.tariff.cost("post_read") <= one.caps.for_reads(one.caps.day)
