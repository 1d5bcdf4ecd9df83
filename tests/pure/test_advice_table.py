"""What the guard says of every described happening, as a table; and whether its leniency was fitted to the answers.

`pytest -s tests/pure/test_advice_table.py` prints the tables.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from monitor.language import load
from monitor.model import Score, Trend, Verdict
from monitor.score import judge
from monitor.signals.context import Context
from monitor.signals.reading import read
from monitor.signals.safety import LEAST_VOICES, Danger, dangers
from monitor.signals.words.alarm import Policy
from tests.pure.test_safety_on_streams import DENSE, OPEN_BRAND, SPARSE, _described, _outcome, _posts

FOLDS = 5
LENIENCY = (0.5, 0.7, 1.0, 1.4, 2.0)
"""Times the shares from which the guard's alarms block and caution; 1 is what is shipped, less is stricter."""


@dataclass(frozen=True)
class Case:
    """One described happening with all that decides its verdict."""

    stream: str
    name: str
    advice: str
    trend: Trend
    score: Score
    dangers: tuple[Danger, ...]
    voices: int

    def by_words(self) -> Verdict:
        """What is said without the trained heads."""
        return _outcome(replace(self.score, signals=tuple(s for s in self.score.signals if s.name != "undertone")))

    def verdict(self, leniency: float) -> Verdict:
        """What the guard would say were its shares `leniency` times what they are."""
        others = replace(self.score, signals=tuple(s for s in self.score.signals if s.name != "safety"))
        scaled = [replace(danger, policy=_scaled(danger.policy, leniency)) for danger in self.dangers]
        if any(danger.blocks for danger in scaled):
            return Verdict.BLOCK
        if self.voices < LEAST_VOICES or any(danger.cautions for danger in scaled):
            return Verdict.BLOCK if _outcome(others) is Verdict.BLOCK else Verdict.CAUTION
        return _outcome(others)


def _scaled(policy: Policy, factor: float) -> Policy:
    return Policy(policy.block * factor, policy.caution * factor, policy.reason)


@cache
def cases_of(shared: Path) -> tuple[Case, ...]:
    """Every described happening of every stream, in the order of the streams."""
    found, heads = [], Context(hear=load().hear)
    for path in sorted((shared / "data" / "events").glob("*.yaml")):
        described = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        posts, length = _posts(shared / "data" / described["file"]), DENSE if described["dense"] else SPARSE
        for one in described["events"]:
            trend = _described(one, posts, length)
            score, reading = judge(trend, OPEN_BRAND, trend.started_at, context=heads), read(trend)
            seen = tuple(dangers(reading))
            found.append(Case(path.stem, one["id"], one["advice"], trend, score, seen, len(reading.voices)))
    return tuple(found)


def table(said: Counter[tuple[str, Verdict]], title: str) -> str:
    """Advice down, verdict across: counts, for a person to read."""
    verdicts = (Verdict.OFFER, Verdict.CAUTION, Verdict.BLOCK)
    lines = [title, f"{'advice':10}" + "".join(f"{verdict:>10}" for verdict in verdicts)]
    lines += [
        f"{advice:10}" + "".join(f"{said[advice, verdict]:>10}" for verdict in verdicts)
        for advice in ("ok", "caution", "never")
    ]
    return "\n".join(lines)


def costs(said: Counter[tuple[str, Verdict]]) -> tuple[int, int]:
    """What is offered of what must never be; what is blocked or doubted of what is fine, a block counting twice."""
    return said["never", Verdict.OFFER], 2 * said["ok", Verdict.BLOCK] + said["ok", Verdict.CAUTION]


def matrix(cases: list[Case], leniency: float = 1.0) -> Counter[tuple[str, Verdict]]:
    """Counts by advice and verdict."""
    return Counter((case.advice, case.verdict(leniency)) for case in cases)


def chosen(cases: list[Case]) -> float:
    """What offers least of what must never be, then spares most of what is fine; the nearest to 1 of equal ones."""
    return min(LENIENCY, key=lambda leniency: (*costs(matrix(cases, leniency)), abs(leniency - 1.0)))


def test_the_shipped_guard_offers_nothing_that_must_never_be(shared: Path) -> None:
    cases = list(cases_of(shared))
    said = matrix(cases)
    print("\n" + table(said, f"all {len(cases)} described happenings, as shipped"))
    assert all(case.verdict(1.0) is _outcome(case.score) for case in cases), "the table is the guard's own answer"
    assert said["never", Verdict.OFFER] == 0
    fine = sum(count for (advice, _), count in said.items() if advice == "ok")
    assert said["ok", Verdict.BLOCK] < 0.1 * fine


def test_trained_heads_add_caution_where_it_is_wanted_and_cost_nothing_that_is_fine(shared: Path) -> None:
    cases = list(cases_of(shared))
    by_words = Counter((case.advice, case.by_words()) for case in cases)
    print("\n" + table(by_words, "by words alone, without the trained heads"))
    said = matrix(cases)
    assert said["caution", Verdict.OFFER] < by_words["caution", Verdict.OFFER]
    assert said["ok", Verdict.OFFER] == by_words["ok", Verdict.OFFER]
    changed = {(case.by_words(), case.verdict(1.0)) for case in cases if case.by_words() is not case.verdict(1.0)}
    assert changed == {(Verdict.OFFER, Verdict.CAUTION)}, "a head asks for two people; it neither blocks nor allows"


def test_a_leniency_chosen_on_some_streams_holds_on_the_others(shared: Path) -> None:
    cases = list(cases_of(shared))
    streams = sorted({case.stream for case in cases})
    held_out: Counter[tuple[str, Verdict]] = Counter()
    for fold in range(FOLDS):
        unseen = set(streams[fold::FOLDS])
        leniency = chosen([case for case in cases if case.stream not in unseen])
        said = matrix([case for case in cases if case.stream in unseen], leniency)
        print(f"\nfold {fold + 1}: leniency {leniency:g}, measured on {', '.join(sorted(unseen))}")
        held_out += said
    print("\n" + table(held_out, "each stream judged with what was chosen on the others"))
    fine = sum(count for (advice, _), count in held_out.items() if advice == "ok")
    assert held_out["never", Verdict.OFFER] <= 1, "one of 39 may be what the streams of a fold could not teach"
    assert held_out["ok", Verdict.BLOCK] < 0.1 * fine


def test_a_more_lenient_guard_offers_no_less_and_blocks_no_more(shared: Path) -> None:
    cases = list(cases_of(shared))
    offers, blocks = [], []
    for leniency in sorted(LENIENCY):
        said = matrix(cases, leniency)
        print("\n" + table(said, f"leniency {leniency:g}"))
        offers.append(sum(count for (_, verdict), count in said.items() if verdict is Verdict.OFFER))
        blocks.append(sum(count for (_, verdict), count in said.items() if verdict is Verdict.BLOCK))
    assert offers == sorted(offers)
    assert blocks == sorted(blocks, reverse=True)
    assert offers[0] < offers[-1], "the table does move"
