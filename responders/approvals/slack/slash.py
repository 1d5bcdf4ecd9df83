"""`/bonmot pause|resume|status|why|missed|test`, read into wishes. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import get_args

from responders.approvals.slack import roster
from responders.approvals.slack.wishes import Unread, Wish, WishKind

WORDS = ("pause", "resume", "status", "why", "missed", "test", *roster.WORDS, "help")
HELP = (
    "`/bonmot status` where everything stands · `pause [10m|2h] WHY` stop every post · `resume [WHY]` · "
    "`why TEXT` explain a verdict · `missed` what was passed over, and why · `missed TEXT` teach what was not seen · "
    "`test TEXT` what the guard and the checks say of a text · " + roster.HELP
)
MOST_LETTERS = 1000
LONGEST = timedelta(days=7)
_SPAN = re.compile(r"([0-9]{1,5})\s*(m|min|minutes?|h|hours?|d|days?)\b\s*", re.IGNORECASE)
_SECS = {"m": 60, "h": 3600, "d": 86_400}


def command(text: str, *, person: str, now: datetime) -> Wish | Unread:
    """The first word says what; the rest belongs to it."""
    word, rest = [*unescaped(text).split(maxsplit=1), "", ""][:2]
    word, rest = word.casefold() or "help", rest.strip()
    if word not in WORDS:
        near = get_close_matches(word[:40], WORDS, 1)
        return Unread(f"bonmot does not know {word[:40]!r}{f'; did you mean {near[0]!r}?' if near else '.'} Try: help.")
    if len(rest) > MOST_LETTERS:
        return Unread(f"That is longer than {MOST_LETTERS} letters.")
    if word in roster.WORDS:
        return roster.read(word, rest, person=person, now=now)
    if word == "pause":
        return _pause(rest, person=person, now=now)
    if word in ("why", "test") and not rest:
        return Unread(f"Say {'what to explain' if word == 'why' else 'which text'}: /bonmot {word} TEXT")
    kinds: dict[str, WishKind] = {kind: kind for kind in get_args(WishKind)}
    return Wish(kinds[word], person, text=rest)


def unescaped(text: str) -> str:
    """Slack writes `&`, `<` and `>` of what people type as entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _pause(rest: str, *, person: str, now: datetime) -> Wish | Unread:
    """`10m the news is grave`; without a reason the modal asks for it."""
    span = _SPAN.match(rest)
    until = None
    if span is not None:
        length = timedelta(seconds=int(span[1]) * _SECS[span[2][0].lower()])
        if not timedelta(0) < length <= LONGEST:
            return Unread("A pause lasts from a minute to seven days, or without an end until somebody resumes.")
        until, rest = now + length, rest[span.end() :]
    return Wish("pause" if rest else "pause_form", person, text=rest, until=until)
