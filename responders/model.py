"""The words of the answering half: drafts, proposals, decisions, publications, receipts. Pure, frozen, no I/O."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where a proposal stands. The comment says who moves it on, and what happens if we die in it."""

    PENDING = "pending"  # a person or the deadline; nothing is lost, the row waits
    APPROVED = "approved"  # the outbox, after the undo window; survives a crash as it is
    SENDING = "sending"  # the outbox; after a crash the start-up makes it `uncertain`
    UNCERTAIN = "uncertain"  # the reconciler or a person; survives as it is
    PUBLISHED = "published"  # final but for a person's undo
    REJECTED = "rejected"  # final
    EXPIRED = "expired"  # final
    WITHDRAWN = "withdrawn"  # final
    FAILED = "failed"  # final
    RETRACTED = "retracted"  # final


NO_MODEL = "no model: "
"""How the reason of a new card begins that has templates' drafts alone, though a model was to write some."""

FINAL = frozenset({State.REJECTED, State.EXPIRED, State.WITHDRAWN, State.FAILED, State.RETRACTED})


@dataclass(frozen=True, slots=True)
class Measure:
    """One number a draft was ranked by, 0 to 1, with its weight and its reason in words."""

    name: str
    value: float
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as it is said yes to. Its bytes are kept under their hash (`responders.album`), never in a row."""

    sha256: str
    """Of the file's bytes, 64 hex digits."""
    alt: str
    """What is read to those who cannot see it; a part of what is posted."""
    kind: str
    """`image/png`, `image/jpeg` or `image/webp`."""
    name: str
    """As a file of it is called: `dunk.png`."""
    width: int
    height: int
    """Both in pixels."""
    size: int
    """In bytes."""
    made_with_ai: bool = False
    """Networks that have a label for that get it."""

    @property
    def digest(self) -> str:
        """SHA-256 of all that is posted of it, the alt text included. 64 hex digits."""
        posted = [self.sha256, self.alt, self.kind, self.name, self.width, self.height, self.made_with_ai]
        return hashlib.sha256(json.dumps(posted, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Draft:
    """One text that may be posted on one account, with the picture that goes with it.

    What follows `template` has a default: drafts of older rows have none of it.
    """

    account: str
    """`platform:handle`."""
    text: str
    template: str
    """Which template (or person) made it: `dunk-in-the-dark`, `edited by maya`; `model` where a model wrote it."""
    model: str | None = None
    """The language model that wrote it, as the settings name it; None: people wrote it."""
    measures: tuple[Measure, ...] = ()
    """What it was ranked by."""
    media: tuple[Picture, ...] = ()
    """At most one."""

    @property
    def rank(self) -> float:
        """The weighted mean of its measures, 0 to 1; 0 without any."""
        total = sum(one.weight for one in self.measures)
        return sum(one.value * one.weight for one in self.measures) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes to one digest."""

    person: str
    revision: int
    digest: str
    at: datetime
    seat: str = ""
    """Whose yes it is, where somebody stands in for them; empty: the person's own."""
    entry: str = ""
    """By which of the approvers they may, where that is not their own name: a group, or who is away."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """After so many seconds of a card's life without a decision these may decide as well."""

    after_secs: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text up for decision, for one brand, trend and account.

    `text` is what would be posted now: the chosen draft, or a person's edit of it. `revision` grows with every
    change of it and voids earlier approvals.
    """

    id: str
    opportunity: str
    brand: str
    trend: str
    trend_name: str
    account: str
    tier: int
    drafts: tuple[Draft, ...]
    text: str
    revision: int
    edited_by: str | None
    state: State
    created_at: datetime
    deadline: datetime
    snoozed_until: datetime | None
    approvers: tuple[str, ...]
    """Who may decide."""
    needed: int
    """How many different people have to say yes (k of n)."""
    approvals: tuple[Approval, ...]
    """The yeses to the present revision."""
    approved_at: datetime | None
    send_after: datetime | None
    """End of the undo window; set when the last yes came."""
    tries: int
    mark: str
    """Our own key for the publication on the platform (Bluesky's record key, Mastodon's Idempotency-Key)."""
    receipt: Receipt | None
    reason: str | None
    """Why it stands where it stands, in words, from the last move."""
    moved_by: str | None
    moved_at: datetime
    undo_secs: float = 10.0
    """How long the last yes can be taken back before anything is sent."""
    languages: tuple[str, ...] = ("en",)
    version: int = 0
    """Grows with every move: what a compare-and-set compares."""
    escalations: tuple[Escalation, ...] = ()
    """The steps that were taken so far; their people stand among the approvers."""
    media: tuple[Picture, ...] = ()
    """What would be posted with `text` now: the chosen draft's."""

    @property
    def is_open(self) -> bool:
        return self.state not in FINAL and self.state is not State.PUBLISHED

    @property
    def digest(self) -> str:
        return digest(self.account, self.text, media=tuple(picture.digest for picture in self.media))


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's proof that a publication exists."""

    platform_id: str
    url: str | None
    at: datetime
    detail: str = ""
    """What the platform needs to find or undo it again (Bluesky: the record's cid)."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The intent to post one text, perhaps with a picture, on one account once: what a publisher is given."""

    proposal: str
    account: str
    text: str
    digest: str
    mark: str
    created_at: datetime
    """Frozen with the approval, so that sending again sends the identical record."""
    languages: tuple[str, ...] = ("en",)
    media: tuple[Picture, ...] = ()
    files: tuple[bytes, ...] = field(default=(), repr=False)
    """The bytes of `media`, in its order: read and compared right before sending, and in no row."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the audit: who did what when, from where, why; chained by hash."""

    number: int
    proposal: str
    move: str
    before: State | None
    after: State
    person: str
    """A person's key, or `clock`, `outbox`, `reconciler`, `guard`, `start-up`."""
    via: str
    """`inbox`, `cli`, `daemon`."""
    why: str
    revision: int
    digest: str
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is claimed while one is in force."""

    person: str
    why: str
    since: datetime
    until: datetime | None
    terms: tuple[str, ...] = ()
    """Where the guard set it (a hold): the words that set the tragedy apart."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One row of the second audit: what people did, or were refused, that moved no proposal; chained by hash."""

    number: int
    act: str
    """`away`, `back`, `silence`, `unsilence` or `refused`."""
    person: str
    """A person's key; for `refused` the Slack id of somebody the settings do not name."""
    about: str
    why: str
    until: datetime | None
    via: str
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A mute of one term, trend or author for one brand (or all), with author, reason and end."""

    id: str
    brand: str | None
    term: str
    person: str
    why: str
    since: datetime
    until: datetime


MISSED = "missed"
"""The kind of an example that a person saw trending and was not told of."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a person taught: kept for `check` and for tuning, and changing nothing by itself."""

    kind: str
    text: str
    person: str
    at: datetime
    answer: str
    """What was said to it then."""


def digest(account: str, text: str, context: str = "", media: tuple[str, ...] = ()) -> str:
    """SHA-256 of what a person says yes to: account, exact text, media digests and context. 64 hex digits."""
    payload = json.dumps([account, text, context, list(media)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(payload.encode()).hexdigest()
