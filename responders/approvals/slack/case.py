"""Why a card was offered, as rich text: what people write, the bridge, the case against, the score. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from monitor.model import Trend
from responders.approvals.shapes import CardView, Quote, Reader, Why
from responders.approvals.slack.kept import Plot
from responders.approvals.slack.kit import (
    Piece,
    actions,
    button,
    cut,
    image,
    label,
    line,
    link,
    listed,
    quote,
    rich,
    say,
    section,
    when,
    whole,
)
from responders.approvals.slack.stamps import PREFIX, Stamp
from responders.approvals.status import Status
from responders.plot import span_words

QUOTES = 3
BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 24


def banner(c: CardView) -> list[Piece]:
    """Who would speak, and where."""
    return [say(line(c.brand, 80), bold=True), say(" on "), say(line(c.place, 120), bold=True)]


def head(c: CardView, trend: Trend, stamp: Stamp, *, plot: Plot | None = None) -> Iterator[Piece]:
    """Brand, headline, why now and how long it lasts; the volume as a picture, or drawn in letters."""
    until = [say("  ·  good until "), when(c.deadline)] if c.is_open and c.state == "pending" else []
    yield rich(stamp.block("brand"), section([*banner(c), *until]))
    yield {"type": "header", "block_id": stamp.block("headline"), "text": label(line(c.headline, 150), 150)}
    if not until:
        return
    drawn = bars(trend) if plot is None else ""
    letters = [section([say(drawn, code=True), say(f" {_scale(trend)}")])] if drawn else []
    now = section([say(c.why.stage.capitalize(), bold=True), say(f". {line(c.why.now, 400)}")])
    yield rich(stamp.block("now"), now, *letters)
    if plot is not None:
        yield image(stamp.block("plot"), plot.file, plot.alt)


def reasons(c: CardView, stamp: Stamp) -> Iterator[Piece]:
    """The whole case in few lines; the rest stands behind the button."""
    yield from said(c.why.quotes[:QUOTES], stamp)
    yield from bridge(c.why, stamp)
    yield from against(c.why, stamp)
    yield {
        "type": "section",
        "block_id": stamp.block("score"),
        "text": label(score(c.why), 600),
        "accessory": button(f"{PREFIX}details", "Details", stamp.value()),
    }


def said(quotes: tuple[Quote, ...], stamp: Stamp) -> Iterator[Piece]:
    """Strangers' words, each with its network and time."""
    rows = [
        [say(f"“{line(q.text, 300)}”"), say(f"  {q.network}, ", italic=True), when(q.at), *_source(q)] for q in quotes
    ]
    text = "What people write" if rows else "No post is quoted: those who wrote deleted them, or none was kept."
    yield rich(stamp.block("quotes"), section([say(text, bold=bool(rows))]), *listed(rows, len(rows)))


def bridge(why: Why, stamp: Stamp) -> Iterator[Piece]:
    """The named link between the trend and the brand."""
    if why.bridge is None:
        return
    name, fact, met = (line(part, 300) for part in why.bridge)
    text = f" {name}: {_whole(fact)} Met by: {met}"
    yield rich(stamp.block("bridge"), section([say("Why us", bold=True), say(text)]))


def against(why: Why, stamp: Stamp, most: int = 6) -> Iterator[Piece]:
    """What speaks against posting; a card without doubts says so."""
    if not why.against:
        yield rich(stamp.block("against"), section([say("Against it", bold=True), say(" Nothing was found.")]))
        return
    rows = [[say(line(sentence, 300))] for sentence in why.against]
    yield rich(stamp.block("against"), section([say("Against it", bold=True)]), *listed(rows, most))


def by_hand(c: CardView, stamp: Stamp) -> Iterator[Piece]:
    """What a person may post in the network's own composer; nothing of it is posted by us."""
    for letter, one in zip("ab", c.by_hand, strict=False):
        name, place = say("By hand", bold=True), link(one.about[0], line(one.about[1], 60))
        why = say(f": {line(one.why, 300)}", italic=True)
        about = section([name, say(f"  {one.length}. A quote of ", italic=True), place, why])
        yield rich(stamp.block(f"hand{letter}"), about, exact(one.shown))
        opens = button(f"{PREFIX}open", f"Open it in {line(one.link[1], 40)}", stamp.value(letter), url=one.link[0])
        yield from actions(stamp.block(f"opens{letter}"), [opens])


def limits(c: CardView, stamp: Stamp) -> Iterator[Piece]:
    """What the network does not simply allow the account to do."""
    if c.limits:
        rows = [[say(line(limit, 400))] for limit in c.limits]
        title = section([say(f"What is not simply allowed on {line(c.place, 90)}", bold=True)])
        yield rich(stamp.block("limits"), title, *listed(rows, len(rows)))


def score(why: Why) -> str:
    """`Score 0.86 of 1, an offer: loud, two minutes old ...`"""
    verdicts = {"offer": "an offer", "caution": "with caution"}
    summary = line(why.summary, 400)
    said = f"{summary[:1].upper()}{summary[1:]}"
    return f"Score {why.score:.2f} of 1, {verdicts.get(why.verdict, why.verdict)}. {said}"


def paused(reader: Reader, stamp: Stamp) -> Iterator[Piece]:
    """The pause in force: who, since when, why, until when."""
    pause = reader.pause
    if pause is None:
        return
    until = [say(" until "), when(pause.until)] if pause.until else []
    who = line(reader.name(pause.person), 80)
    text = [say("⏸ Posting is paused", bold=True), say(f" by {who} since "), when(pause.since), *until]
    yield rich(stamp.block("pause"), section([*text, say(f": {line(pause.why, 300)}")]))


def standing(status: Status) -> list[Piece]:
    """Where a proposal stands; a message cannot count down, so it says until when."""
    text = cut(status.text, 900)
    if status.until is not None and text.endswith(" in"):
        return [say(f"{text.removesuffix(' in')} at "), when(status.until, "{time_secs}"), say(".")]
    at = [say(" "), when(status.at, "{date_short}, {time}")] if status.at is not None else []
    return [say(text), *at]


def exact(shown: str) -> Piece:
    """A text that may be posted: whole, whatever its length."""
    return quote(whole(shown or "(empty)"))


def bars(trend: Trend) -> str:
    """The volume as a row of blocks, for a glance; empty where nothing was counted."""
    values, _ = _grouped(trend)
    top = max(values, default=0)
    return "".join(BARS[min(7, value * 8 // (top + 1))] for value in values) if top else ""


def _scale(trend: Trend) -> str:
    values, step_secs = _grouped(trend)
    span = span_words(step_secs).replace(" ", "\N{NO-BREAK SPACE}")  # on a phone the unit would stand alone
    return f"at most {max(values):,} posts in {span}"


def _grouped(trend: Trend) -> tuple[list[int], int]:
    """At most 24 sums of neighbours, and the seconds of each."""
    count = len(trend.volume)
    group = max(1, -(-count // MOST_BARS))
    edges = [*range(0, count, group), count]
    return [sum(trend.volume[a:b]) for a, b in pairwise(edges)], trend.volume_step_secs * group


def _whole(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def _source(q: Quote) -> list[Piece]:
    if q.link is None:
        return []
    return [say(" "), link(q.link[0], line(q.link[1], 60))]
