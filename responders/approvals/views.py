"""What a channel shows of a card, worked out beforehand so that it only has to be laid out. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor.model import Post, Trend, Verdict
from responders.approvals import Card, Judged, words
from responders.approvals.kin import kin_of
from responders.approvals.posted import length_text, pictures_of
from responders.approvals.shapes import (
    ByHandView,
    CardView,
    DraftView,
    Passed,
    Quote,
    Reader,
    Row,
    SignalView,
    Why,
)
from responders.approvals.status import Status, status_of
from responders.lifecycle import EDITED_BY, people_needed, seat_of, yeses
from responders.model import NO_MODEL, Approval, Draft, Move, Proposal, State
from responders.plot import describe
from responders.rights import Permit, Standing, right_of, standing
from responders.silencing import choices_of

AGING = ("stage", "posts", "voices", "velocity", "peaked_at", "volume", "volume_started_at", "volume_step_secs")
"""What of a trend goes on after it was judged."""
REHEARSED = "Only printed to the console: nothing left this machine."
SNOOZES = (5, 15, 60)
"""Minutes on offer."""


def view(card: Card, reader: Reader) -> CardView:
    """One card as one person sees it now."""
    p, trend = card.proposal, card.opportunity.trend
    acts, left = allowed(p, reader), p.deadline - reader.now
    return CardView(
        id=p.id,
        version=version(card, reader),
        revision=p.revision,
        state=p.state.value,
        is_open=p.is_open and not (p.state is State.PENDING and left <= timedelta(0)),
        tier=p.tier,
        hue=words.hue(p.brand),
        brand=words.plain(reader.brands.get(p.brand, p.brand), 80),
        brand_key=p.brand,
        place=words.place(card.proposal.account, card.rehearsed),
        platform=p.account.partition(":")[0],
        headline=words.plain(p.trend_name, 140).strip() or "A trend without a name",
        deadline=p.deadline,
        created_at=p.created_at,
        secs_left=max(0.0, left.total_seconds()),
        secs_in_all=max(1.0, (p.deadline - p.created_at).total_seconds()),
        text=words.revealed(p.text),
        exact=json.dumps(p.text),
        edited_by=reader.name(p.edited_by) if p.edited_by else None,
        note=_note(p),
        drafts=_drafts(p, reader),
        status=_status(card, reader),
        acts=acts,
        act_name=_act_name(card),
        closed_to="" if "approve" in acts else _closed_to(p, reader),
        two_people=_two_people(card, reader),
        more_people=more_people(p, reader),
        snoozes=tuple(m for m in SNOOZES if timedelta(minutes=m) < left),
        mutes=tuple((words.plain(term, 200), words.plain(name, 90)) for term, name in choices_of(trend)),
        why=_why(card, reader.now),
        plot_text=describe(trend),
        plot_version=sum(trend.volume),
        history=tuple(_row(move, reader) for move in card.history),
        **_allowed_there(card),
        pictures=pictures_of(p.media),
        kin=kin_of(card, reader, may=lambda sister: "approve" in allowed(sister, reader)),
    )


def aged(card: Card, live: Trend | None) -> Card:
    """An open card with the speed, size and volume its trend has by now; others stay as they were."""
    if live is None or card.proposal.state is not State.PENDING:
        return card
    now = {name: getattr(live, name) for name in AGING}
    return replace(card, opportunity=replace(card.opportunity, trend=replace(card.opportunity.trend, **now)))


def allowed(p: Proposal, reader: Reader) -> frozenset[str]:
    """The acts that make sense for this person now; the desk has the last word on each."""
    may_decide = reader.right_to(p) is not None
    if p.state is State.PENDING:
        if p.deadline <= reader.now:
            return frozenset()
        acts = {"edit", "snooze"} | ({"reject"} if may_decide else set())
        can_approve = may_decide and reader.pause is None and not _said_yes(p, reader)
        return frozenset(acts | ({"approve"} if can_approve else set()))
    by_state = {State.APPROVED: "withdraw", State.PUBLISHED: "undo"}
    if may_decide:
        by_state[State.UNCERTAIN] = "give_up"
    return frozenset({by_state[p.state]}) if p.state in by_state else frozenset()


def version(card: Card, reader: Reader) -> str:
    """Changes whenever the card would look different, for reasons other than time passing."""
    p = card.proposal
    facts = (p.state, p.revision, len(p.approvals), p.snoozed_until, p.moved_at, len(card.history), reader.person)
    people = (more_people(p, reader), sorted(allowed(p, reader)))
    paused = reader.pause.since if reader.pause else None
    is_late = p.deadline <= reader.now
    kin = [(one.id, one.version, sorted(allowed(one, reader))) for one in card.sisters]
    return hashlib.sha256(repr((facts, people, paused, is_late, kin)).encode()).hexdigest()[:16]


def _status(card: Card, reader: Reader) -> Status:
    """Where it stands; what only went to the console is said to have gone nowhere else."""
    p = card.proposal
    status = status_of(p, names=reader.name, now=reader.now, pause=reader.pause, history=card.history)
    if p.account.partition(":")[0] not in card.rehearsed or p.state not in (State.PUBLISHED, State.RETRACTED):
        return status
    return replace(status, text=f"{status.text} {REHEARSED}")


def _allowed_there(card: Card) -> dict[str, Any]:
    """What its network does not simply allow, and what a person may do there instead."""
    return {"limits": tuple(words.plain(limit, 400) for limit in card.limits), "by_hand": tuple(_by_hand(card))}


def _by_hand(card: Card) -> Iterator[ByHandView]:
    for one in card.by_hand if card.proposal.state is State.PENDING else ():
        about, link = words.web_link(one.about), words.web_link(one.link)
        if about is not None and link is not None:
            length = length_text(card.proposal.account, one.text)[0]
            yield ByHandView(words.revealed(one.text), length, words.plain(one.why, 300), about, link)


def passed(judged: Judged, reader: Reader) -> Passed:
    """One trend of the list of silences."""
    trend = judged.trend
    sample = words.plain(trend.samples[0].text, 160) if trend.samples else ""
    rows = tuple(
        (
            words.plain(reader.brands.get(s.brand, s.brand), 80),
            s.verdict.value,
            words.plain(s.why, 300),
            words.hue(s.brand),
        )
        for s in judged.scores
    )
    return Passed(words.plain(trend.name, 120), judged.at, f"{trend.voices:,} voices", sample, rows)


def _said_yes(p: Proposal, reader: Reader) -> Approval | None:
    """The yes of this person, or to their seat."""
    right = reader.right_to(p)
    seat = right.seat if right else reader.person
    return next((yes for yes in yeses(p) if reader.person == yes.person or seat == seat_of(yes)), None)


def more_people(p: Proposal, reader: Reader) -> str:
    """Who may decide as well since nobody did in time, and who stands in for whom; empty for nobody."""
    said = []
    if p.escalations and p.state is State.PENDING:
        last = p.escalations[-1]
        names = ", ".join(reader.name(key) for step in p.escalations for key in step.to)
        said.append(f"Nobody decided in {last.after_secs / 60:g} min: {names} may decide as well.")
    for away in reader.rota.away if p.state is State.PENDING else ():
        if away.delegate and right_of(away.person, p.approvers, _present(away.person, p, reader)):
            until = f"until {away.until:%d %b %H:%M} UTC"
            said.append(f"{reader.name(away.delegate)} decides for {reader.name(away.person)} {until}.")
    return " ".join(said)


def rota_lines(reader: Reader) -> list[str]:
    """What is silenced and who is away, a sentence each."""
    silences = [
        f"Silenced until {one.until:%d %b %H:%M} UTC by {reader.name(one.person)}, for "
        f"{reader.brands.get(one.brand, one.brand) if one.brand else 'every brand'}: "
        f"{words.plain(one.term, 200)} ({words.plain(one.why, 200)})"
        for one in reader.rota.silences
    ]
    away = [
        f"{reader.name(one.person)} is away until {one.until:%d %b %H:%M} UTC; "
        f"{reader.name(one.delegate) + ' decides meanwhile' if one.delegate else 'nobody stands in'}."
        for one in reader.rota.away
    ]
    return silences + away


def _present(person: str, p: Proposal, reader: Reader) -> Standing:
    return standing(person, Permit(frozenset(p.approvers), reader.rota.members), (), now=reader.now)


def _act_name(card: Card) -> str:
    """The button is named by what it does: with yeses still missing it posts nothing."""
    p, place = card.proposal, words.place(card.proposal.account, card.rehearsed)
    left = people_needed(p) - len(yeses(p))
    return f"Post to {place}" if left <= 1 else f"Say yes to {place}"


def _closed_to(p: Proposal, reader: Reader) -> str:
    if reader.pause is not None:
        return "Nothing can be approved while posting is paused."
    yes = _said_yes(p, reader)
    if yes is not None:
        who = "You" if yes.person == reader.person else reader.name(yes.person)
        seat = f" for {reader.name(seat_of(yes))}" if yes.seat else ""
        return f"{who} said yes{seat}. Another person has to."
    return f"{' or '.join(reader.name(key) for key in p.approvers) or 'Nobody'} may approve this."


def _drafts(p: Proposal, reader: Reader) -> tuple[DraftView, ...]:
    """The drafts as radio choices; people's edits are among them."""
    return tuple(
        DraftView(
            number=number,
            shown=words.revealed(draft.text),
            exact=json.dumps(draft.text),
            source=_source(draft, reader),
            rank=_rank(draft),
            numbers=_numbers(draft),
            is_chosen=draft.text == p.text,
            length=length_text(p.account, draft.text, pictures=len(draft.media))[0],
            fits=length_text(p.account, draft.text)[1],
            pictures=pictures_of(draft.media),
        )
        for number, draft in enumerate(p.drafts, 1)
    )


