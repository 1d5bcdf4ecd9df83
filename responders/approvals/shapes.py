"""What a channel lays out: plain values, worked out, nothing left to decide. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from responders.approvals import words
from responders.approvals.status import Status
from responders.model import Pause, Proposal
from responders.rights import GROUP, Permit, Right, Rota, is_group, right_of, standing


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, when, and what everybody is called."""

    person: str
    now: datetime
    people: Mapping[str, str]
    brands: Mapping[str, str]
    pause: Pause | None = None
    rota: Rota = field(default_factory=Rota)

    def name(self, key: str) -> str:
        """What colleagues call a person or a machine."""
        if is_group(key):
            return f"Slack group {words.plain(key.removeprefix(GROUP), 40)}"
        return self.people.get(key) or words.MACHINES.get(key) or words.plain(key, 80)

    def right_to(self, p: Proposal) -> Right | None:
        """By what this person may say yes, as far as the card and the rota tell; the desk has the last word."""
        permit = Permit(frozenset(p.approvers), self.rota.members)
        return right_of(self.person, p.approvers, standing(self.person, permit, self.rota.away, now=self.now))


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture as it would be posted, to the last byte."""

    sha256: str
    """By which the page has it."""
    name: str
    alt: str
    """Whole, with every invisible character spelled out."""
    width: int
    height: int
    file: str = ""
    """Slack's id of it, once Slack can show it."""


@dataclass(frozen=True, slots=True)
class DraftView:
    """One radio choice."""

    number: int
    shown: str
    exact: str
    """The text as a JSON string, so that the browser sends back every character of it."""
    source: str
    rank: str
    """What it was ranked by, in words; empty for a person's edit."""
    numbers: str
    """The same as a sum to redo by hand."""
    is_chosen: bool
    length: str
    """`87 / 280, 0.015 USD`, by the platform's own rule and price."""
    fits: bool
    pictures: tuple[PictureView, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A sample post, as a stranger's words and nothing else."""

    text: str
    network: str
    at: datetime
    link: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class SignalView:
    """One row of the table; `flag` says what the signal forces."""

    name: str
    value: float
    why: str
    flag: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the history."""

    who: str
    what: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """The whole case, for and against."""

    score: float
    verdict: str
    summary: str
    now: str
    stage: str
    bridge: tuple[str, str, str] | None
    """Name, fact, and the words that meet it."""
    terms: tuple[str, ...]
    quotes: tuple[Quote, ...]
    against: tuple[str, ...]
    signals: tuple[SignalView, ...]


@dataclass(frozen=True, slots=True)
class ByHandView:
    """A text that a person posts in the network's own composer."""

    shown: str
    length: str
    why: str
    about: tuple[str, str]
    """Address and host of the post that it quotes."""
    link: tuple[str, str]
    """The composer's."""


@dataclass(frozen=True, slots=True)
class SisterView:
    """The same opportunity on another account, with its own text, waiting for a yes."""

    id: str
    revision: int
    place: str
    network: str
    shown: str
    exact: str
    """The text as a JSON string."""
    length: str
    fits: bool
    may: bool
    """Whether this person could say yes to it now."""
    pictures: tuple[PictureView, ...] = ()


@dataclass(frozen=True, slots=True)
class KinView:
    """A card's sisters."""

    waiting: tuple[SisterView, ...] = ()
    """Those that wait for a yes, while this one does."""
    undo: str = ""
    """`Delete it everywhere (Bluesky, Mastodon)`; empty where an undo concerns this card alone."""
    undoes: tuple[tuple[str, str], ...] = ()
    """(place, what happens there) of an undo everywhere, this card's own first."""
    alarms: tuple[str, ...] = ()
    """Where it still stands, or may stand, though it was taken back here."""


@dataclass(frozen=True, slots=True)
class CardView:
    """One card, worked out for one person at one time."""

    id: str
    version: str
    revision: int
    state: str
    is_open: bool
    tier: int
    hue: int
    brand: str
    brand_key: str
    place: str
    platform: str
    headline: str
    deadline: datetime
    created_at: datetime
    secs_left: float
    secs_in_all: float
    text: str
    exact: str
    edited_by: str | None
    note: str
    """Why no model wrote a draft, where one was asked."""
    drafts: tuple[DraftView, ...]
    status: Status
    acts: frozenset[str]
    act_name: str
    closed_to: str
    """Why this person cannot approve, where they cannot."""
    two_people: str
    more_people: str
    """Whom else was asked since nobody decided, and who stands in for whom."""
    snoozes: tuple[int, ...]
    mutes: tuple[tuple[str, str], ...]
    """What may be silenced, and how it is called."""
    why: Why
    plot_text: str
    plot_version: int
    """Another picture, another address: browsers keep pictures they were told not to."""
    history: tuple[Row, ...]
    by_hand: tuple[ByHandView, ...] = ()
    limits: tuple[str, ...] = ()
    """What its network does not simply allow."""
    pictures: tuple[PictureView, ...] = ()
    """What goes with `text`."""
    kin: KinView = field(default_factory=KinView)


@dataclass(frozen=True, slots=True)
class Passed:
    """A trend we stayed silent about."""

    name: str
    at: datetime
    size: str
    sample: str
    verdicts: tuple[tuple[str, str, str, int], ...]
    """(brand's title, verdict, why, colour class)"""
