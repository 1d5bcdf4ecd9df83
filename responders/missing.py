"""Why something that a person saw trending was not told, from what is known of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.detect.lookup import Counted
from monitor.keywords import cut, parse
from monitor.model import Brand, Score, Trend, Verdict
from monitor.signals.words.common import COMMON, SMALL
from responders.approvals import Judged
from responders.approvals.aides import Missed

MOST_JUDGED = 3
SHORTEST = 3
"""Letters of a word that is about something."""
_LINK = re.compile(r"<?(https?://[^\s|>]+)(?:\|[^>\s]*)?>?")


@dataclass(frozen=True, slots=True)
class Known:
    """What was found of it."""

    text: str
    """The words; of a link, those of the post behind it, where it was heard."""
    link: str = ""
    was_heard: bool = False
    """Whether the post behind the link was heard."""
    counted: tuple[Counted, ...] = ()
    judged: tuple[Judged, ...] = ()
    """The trends that speak of it, newest first."""
    carded: tuple[str, ...] = ()
    """Those of them that have a card, by name."""


def link_in(text: str) -> str:
    """The first web address of what was typed, as Slack or a person writes it; empty where there is none."""
    found = _LINK.search(text)
    return found[1] if found else ""


def words_of(text: str) -> tuple[str, ...]:
    """The words that tell what it is about, in their order."""
    tokens = dict.fromkeys(cut(_LINK.sub(" ", text)).line.split())
    spoken = [word for word in tokens if len(word) >= SHORTEST and word not in SMALL]
    # Of common words alone (`lights out`) those that are no mere glue are better than none.
    return tuple([word for word in spoken if word not in COMMON] or spoken)


def speaks_of(trend: Trend, words: Sequence[str]) -> bool:
    """Whether half of the words stand in the trend's name and terms."""
    known = set(cut(" ".join((trend.name, *trend.terms))).tokens)
    return bool(words) and 2 * sum(word in known for word in words) >= len(words)


def explained(known: Known, brands: Sequence[tuple[Brand, Score]]) -> Missed:
    """Why it was not told, and for each brand what would have caught it; `brands` come with what they would say now."""
    words = words_of(known.text)
    if not words:
        what = "The post behind the link was not heard; no link is opened." if known.link else "There is no word in it."
        return Missed((f"{what} Say in words what people write.",), ())
    return Missed(tuple(_reasons(known)), tuple(_caught(brand, score, known.text) for brand, score in brands))


def _reasons(known: Known) -> Iterator[str]:
    if known.link:
        yield "The post behind the link was heard." if known.was_heard else "The post behind the link was not heard."
    for name in known.carded:
        yield f"It has a card: {name}."
    for one in known.judged[:MOST_JUDGED]:
        told = "; ".join(f"{score.brand}: {score.verdict.value}, {score.why}" for score in one.scores)
        yield f"It was judged at {one.at:%H:%M} UTC as {one.trend.name!r} ({one.trend.voices} voices). {told}."
    if known.judged or known.carded:
        return
    yield from _counting(known)


def _counting(known: Known) -> Iterator[str]:
    """It never became a trend: what is counted of it, and below which bar it stayed."""
    best = next(iter(known.counted), None)
    if best is None or not best.posts:
        yield "It was not heard: none of the posts that are kept of the last hours says it. No source delivered it."
        return
    yield f"It was heard: {best.term!r} stands in {best.posts} of {best.kept} posts that are kept."
    if not best.window_secs:
        yield "Nothing is counted of it yet: the counting has no past to compare with."
        return
    span = f"{best.window_secs // 60} min" if best.window_secs >= 120 else f"{best.window_secs} s"
    now = f"{best.count} posts in {span}, where {best.expected:.1f} are usual"
    yield f"It was counted: {now}: {best.significance:.1f} standard deviations of the {best.bar:.1f} that are needed."
    if best.voices < best.least_voices:
        yield f"It is too small: {best.voices} different posts, and {best.least_voices} are needed in one window."
    elif best.significance < best.bar:
        yield "It is below the bar: too few posts at a time, or it is said as often on other days."
    else:
        yield "It stands above the bar now: it is told with the next tick, or belongs to a trend that is told already."


def _caught(brand: Brand, score: Score, text: str) -> str:
    """What would have made it the brand's business, and what would have been said then."""
    words = words_of(text)
    rule = next((one for one in brand.keywords if parse(one.match).matches(text)), None)
    met = f"its keyword {rule.name!r} meets it" if rule else f"none of its keywords meets it; {_rule(words)!r} would"
    if score.bridge is not None:
        fact = f"its fact {score.bridge.name!r} meets it"
    else:
        fact = f"none of its facts meets it; a fact with the term {_telling(words)!r} would, if it is true of the brand"
    then = f"it would be {score.verdict.value} now"
    why = "" if score.verdict is Verdict.OFFER else f": {score.why}"
    return f"{brand.title}: {met}; {fact}; {then}{why}."


def _rule(words: Sequence[str]) -> str:
    """A keyword rule of the telling words, in the rule language."""
    chosen = sorted(words, key=lambda word: (-len(word), word))[:3]
    return " ".join(word for word in words if word in chosen)


def _telling(words: Sequence[str]) -> str:
    """The longest word is the least common one, as a rule."""
    return max(words, key=lambda word: (len(word), word))