def _source(draft: Draft, reader: Reader) -> str:
    """Who wrote it: a person who says yes to a machine's words has to know that they are a machine's."""
    if draft.model is not None:
        return f"written by {words.plain(draft.model, 60)}, read by a person before it goes out"
    author = draft.template.removeprefix(EDITED_BY)
    return f"edited by {reader.name(author)}" if author != draft.template else words.plain(draft.template, 60)


def _rank(draft: Draft) -> str:
    """The reasons, heaviest first."""
    heaviest = sorted(draft.measures, key=lambda one: -one.weight)
    return "; ".join(words.plain(one.why, 120) for one in heaviest if one.name != "turn")


def _numbers(draft: Draft) -> str:
    """`0.810 = (4 x 1.000 fit + ...) / 11.5`."""
    if not draft.measures:
        return ""
    parts = " + ".join(f"{one.weight:g} x {one.value:.3f} {words.plain(one.name, 20)}" for one in draft.measures)
    return f"{draft.rank:.3f} = ({parts}) / {sum(one.weight for one in draft.measures):g}"


def _note(p: Proposal) -> str:
    """What was said when the card was made, as long as nobody moved it."""
    is_new = p.state is State.PENDING and (p.reason or "").startswith(NO_MODEL)
    return words.plain(p.reason or "", 200) if is_new else ""


