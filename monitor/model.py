"""The words of the watching half: what flows from a public post to an opportunity. Pure, frozen, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import msgspec


class Post(msgspec.Struct, frozen=True, gc=False):
    """One public message as a source delivered it. `created_at` is aware UTC.

    A Struct, because millions of them are made from JSON: built in C, and nothing for the collector of cycles to walk.
    """

    id: str
    platform: str
    created_at: datetime
    text: str
    author: str | None = None
    author_followers: int | None = None
    lang: str | None = None
    reply_to: str | None = None
    repost_of: str | None = None
    """Id of the original, or `unknown`: a repost of the source does not say what."""
    likes: int | None = None
    reposts: int | None = None
    url: str | None = None
    has_media: bool | None = None
    """Pictures, films or sound beside the text; None where the source does not tell."""


@dataclass(frozen=True, slots=True)
class Death:
    """Somebody died, says a source that knows people by name; or, `is_taken_back`, the source says so no longer."""

    name: str
    """As an encyclopedia calls them, without what stands in brackets behind it."""
    at: datetime
    """When it was said, which is later than when it happened."""
    says: str
    """Who says so: Wikipedia."""
    url: str | None = None
    is_taken_back: bool = False


class Stage(StrEnum):
    """Where a trend stands in its life."""

    RISING = "rising"
    PEAKING = "peaking"
    FADING = "fading"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Burst:
    """One term that stands out of its own baseline in one window."""

    term: str
    at: datetime
    window_secs: int
    voices: int
    """Distinct voices that used the term in the window."""
    expected: float
    """Voices the baseline foresaw for the window."""
    significance: float
    """How far the count stands above the baseline, in standard deviations of the baseline."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A happening: bursts that belong together, with a life, a name and the posts that speak for it."""

    id: str
    name: str
    """A readable phrase of at most 60 characters, taken from the posts."""
    terms: tuple[str, ...]
    """What sets it apart, strongest first."""
    stage: Stage
    started_at: datetime
    detected_at: datetime
    """The stream's clock when the trend was announced; a trend is announced once."""
    peaked_at: datetime | None
    ended_at: datetime | None
    posts: int
    """Posts counted to it, copies and reposts included."""
    voices: int
    """Distinct voices: copies and reposts collapsed, an author once."""
    authors: int | None
    """Distinct authors, or None where the source does not say who wrote."""
    significance: float
    velocity: float
    """Voices a minute now."""
    expected_velocity: float
    """Voices a minute that its terms usually have."""
    samples: tuple[Post, ...]
    """Three to five diverse posts for a person to read."""
    evidence: tuple[Post, ...]
    """Up to 200 posts that speak for the trend, newest last; the signals read these."""
    volume: tuple[int, ...]
    """Posts a step, oldest first; the last step may be unfinished."""
    volume_started_at: datetime
    volume_step_secs: int


@dataclass(frozen=True, slots=True)
class Bridge:
    """The named link between a trend and a fact of the brand."""

    name: str
    fact: str
    strength: float
    """0 to 1."""
    matched: tuple[str, ...]
    """The trend's words that meet it."""


class Verdict(StrEnum):
    """What is thought of one trend for one brand: one yes, two yeses, never, or not worth asking."""

    OFFER = "offer"
    CAUTION = "caution"
    BLOCK = "block"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Signal:
    """One named measurement, 0 to 1, with its reason in words.

    A signal may do more than weigh: `veto` names the verdict it forces (`block` or `ignore`), `caution` says why two
    people have to look. `for_and_against` holds sentences for the card.
    """

    name: str
    value: float
    why: str
    veto: Verdict | None = None
    caution: str | None = None
    evidence: tuple[str, ...] = ()
    """Ids of the posts the reason rests on."""


