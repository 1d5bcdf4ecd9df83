"""The rules of the design, told a second time in a few lines: what the record may say, given what people did.

Reads the audit rows one after another and keeps its own state of each card. Nothing here asks the code under test what
is allowed; a text is known by its digest, because that is how a row names it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from responders.model import Move, Proposal, digest
from tests.machine import people
from tests.machine.hands import Deed

LADDER = {
    "offer": {("", "pending")},
    "edit": {("pending", "pending")},
    "approve": {("pending", "pending"), ("pending", "approved")},
    "reject": {("pending", "rejected")},
    "snooze": {("pending", "pending")},
    "expire": {("pending", "expired"), ("approved", "expired")},
    "withdraw": {("pending", "withdrawn"), ("approved", "withdrawn")},
    "claim": {("approved", "sending")},
    "accepted": {("sending", "published")},
    "refused": {("sending", "failed")},
    "not_sent": {("sending", "approved")},
    "lost": {("sending", "uncertain")},
    "found": {("uncertain", "published")},
    "absent": {("uncertain", "approved")},
    "give_up": {("uncertain", "failed")},
    "undo": {("published", "published"), ("published", "retracted")},
}
OVER = {"rejected", "expired", "withdrawn", "failed", "retracted"}
BY_MACHINES = {"offer", "expire", "claim", "accepted", "refused", "not_sent", "lost", "found", "absent"}
SEVERAL = {"expire", "withdraw", "lost"}
"""Made by machines as well."""
ONLY_APPROVERS = {"approve", "reject", "give_up"}


@dataclass
class Sheet:
    """One card, by its rows."""

    offer: Proposal
    state: str = ""
    revision: int = 1
    text: str = ""
    yeses: dict[str, str] = field(default_factory=dict)
    """Person -> text."""
    claims: list[tuple[datetime, str]] = field(default_factory=list)
    authors: dict[str, str] = field(default_factory=dict)
    """Text -> the person who wrote it."""

    def enough(self) -> bool:
        """So many different people as it takes, and in tier 2 one who did not write it."""
        least = max(self.offer.needed, 2 if self.offer.tier >= 2 else 1)
        others = set(self.yeses) - {self.authors.get(self.text)}
        is_seen = self.offer.tier < 2 or bool(others)
        return len(self.yeses) >= least and is_seen and set(self.yeses.values()) == {self.text}


class Rules:
    """Reads rows as they come; `AssertionError` with a sentence where one breaks a rule."""

    def __init__(self, size: int) -> None:
        self._approvers = set(list(people.TEAM_OF_FIVE.values())[:size])
        self.sheets: dict[str, Sheet] = {}
        self.rows: list[Move] = []
        self.count = Counter[str]()

    def read(self, rows: list[Move], offers: dict[str, Proposal], deeds: list[Deed]) -> None:
        """The next rows."""
        for row in rows:
            place = f"row {row.number}: {row.move} of {row.proposal} by {row.person}"
            assert row.number == len(self.rows) + 1, f"{place}: a row is missing before it"
            self.rows.append(row)
            sheet = self.sheets.setdefault(row.proposal, Sheet(offers[row.proposal]))
            before = row.before.value if row.before else ""
            assert sheet.state not in OVER, f"{place}: final states are final, and it was {sheet.state}"
            assert before == sheet.state, f"{place}: it was {sheet.state}, and the row says {before}"
            assert (before, row.after.value) in LADDER[row.move], f"{place}: {before} to {row.after}"
            self._person(row, place)
            self._text(row, sheet, deeds, place=place)
            sheet.state = row.after.value
            self.count[f"move: {row.move}"] += 1

    def _person(self, row: Move, place: str) -> None:
        assert row.person not in people.NEVER, f"{place}: nobody like that decides"
        if row.move in ONLY_APPROVERS:
            assert row.person in self._approvers, f"{place}: no approver"
        is_machine = row.via == "daemon"
        assert is_machine == (row.move in BY_MACHINES) or row.move in SEVERAL, f"{place}: via {row.via}"

    def _text(self, row: Move, sheet: Sheet, deeds: list[Deed], *, place: str) -> None:
        text = self._named(row, sheet, deeds)
        assert text is not None, f"{place}: a text that nobody wrote"
        if row.move == "offer":
            sheet.text = text
        elif row.move == "edit":
            sheet.revision, sheet.text, sheet.yeses = sheet.revision + 1, text, {}
            drafts = {draft.text for draft in sheet.offer.drafts}
            if text not in drafts:
                sheet.authors.setdefault(text, row.person)
        assert (text, row.revision) == (sheet.text, sheet.revision), f"{place}: another text or revision"
        if row.move == "approve":
            assert row.person not in sheet.yeses, f"{place}: counted twice"
            sheet.yeses[row.person] = text
            assert sheet.enough() == (row.after == "approved"), f"{place}: {sheet.yeses} makes it {row.after}"
        if row.move == "claim":
            assert sheet.enough(), f"{place}: without the yes of {sheet.offer.needed} to this text"
            sheet.claims.append((row.at, text))

    def _named(self, row: Move, sheet: Sheet, deeds: list[Deed]) -> str | None:
        known = [draft.text for draft in sheet.offer.drafts]
        known += [deed.text for deed in deeds if deed.proposal == row.proposal and deed.text is not None]
        return next((text for text in known if digest(sheet.offer.account, text) == row.digest), None)

    # --- rows and deeds ------------------------------------------------------------------------------------------

    def check_each_act_counts_once(self, deeds: list[Deed], *, done: dict[int, str] | None = None) -> None:
        """Every row of a person stands for an act of that person, and no act for two rows.

        With `done` (what the store says became of each deed, by its place) the two are the same, act for act.
        """
        rows = Counter(self._said())
        acts = Counter(key for i, deed in enumerate(deeds) if (key := _meant(deed)) and _is_done(deed, i, done))
        for key, times in rows.items():
            assert times <= acts[key], f"{key}: {times} rows for {acts[key]} acts"
        if done is not None:
            for key, times in acts.items():
                # What was said on the page may not have come to anything; an undo is asked of what stands there.
                if key[3] == "slack" and key[0] not in ("withdraw", "undo"):
                    assert rows[key] == times, f"{key}: {times} acts are called done, and {rows[key]} rows say so"

    def _said(self) -> list[tuple[Any, ...]]:
        found = []
        for i, row in enumerate(self.rows):
            if row.via == "daemon" or (row.move == "undo" and row.after == "retracted"):
                continue
            after = self.rows[i + 1] if i + 1 < len(self.rows) else None
            chosen = after is not None and (after.move, after.proposal, after.at) == ("approve", row.proposal, row.at)
            if row.move == "edit" and chosen and after is not None and after.person == row.person:
                continue  # the choice of another draft, which is part of the yes behind it
            found.append((_SAME.get(row.move, row.move), row.proposal, row.person, row.via, self._about(row)))
        return found

    def _about(self, row: Move) -> str:
        if row.move in ("edit", "approve"):
            return row.digest
        return row.why if row.move == "reject" else ""


_SAME = {"undo": "undo", "withdraw": "undo"}
"""Which of the two it becomes is a matter of when it arrives."""


def _meant(deed: Deed) -> tuple[Any, ...] | None:
    act = _SAME.get(deed.act, deed.act)
    if act not in ("edit", "approve", "reject", "snooze", "undo", "give_up"):
        return None
    about = deed.reason if act == "reject" else ""
    if deed.text is not None:
        about = digest(deed.account, deed.text)
    return act, deed.proposal, people.who(deed.user), deed.via, about


def _is_done(deed: Deed, place: int, done: dict[int, str] | None) -> bool:
    if done is None or deed.via != "slack":
        return True
    return deed.act in ("undo", "withdraw") or done.get(place, "").startswith(f"{deed.act} by ")
