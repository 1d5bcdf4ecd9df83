"""Answers of a few lines to `/bonmot status|why|test|missed`: plain text for one person. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.model import Verdict
from responders.approvals import Judged
from responders.approvals.aides import Missed, Opinion, Redrafted, Weighed
from responders.approvals.shapes import Reader
from responders.approvals.slack.face import View
from responders.approvals.slack.kit import line
from responders.approvals.views import passed, rota_lines
from responders.model import State

_WORD = re.compile(r"\w{3,}")
MOST_TOLD = 10
"""Lines of an answer that only one person sees."""
HEAVIEST = 3
MOST_AGAINST = 4
LONGEST = 3000
"""Letters of one answer; longer ones are several."""


def status(view: View) -> str:
    """What waits, what was posted, and whether posting is paused."""
    waiting = [card for card in view.cards if card.proposal.state is State.PENDING]
    posted = sum(card.proposal.state is State.PUBLISHED for card in view.cards)
    reader = view.reader
    names = ", ".join(f"{reader.brands.get(one.proposal.brand, one.proposal.brand)}: {one.proposal.trend_name}"
                      for one in waiting[:MOST_TOLD])  # fmt: skip
    said = [f"{len(waiting)} waiting{f' ({names})' if names else ''}, {posted} posted in the last 24 hours."]
    if reader.pause is not None:
        said.append(f"Posting is paused by {reader.name(reader.pause.person)}: {reader.pause.why}")
    return "\n".join([" ".join(said), *rota_lines(reader)])


def silences(judged: Sequence[Judged], reader: Reader) -> str:
    """A line for each trend that did not become a card, with the reason of each brand."""
    lines = []
    for one in [passed(each, reader) for each in judged[:MOST_TOLD]]:
        why = "; ".join(f"{brand} {verdict}: {reason}" for brand, verdict, reason, _ in one.verdicts)
        lines.append(f"{one.name} ({one.size}): {why}")
    return "\n".join(lines)


def live(text: str, view: View) -> str:
    """What is thought of the trends in whose name or words the text stands; empty where there are none."""
    wanted = text.casefold()
    judged = [one for one in view.judged if _speaks_of(one, wanted)]
    asked = [Judged(card.opportunity.trend, (card.opportunity.score,), card.proposal.created_at) for card in view.cards]
    found = [*judged, *(one for one in asked if _speaks_of(one, wanted))]
    return silences(found, replace(view.reader, person=""))


def unknown(text: str) -> str:
    """No live trend speaks of the text."""
    return f"No trend of today speaks of {line(text, 120)!r}."


def opinions(found: Sequence[Opinion], *, is_whole: bool = False) -> list[str]:
    """An answer a brand: verdict, tier, the heaviest signals and their reasons, and what the checks say of it as a
    draft. With `is_whole` every signal and nothing about drafts."""
    if not found:
        return ["No brand is configured."]
    return [cut_lines(_opinion(one, is_whole=is_whole)) for one in found]


def missed(told: Missed) -> str:
    """Why it was not told, and what would have caught it."""
    caught = [f"• {line(one, 500)}" for one in told.catches]
    return cut_lines([line(one, 700) for one in told.reasons] + caught + ["Kept as an example for tuning."])


def redrafted(done: Redrafted) -> str:
    """What came of a wish for other drafts."""
    if not done.numbers:
        return f"No other draft was found: {line(done.why, 1500)}"
    numbers = ", ".join(map(str, done.numbers))
    many = f"Drafts {numbers} were added" if len(done.numbers) > 1 else f"Draft {numbers} was added"
    return f"{many}; the text that is up for decision is the same.{f' {line(done.why, 600)}' if done.why else ''}"


def cut_lines(lines: Sequence[str]) -> str:
    """As many lines as one answer holds, and how many more there are."""
    kept: list[str] = []
    for number, one in enumerate(lines):
        if sum(map(len, kept)) + len(kept) + len(one) > LONGEST - 40:
            return "\n".join([*kept, f"and {len(lines) - number} more lines"])
        kept.append(one)
    return "\n".join(kept)


def _opinion(one: Opinion, *, is_whole: bool) -> list[str]:
    tier = f", tier {one.tier}" if one.tier else ""
    asks = one.verdict in (Verdict.OFFER, Verdict.CAUTION)
    crowd = f"if {one.voices} people write this now"
    verdict = f"{line(one.brand, 60)}: {one.verdict.value}{tier if asks else ''}, {one.value:.2f}, {crowd}."
    lines = [
        f"{verdict} {line(one.why, 400)}",
        *(_signal(weighed) for weighed in one.signals[: None if is_whole else HEAVIEST]),
    ]
    return lines if is_whole else [*lines, *_as_draft(one)]


def _signal(one: Weighed) -> str:
    signal = one.signal
    flag = f" [{signal.veto.value}]" if signal.veto else " [two people]" if signal.caution else ""
    return f"• {signal.name}{flag} {signal.value:.2f} × {one.weight:g}: {line(signal.caution or signal.why, 300)}"


def _as_draft(one: Opinion) -> Iterator[str]:
    for account, against in one.against:
        said = "; ".join(line(reason, 200) for reason in against[:MOST_AGAINST])
        more = f"; and {len(against) - MOST_AGAINST} more" if len(against) > MOST_AGAINST else ""
        yield f"As a draft for {line(account, 80)}: {said + more if against else 'nothing stands against it'}."


def _speaks_of(judged: Judged, wanted: str) -> bool:
    """The whole text stands there, or half of its words do."""
    known = " ".join((judged.trend.name, *judged.trend.terms)).casefold()
    asked, there = set(_WORD.findall(wanted)), set(_WORD.findall(known))
    return wanted in known or 2 * len(asked & there) >= len(asked) > 0