def _two_people(card: Card, reader: Reader) -> str:
    """Why one yes is not enough, and where the yeses stand."""
    p = card.proposal
    needed = people_needed(p)
    if needed < 2 or p.state is not State.PENDING:
        return ""
    cautions = [words.plain(s.caution, 200).rstrip(".") for s in card.opportunity.score.signals if s.caution]
    parts = [f"{needed} different people have to say yes{': ' + '; '.join(cautions) if cautions else ''}."]
    given = [said_by(yes, reader) for yes in yeses(p)]
    if given:
        parts.append(f"{' and '.join(given)} said yes; {needed - len(given)} more to go.")
    if p.edited_by == reader.person and p.tier >= 2:
        parts.append("You wrote this text, so it also needs the yes of somebody else.")
    return " ".join(parts)


def said_by(yes: Approval, reader: Reader) -> str:
    """`You`, `Maya`, `Jon for Maya`."""
    who = "You" if yes.person == reader.person else reader.name(yes.person)
    return f"{who} for {reader.name(yes.seat)}" if yes.seat else who


def _why(card: Card, now: datetime) -> Why:
    score, trend = card.opportunity.score, card.opportunity.trend
    bridge = score.bridge
    named = None
    if bridge is not None:
        met = ", ".join(words.plain(word, 60) for word in bridge.matched[:8])
        named = (words.plain(bridge.name, 80), words.plain(bridge.fact, 300), met)
    return Why(
        score=score.value,
        verdict=score.verdict.value,
        summary=words.plain(score.why, 400),
        now=_why_now(trend, now),
        stage=trend.stage.value,
        bridge=named,
        terms=tuple(words.plain(term, 60) for term in trend.terms[:10]),
        quotes=tuple(_quote(post) for post in trend.samples[:5]),
        against=tuple(words.plain(sentence, 300) for sentence in score.against),
        signals=tuple(
            SignalView(
                words.plain(s.name.replace("_", " "), 40),
                min(1.0, max(0.0, s.value)),
                words.plain(s.why, 300),
                _flag(s.veto, s.caution),
            )
            for s in score.signals
        ),
    )


def _why_now(trend: Trend, now: datetime) -> str:
    age = words.span((now - trend.started_at).total_seconds())
    found = words.span((trend.detected_at - trend.started_at).total_seconds())
    usual = f"{trend.expected_velocity:.2g}" if trend.expected_velocity < 10 else f"{trend.expected_velocity:,.0f}"
    return (
        f"Began {age} ago and was found after {found}. {trend.velocity:,.0f} voices a minute, usually {usual}; "
        f"{trend.voices:,} voices in {trend.posts:,} posts so far."
    )


def _quote(post: Post) -> Quote:
    return Quote(words.plain(post.text, 400), words.network(post.platform), post.created_at, words.web_link(post.url))


def _flag(veto: Verdict | None, caution: str | None) -> str:
    if veto is not None:
        return veto.value
    return "two people" if caution else ""


def _row(move: Move, reader: Reader) -> Row:
    what = words.MOVES.get(move.move, words.plain(move.move, 40))
    return Row(reader.name(move.person), what, words.plain(move.why, 300), move.at)
