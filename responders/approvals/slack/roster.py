"""`/bonmot away|back|mute|unmute`, read into wishes. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from responders.approvals.slack.wishes import Unread, Wish

WORDS = ("away", "back", "mute", "unmute")
HELP = (
    "`away 2d [NAME]` be away, NAME decides meanwhile · `back` · "
    "`mute TERM 2h WHY` offer nothing of a term, a trend or an author · `unmute TERM`"
)
_SECS = {"m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"([0-9]{1,5})\s*(m|min|minutes?|h|hours?|d|days?)\b", re.IGNORECASE)
_INSIDE = re.compile(r"(?<!\S)([0-9]{1,5})(m|min|h|d)(?!\S)", re.IGNORECASE)
"""Within a sentence a span is written without a space: `2h`, so that `the last 2 days` stays a term."""
_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>")


def read(word: str, rest: str, *, person: str, now: datetime) -> Wish | Unread:
    """What is wished for; an `Unread` says how it is written."""
    if word == "back":
        return Wish("back", person)
    if word == "unmute":
        return Wish("unmute", person, subject=rest) if rest else Unread("Say what: /bonmot unmute TERM")
    return _away(rest, person=person, now=now) if word == "away" else _mute(rest, person=person, now=now)


def _away(rest: str, *, person: str, now: datetime) -> Wish | Unread:
    """`2d @jon at sea`."""
    span = _SPAN.match(rest)
    if span is None:
        return Unread("Say how long, and who decides meanwhile: /bonmot away 2d jon. When you are back: /bonmot back")
    who, why = [*rest[span.end() :].split(maxsplit=1), "", ""][:2]
    mention = _MENTION.fullmatch(who)
    subject = mention[1] if mention else who.removeprefix("@").casefold()
    return Wish("away", person, text=why.strip(), until=now + _length(span), subject=subject)


def _mute(rest: str, *, person: str, now: datetime) -> Wish | Unread:
    """`power cut 2h people are hurt`: the term, how long, why."""
    span = _INSIDE.search(rest)
    term, why = (rest[: span.start()].strip(), rest[span.end() :].strip()) if span else ("", "")
    if span is None or not term or not why:
        return Unread("Say what, how long and why: /bonmot mute TERM 2h WHY")
    return Wish("mute", person, text=why, until=now + _length(span), subject=term.strip("\"'“”"))


def _length(span: re.Match[str]) -> timedelta:
    """The desk says what is too long."""
    return timedelta(seconds=int(span[1]) * _SECS[span[2][0].lower()])