@dataclass(frozen=True, slots=True)
class Score:
    """The judgement of one trend for one brand, with every number that led to it."""

    brand: str
    verdict: Verdict
    tier: int
    """0 pre-cleared playbook, 1 one approver, 2 two different people; 0 as well where nothing is offered."""
    value: float
    """Weighted mean of the signals, 0 to 1."""
    why: str
    bridge: Bridge | None
    signals: tuple[Signal, ...]
    against: tuple[str, ...] = ()
    """The case against posting, one sentence each."""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A trend worth a person's look for one brand; written as a row before anybody is asked."""

    id: str
    trend: Trend
    score: Score
    offered_at: datetime
    deadline: datetime
    """After this the joke is stale and nothing may be posted."""

    @property
    def brand(self) -> str:
        return self.score.brand


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """A configured rule of relevance and what a match is worth."""

    match: str
    """With its lists written out and its exclusions added."""
    weight: float = 1.0
    tag: str = ""
    """What it is called on cards and at a platform; empty: by what it matches."""

    @property
    def name(self) -> str:
        return self.tag or self.match


@dataclass(frozen=True, slots=True)
class Fact:
    """Something true of the brand that a trend's words may meet."""

    name: str
    fact: str
    terms: tuple[str, ...]
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Account:
    """As whom the brand speaks on one platform."""

    key: str
    """`platform:handle`, for example `bluesky:oreo.example`."""
    platform: str
    handle: str


@dataclass(frozen=True, slots=True)
class Stock:
    """Something a text may promise as long as there is some."""

    name: str
    terms: tuple[str, ...]
    """Words that promise it."""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the weighted score becomes a verdict; all between 0 and 1."""

    offer: float = 0.6
    caution: float = 0.45


@dataclass(frozen=True, slots=True)
class RememberedDay:
    """A day on which a market mourns, and what follows for whoever wants to be funny."""

    name: str
    market: str
    """The calendar it stands in: `us`."""
    place: str
    """The same for people: `the United States`."""
    who: str
    """Who mourns whom, in words."""
    rule: str
    """The day of each year as `monitor.remembrance` reads it; empty where the dates are listed."""
    dates: tuple[date, ...]
    days: int
    """How long it lasts."""
    follows: Verdict
    """`block`: nothing is offered on that day; `caution`: two people look."""
    terms: tuple[str, ...] = ()
    """Words that are never joked with on that day, its eve and the day after."""
    time_zones: tuple[str, ...] = ()
    """Where it is that day; empty: in the brand's own zone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a brand may say only with a proof that somebody can look up; without one it may not be said at all."""

    phrases: tuple[str, ...]
    """Words or phrases; ANY_PRICE stands for every amount of money and every discount."""
    proof: str = ""


ANY_PRICE = "any price"


@dataclass(frozen=True, slots=True)
class Voice:
    """How a brand sounds: what a model is told, and what every text is measured by."""

    do: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
    emoji: int | None = None
    """At most so many in a text; None: no limit."""
    hashtags: int | None = None
    claims: tuple[Claim, ...] = ()
    allow: tuple[str, ...] = ()
    """Addresses, @names, #tags and phone numbers that a model's draft may hold; it may hold no others."""


@dataclass(frozen=True, slots=True)
class Brand:
    """Who speaks: everything the signals and the drafts need to know about it."""

    name: str
    title: str
    description: str = ""
    languages: tuple[str, ...] = ("en",)
    keywords: tuple[KeywordRule, ...] = ()
    exclude: tuple[str, ...] = ()
    """Rules that make a trend none of our business."""
    known_voices: tuple[str, ...] = ()
    """Authors whose word reaches the brand's people."""
    territories: tuple[tuple[str, str], ...] = ()
    """Name and keyword rule of each; none means anywhere."""
    facts: tuple[Fact, ...] = ()
    competitors: tuple[str, ...] = ()
    own_names: tuple[str, ...] = ()
    no_go: tuple[str, ...] = ()
    """Words that may never stand in a draft."""
    weights: dict[str, float] = field(default_factory=dict)
    thresholds: Thresholds = Thresholds()
    half_life_secs: float = 600.0
    shelf_life_secs: float = 1200.0
    min_voices: int = 20
    """Fewer distinct voices than this are too small for a card."""
    cards_per_day: int = 8
    cool_off_hours: float = 72.0
    accounts: tuple[Account, ...] = ()
    time_zone: str = "UTC"
    """IANA name; what a draft calls evening is the brand's evening."""
    remembered: tuple[RememberedDay, ...] = ()
    """The days on which its markets mourn."""
    voice: Voice = Voice()
    stock: tuple[Stock, ...] = ()
    """What its texts may promise while there is some."""
