"""What people wish in Slack about people, silences and several cards at once, carried out at the desk; the answer is
for them alone."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.errors import Refused
from responders.approvals import Desk, Said
from responders.approvals.slack import together
from responders.approvals.slack.face import Asked
from responders.approvals.slack.forms import BRAND_ALONE
from responders.approvals.slack.muting import meant
from responders.refusals import clock_text

NAMES = frozenset({"away", "back", "mute", "unmute", "together", "take_back"})
VIA = "slack"


async def carry_out(desk: Desk, asked: Asked, person: str, *, ids: Mapping[str, str], said: Said) -> str:
    """Do it and say so. Raises Refused with a sentence for the person. `ids` are Slack's ids of people; what
    was `said` is worked off in the transaction that carries it out."""
    if asked.name == "together":
        return await together.agree(desk, asked, person, said=said)
    if asked.name == "take_back":
        return await together.take_back(desk, asked, person, said=said)
    if asked.name == "away":
        return await _away(desk, asked, person, ids=ids, said=said)
    if asked.name == "back":
        await desk.come_back(person, via=VIA, said=said)
        return "Welcome back. Nobody decides in your place any more."
    if asked.name == "unmute":
        ended = await desk.unsilence(asked.text or "", person, "", via=VIA, said=said)
        return f"{ended.term!r} may be offered again."
    return await _mute(desk, asked, person, said=said)


async def _away(desk: Desk, asked: Asked, person: str, *, ids: Mapping[str, str], said: Said) -> str:
    assert asked.until is not None
    who = asked.text or ""
    if who.isupper() and who not in ids:  # a mention of somebody the settings do not know
        raise Refused("Whoever decides for you has to be among the people of bonmot's settings, with their Slack id.")
    away = await desk.go_away(person, ids.get(who, who) or None, asked.reason, until=asked.until, via=VIA, said=said)
    ends = f"{away.until:%d %b} {clock_text(away.until)}"
    then = f"{away.delegate} decides for you, under their own name" if away.delegate else "Nobody stands in for you"
    return f"You are away until {ends}. {then}. It ends by itself; /bonmot back ends it at once."


async def _mute(desk: Desk, asked: Asked, person: str, *, said: Said) -> str:
    assert asked.until is not None
    term, brand = asked.text or "", None
    if asked.proposal:  # from the window over a card: what was chosen is known by its fingerprint
        card = await desk.card(asked.proposal)
        found = meant(card, term)
        if card is None or found is None:
            raise Refused("What you chose is not on the card any more: open the window again.")
        term, brand = found, card.proposal.brand if asked.brand == BRAND_ALONE else None
    count = await desk.silence(term, person, asked.reason, until=asked.until, brand=brand, via=VIA, said=said)
    cards = f" {count} open card{'s were' if count != 1 else ' was'} taken back." if count else ""
    where = brand or "every brand"
    return f"{term!r} is silenced for {where} until {asked.until:%d %b} {clock_text(asked.until)}.{cards}"
