"""What a silence covers, and which ones may be set: a mute of a term, an author or a trend, with an end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from monitor.errors import Refused
from monitor.model import Trend
from responders.model import Proposal, Silence

LONGEST = timedelta(days=30)
MOST_LETTERS = 200
FEWEST_LETTERS = 2
MOST_TERMS, MOST_AUTHORS = 20, 10


def silence_over(
    proposal: Proposal, trend: Trend | None, silences: Iterable[Silence], *, now: datetime
) -> Silence | None:
    """The first silence in force that covers the proposal: by its trend, one of its terms, or a sample's author."""
    names = {proposal.trend.casefold(), _plain(proposal.trend_name)} | (_names(trend) if trend else set())
    return _first(names, _plain(proposal.trend_name), silences, brand=proposal.brand, now=now)


def silence_on(trend: Trend, brand: str, silences: Iterable[Silence], *, now: datetime) -> Silence | None:
    """The first silence in force that covers a trend for a brand, before there is any card."""
    return _first(_names(trend), _plain(trend.name), silences, brand=brand, now=now)


def check(silence: Silence) -> Silence:
    """The silence with its term as it is compared. Raises Refused, with a sentence for a person."""
    term = " ".join(silence.term.split())
    if not FEWEST_LETTERS <= len(term) <= MOST_LETTERS or not term.isprintable():
        raise Refused(
            f"say what to silence: a word, a trend's name or an author, {FEWEST_LETTERS} to {MOST_LETTERS} letters"
        )
    if not silence.why.strip():
        raise Refused("say why, for those who wonder why nothing is offered")
    if silence.until <= silence.since:
        raise Refused("a silence ends after it began")
    if silence.until - silence.since > LONGEST:
        raise Refused(f"a silence lasts {LONGEST.days} days at most; for longer use `exclude` in the brand's settings")
    return Silence(silence.id, silence.brand, term, silence.person, silence.why.strip(), silence.since, silence.until)


def sentence(silence: Silence, name: str) -> str:
    """`'blackout' is silenced by Maya until 20:40 UTC, 22 Nov: people are hurt`."""
    return f"{silence.term!r} is silenced by {name} until {silence.until:%d %b %H:%M} UTC: {silence.why}"


def choices_of(trend: Trend) -> Iterator[tuple[str, str]]:
    """(what is silenced, how the menu calls it), each once: the trend, its terms, its authors."""
    found = {trend.name: f"This trend: {trend.name}"}
    for term in trend.terms[:MOST_TERMS]:
        found.setdefault(term, f"The term: {term}")
    for post in trend.samples[:MOST_AUTHORS]:
        if post.author:
            found.setdefault(f"@{post.author.removeprefix('@')}", f"The author: @{post.author.removeprefix('@')}")
    yield from ((term, name) for term, name in found.items() if term.strip())


def _first(names: set[str], headline: str, silences: Iterable[Silence], *, brand: str, now: datetime) -> Silence | None:
    for silence in silences:
        in_force = silence.since <= now < silence.until and silence.brand in (None, brand)
        wanted = _plain(silence.term)
        is_said = bool(wanted) and (wanted in names or f" {wanted} " in f" {headline} ")
        if in_force and is_said:
            return silence
    return None


def _names(trend: Trend) -> set[str]:
    found = {trend.id.casefold(), _plain(trend.name), *(_plain(term) for term in trend.terms)}
    for post in trend.samples:
        if post.author:
            bare = _plain(post.author).removeprefix("@")
            found |= {bare, f"@{bare}"}
    return found


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
