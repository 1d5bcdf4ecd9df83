"""What `bonmot bench` makes of measured rows: totals, kept promises, and what changed since another run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.bench import targets
from monitor.bench.changes import changes, newly
from monitor.bench.day import bursts, flat
from monitor.bench.streams import row_of
from monitor.bench.whole import judged
from monitor.quality import Announcement, Happening, Listing, figures_of_several
from monitor.replay import Story
from responders.bench_tables import notes

ONSET = datetime(2021, 6, 14, 14, 0, tzinfo=UTC)
Row = dict[str, Any]


def told(secs: float, name: str) -> Announcement:
    return Announcement(f"t{secs}", ONSET + timedelta(seconds=secs), name, ())


def listing(*happenings: str, quiet_at: tuple[float, ...] = (), dense: bool = True) -> Listing:
    """Happenings ten minutes apart, the first a major one, each known by its own word; quiet for a minute each."""
    listed = tuple(
        Happening(name, ONSET + timedelta(minutes=10 * n), (name,), is_major=n == 0)
        for n, name in enumerate(happenings)
    )
    begins = [ONSET + timedelta(seconds=secs) for secs in quiet_at]
    return Listing(listed, tuple((one, one + timedelta(minutes=1)) for one in begins), is_dense=dense)


def story(*announced: Announcement, hours: float = 2.0) -> Story:
    return Story(announced=list(announced), first=ONSET, last=ONSET + timedelta(hours=hours))


def row(name: str, held: Listing, *announced: Announcement, hours: float = 2.0) -> Row:
    return {"stream": name, **row_of(held, story(*announced, hours=hours))}


def test_the_row_of_a_stream_tells_what_its_figures_are_made_of() -> None:
    held = listing("goal", "card", quiet_at=(3000, 4000))
    got = row_of(held, story(told(20, "goal"), told(50, "a goal"), told(3010, "nothing"), told(3020, "nothing")))
    assert got["delays"] == {"goal": 20.0, "card": None}
    assert (got["duplicates"], got["duplicates_per_listed"]) == (1, 0.5)
    assert (got["quiet_alerts"], got["quiet_periods"], got["quiet_periods_hit"]) == (2, 2, 1)
    assert (got["alerts_per_hour"], got["missed"], got["dense"]) == (2.0, ["card"], True)


def test_a_total_takes_the_delays_of_all_streams_together_and_names_what_was_missed() -> None:
    one = row("one", listing("goal", "card"), told(10, "goal"), told(640, "card"))
    two = row("two", listing("fire", "rain"), told(70, "fire"), hours=0.5)
    got = targets.total([one, two])
    assert (got["listed"], got["found"], got["found_share"]) == (4, 3, 0.75)
    assert (got["majors_found"], got["majors_listed"], got["majors_share"]) == (2, 2, 1.0)
    assert (got["median_delay_secs"], got["p90_delay_secs"]) == (40.0, 70.0)
    assert (got["most_per_hour"], got["mean_per_hour"]) == (2.0, 1.5)
    assert got["missed"] == ["two: rain"]


def test_streams_stand_in_the_total_their_list_names_and_some_in_none() -> None:
    rows = [
        row("match", listing("goal")),
        row("brand", listing("joke", dense=False)),
        row("x_rumours_2014_2015", listing("rumour", dense=False)),
        {"stream": "unlisted", "posts": 3},
    ]
    got = {name: [one["stream"] for one in found] for name, found in targets.groups(rows).items()}
    assert got == {"dense": ["match"], "sparse": ["brand"]}


def test_two_lists_are_summed_and_each_is_told_alone() -> None:
    span = timedelta(hours=1)
    got = figures_of_several(
        [(listing("goal"), [told(10, "goal")], span), (listing("fire", quiet_at=(600,)), [told(610, "x")], span)],
        announced=3, mixed=1, span=timedelta(hours=2),
    )  # fmt: skip
    assert (got["found"], got["listed"], got["missed"], got["mixed"]) == (1, 2, ["fire"], 1)
    assert (got["quiet_alerts"], got["alerts_per_hour"]) == (1, 1.5)
    assert [(one["found"], one["alerts_per_hour"]) for one in got["by_file"]] == [(1, 1.0), (0, 1.0)]


DENSE = {
    "majors_share": 0.92, "found_share": 0.85, "median_delay_secs": 29.9, "p90_delay_secs": 74.9, "quiet_alerts": 1,
    "most_per_hour": 12.0, "duplicates_per_listed": 0.149,
}  # fmt: skip
SPARSE = {"found_share": 0.75, "mean_per_hour": 0.5, "quiet_periods_hit": 1}


def kept(found: list[targets.Target]) -> list[bool]:
    return [one.is_met for one in found]


def test_promises_kept_to_the_letter_are_kept() -> None:
    assert all(kept(targets.of_dense(DENSE)))
    assert all(kept(targets.of_sparse(SPARSE)))


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("majors_share", 0.919), ("found_share", 0.849), ("median_delay_secs", 30.0), ("median_delay_secs", None),
        ("p90_delay_secs", 75.0), ("quiet_alerts", 2), ("most_per_hour", 12.01), ("duplicates_per_listed", 0.15),
    ],
)  # fmt: skip
def test_each_dense_promise_is_broken_by_its_own_figure_alone(figure: str, value: float | None) -> None:
    assert kept(targets.of_dense({**DENSE, figure: value})).count(False) == 1


@pytest.mark.parametrize(
    ("figure", "value"), [("found_share", 0.74), ("mean_per_hour", 0.51), ("quiet_periods_hit", 2)]
)
def test_each_sparse_promise_is_broken_by_its_own_figure_alone(figure: str, value: float) -> None:
    assert kept(targets.of_sparse({**SPARSE, figure: value})).count(False) == 1


def stages(detected: int, orjson: int | None = None) -> list[Row]:
    rows = [("bare JSON decoding (msgspec)", 1_000_000), ("+ detection", detected)]
    rows += [("bare JSON decoding (orjson)", orjson)] if orjson else []
    return [{"name": name, "posts_per_sec": rate, "ratio": rate / 1e6} for name, rate in rows]


def test_speed_is_held_against_bare_orjson_where_it_is_installed() -> None:
    assert kept(targets.of_speed(stages(80_000))) == [True, True]
    assert kept(targets.of_speed(stages(60_000))) == [True, False]
    assert kept(targets.of_speed(stages(80_000, orjson=1_200_000))) == [True, False]
    assert kept(targets.of_speed(stages(60_000, orjson=800_000))) == [True, True]
    assert kept(targets.of_speed(stages(39_999))) == [False, False]
    assert targets.of_speed([]) == []


def test_streams_laid_over_each_other_must_stay_apart() -> None:
    def pair(mixed: int, found: int) -> Row:
        return {"mixed": mixed, "by_file": [{"found": found, "found_alone": 10}, {"found": 10, "found_alone": 10}]}

    assert kept(targets.of_overlays([pair(0, 8)])) == [True, True]
    assert kept(targets.of_overlays([pair(1, 7)])) == [False, False]
    assert targets.of_overlays([]) == []


def pieces(*held_mb: float) -> list[Row]:
    return [{"piece": n, "rss_mb": mb} for n, mb in enumerate(held_mb)]


def test_memory_is_flat_when_it_grows_no_more_than_a_tenth_after_the_first_piece() -> None:
    assert flat(pieces(60, 200, 230, 215, 220)) == {"most_mb": 230, "growth_percent": 10.0, "is_flat": True}
    assert not flat(pieces(60, 200, 205, 210, 221))["is_flat"]
    assert kept(targets.of_memory(flat(pieces(60, 290, 300, 290, 290)))) == [False, True]


def test_every_piece_of_the_day_has_a_happening_inside_it() -> None:
    begins = [one.begins_secs for one in bursts(10)]
    assert begins == [300, 21_900, 43_500, 65_100]
    assert len({one.words for one in bursts(10)}) == 4


def result(*rows: Row, ratio: float = 0.1) -> Row:
    measured = {"stages": [{"name": "+ detection", "ratio": ratio}], "streams": list(rows), "thickened": []}
    return {**measured, **judged({**measured, "stages": [], "overlays": []})}


def test_what_got_better_and_what_got_worse_is_told_by_figure() -> None:
    before = result(row("a", listing("goal", "card"), told(40, "goal"), told(90, "goal")), ratio=0.1)
    after = result(row("a", listing("goal", "card"), told(20, "goal"), told(620, "card")), ratio=0.05)
    got = {(one.what, one.figure): one.verdict for one in changes(before, after)}
    assert got["+ detection", "ratio"] == "worse"
    assert got["a", "found"] == got["a", "median_delay_secs"] == got["a", "duplicates"] == "better"
    assert got["a", "majors_found"] == got["a", "alerts_per_hour"] == "same"
    assert got["all dense", "found_share"] == "better"
    assert newly(before, after) == (["a: card"], [])
    assert newly(after, before) == ([], ["a: card"])


def test_noise_in_speed_is_no_change_and_what_one_run_lacks_is_left_out() -> None:
    before, after = result(ratio=0.100), result(row("new", listing("goal")), ratio=0.104)
    assert [(one.what, one.verdict) for one in changes(before, after)] == [("+ detection", "same")]
    assert newly(before, after) == ([], [])


def test_the_result_names_every_promise_that_was_measured() -> None:
    found = judged({"stages": [], "streams": [row("a", listing("goal"))], "thickened": [], "overlays": []})
    assert {target["of"] for target in found["targets"]} == {"dense, 1 streams"}
    assert found["totals"]["dense"]["missed"] == ["a: goal"]


def test_missed_happenings_are_told_by_stream() -> None:
    rows = [row("a", listing("goal", "card")), row("b", listing("fire"))]
    measured = {"stages": [], "streams": rows, "thickened": [], "overlays": []}
    assert list(notes({**measured, **judged(measured)}, None)) == ["missed in dense streams: a: goal, card; b: fire"]
