"""The windows that open over a card: details, edit, reject, pause. Pure.

A trigger opens one window within three seconds, so `loading` opens at once and is replaced when the card was fetched.
A card never changes by itself after it went out; a person may wish for other drafts beside those it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from monitor.model import Trend
from responders.approvals import Card
from responders.approvals.shapes import CardView, DraftView, Reader, Row
from responders.approvals.slack import case, forms
from responders.approvals.slack.kit import (
    Piece,
    cut,
    escaped,
    label,
    line,
    listed,
    option,
    parts,
    rich,
    say,
    section,
    size,
    when,
)
from responders.approvals.slack.stamps import PREFIX, Stamp
from responders.approvals.views import view
from responders.drafting.lengths import limit_text
from responders.lifecycle import yeses

View = dict[str, Any]
FIELD = 3000
"""Letters that one text field takes."""
ROOM = 2000
"""What a field of a long text begins with, so that words can be added."""
HISTORY = 40
DETAILS = 30
"""Signals and drafts shown; a view may have 250 kB."""


def loading(title: str = "bonmot") -> View:
    """What opens at once."""
    wait = {"type": "section", "block_id": Stamp("loading", 0).block("wait"), "text": label("One moment …", 100)}
    return _modal("loading", title, [wait])


def failure(why: str) -> View:
    """A sentence in the place of what could not be shown."""
    block = {"type": "section", "block_id": Stamp("failure", 0).block("why"), "text": label(line(why, 1000), 1000)}
    return _modal("failure", "That did not work", [block])


def details(card: Card, reader: Reader) -> View:
    """Every signal with its number and reason, the drafts with their sums, and who did what."""
    c = view(card, replace(reader, person=""))
    stamp = Stamp(c.id, c.revision)
    blocks = [
        rich(stamp.block("brand"), section(case.banner(c))),
        {"type": "header", "block_id": stamp.block("headline"), "text": label(line(c.headline, 150), 150)},
        {"type": "section", "block_id": stamp.block("score"), "text": label(case.score(c.why), 600)},
        *_signals(c, stamp),
        *case.bridge(c.why, stamp),
        *case.against(c.why, stamp, DETAILS),
        *case.said(c.why.quotes, stamp),
        *_counted(c, card.opportunity.trend, stamp),
        *_ranks(c, stamp),
        *case.limits(c, stamp),
        *_history(c.history, stamp),
    ]
    return _modal("details", "Why and history", blocks, stamp=stamp)


def edit(card: Card, reader: Reader, number: int = 0) -> View:
    """A field with the text of draft `number` (1 is the first; 0 is the present text)."""
    c = view(card, replace(reader, person=""))
    stamp = Stamp(c.id, c.revision)
    drafts = card.proposal.drafts
    text = drafts[number - 1].text if 1 <= number <= len(drafts) else card.proposal.text
    fields = parts(text.encode("utf-8", "ignore").decode(), FIELD if size(text) <= FIELD else ROOM)
    if len(fields) > len(forms.PARTS):
        return failure("This text is too long for a window of Slack's. Edit it on the page of bonmot.")
    about = [*case.banner(c), say(f": {line(c.headline, 150)}")]
    void = " The yeses that were given no longer count then." if yeses(card.proposal) else ""
    note = f"Saving posts nothing: the card then asks for a yes to your text.{void}"
    blocks = [
        rich(stamp.block("about"), section(about)),
        *(_text_field(c, piece, stamp, place=i) for i, piece in enumerate(fields)),
        rich(stamp.block("note"), section([say(note, italic=True)])),
    ]
    return _modal("edit", "Edit the text", blocks, submit="Save the text", stamp=stamp)


def reject(card: Card, reader: Reader) -> View:
    """Why not: one of the usual reasons, words of one's own, or both."""
    c = view(card, replace(reader, person=""))
    stamp = Stamp(c.id, c.revision)
    quick = {
        "type": "radio_buttons",
        "action_id": f"{PREFIX}{forms.QUICK}",
        "options": [option(reason, reason) for reason in forms.QUICK_REASONS],
    }
    blocks = [
        rich(stamp.block("about"), section([*case.banner(c), say(f": {line(c.headline, 150)}")])),
        _input(stamp.block(forms.QUICK), "Why not?", quick, optional=True),
        _input(stamp.block(forms.REASON), "In your words", _typed(forms.REASON, 300), optional=True),
    ]
    return _modal("reject", "Reject", blocks, submit="Reject", stamp=stamp)


def wish(card: Card, reader: Reader) -> View:
    """How other drafts should sound, in a person's own words; nothing said is a wish as well."""
    c = view(card, replace(reader, person=""))
    stamp = Stamp(c.id, c.revision)
    field = _typed(forms.WORDS, forms.WISH_LETTERS) | {"multiline": True}
    hint = "Shorter, drier, about the milk. It changes no rule of the brand's; every draft passes all checks."
    note = "New drafts stand behind the old ones. The text that is up for decision, and the yeses to it, stay."
    blocks = [
        rich(stamp.block("about"), section([*case.banner(c), say(f": {line(c.headline, 150)}")])),
        _input(stamp.block(forms.WORDS), "How should they sound?", field, optional=True, hint=hint),
        rich(stamp.block("note"), section([say(note, italic=True)])),
    ]
    return _modal("wish", "Other drafts", blocks, submit="Write other drafts", stamp=stamp)


def pause(why: str = "") -> View:
    """Why nothing may be posted, and until when."""
    stamp = Stamp("pause", 0)
    ends = (("Until somebody resumes", "open"), ("For 30 minutes", "m30"), ("For 1 hour", "m60"))
    more = (("For 4 hours", "m240"), ("For a day", "m1440"))
    options = [option(name, value) for name, value in ends + more]
    until = {
        "type": "static_select",
        "action_id": f"{PREFIX}{forms.UNTIL}",
        "options": options,
        "initial_option": options[0],
    }
    field = _typed(forms.REASON, 300) | ({"initial_value": cut(why, 300)} if why.strip() else {})
    blocks = [
        _input(stamp.block(forms.REASON), "Why?", field, optional=False),
        _input(stamp.block(forms.UNTIL), "How long?", until, optional=False),
    ]
    return _modal("pause", "Pause all posting", blocks, submit="Pause")


def beside(block: str, sentence: str) -> dict[str, Any]:
    """Keep the window open and say what is wrong with one field."""
    return {"response_action": "errors", "errors": {block: escaped(line(sentence, 1500))}}


def _modal(name: str, title: str, blocks: list[Piece], *, submit: str = "", stamp: Stamp | None = None) -> View:
    made: View = {
        "type": "modal",
        "callback_id": f"{PREFIX}{name}",
        "title": label(title, 24),
        "close": label("Cancel" if submit else "Close", 24),
        "blocks": blocks,
    }
    sent = {"submit": label(submit, 24)} if submit else {}
    return made | sent | ({"private_metadata": stamp.metadata()} if stamp else {})


def _input(block_id: str, name: str, element: Piece, *, optional: bool, hint: str = "") -> Piece:
    made = {"type": "input", "block_id": block_id, "label": label(name, 150), "element": element, "optional": optional}
    return made | ({"hint": label(hint, 300)} if hint else {})


def _typed(name: str, most: int) -> Piece:
    return {"type": "plain_text_input", "action_id": f"{PREFIX}{name}", "max_length": most}


def _text_field(c: CardView, piece: str, stamp: Stamp, *, place: int) -> Piece:
    """One field; a text longer than a field takes goes on in the next, joined without a space."""
    element = _typed(forms.TEXT, FIELD) | {"multiline": True} | ({"initial_value": piece} if piece else {})
    chosen = next((draft for draft in c.drafts if draft.is_chosen), None)
    present = f" The present text has {chosen.length}." if chosen else ""
    hint = f"{limit_text(c.platform)}{present}" if not place else ""
    name = "The text" if not place else "The text goes on, joined without a space"
    block_id = stamp.block(f"{forms.TEXT}{forms.PARTS[place]}")
    return _input(block_id, name, element, optional=place > 0, hint=hint)


def _signals(c: CardView, stamp: Stamp) -> Iterator[Piece]:
    rows = []
    for s in c.why.signals:
        flag = f" [{line(s.flag, 30)}]" if s.flag else ""
        rows.append([say(f"{s.value:.2f}", code=True), say(f" {line(s.name, 40)}{flag}", bold=True), _why(s.why)])
    if rows:
        yield rich(stamp.block("signals"), section([say("Signals, 0 to 1", bold=True)]), *listed(rows, DETAILS))


def _why(text: str) -> Piece:
    return say(f"  {line(text, 300)}")


def _counted(c: CardView, trend: Trend, stamp: Stamp) -> Iterator[Piece]:
    words = ", ".join(line(term, 60) for term in c.why.terms)
    drawn = [section([say(case.bars(trend), code=True)])] if case.bars(trend) else []
    text = [say("Counted", bold=True), say(f" {line(c.why.now, 400)} {line(c.plot_text, 300)}")]
    terms = [section([say(f"Terms: {words}")])] if words else []
    yield rich(stamp.block("counted"), section(text), *drawn, *terms)


def _ranks(c: CardView, stamp: Stamp) -> Iterator[Piece]:
    ranked = [_rank(draft) for draft in c.drafts if draft.numbers]
    if ranked:
        title = section([say("How the drafts were ranked", bold=True)])
        yield rich(stamp.block("ranks"), title, *listed(ranked, DETAILS))


def _rank(draft: DraftView) -> list[Piece]:
    words = f" {line(draft.rank, 300)} " if draft.rank else " "
    return [say(f"Draft {draft.number}", bold=True), say(words), say(line(draft.numbers, 400), code=True)]


def _history(rows: tuple[Row, ...], stamp: Stamp) -> Iterator[Piece]:
    if not rows:
        return
    shown = [_moved(row) for row in rows[::-1]]
    yield rich(stamp.block("history"), section([say("History, newest first", bold=True)]), *listed(shown, HISTORY))


def _moved(row: Row) -> list[Piece]:
    why = f": {line(row.why, 200)}" if row.why else ""
    return [when(row.at, "{date_short}, {time_secs}"), say(f" {line(row.who, 80)} {row.what}{why}")]
