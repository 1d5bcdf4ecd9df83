"""Where acts come in as JSON: login, decisions, pause. The page's script and other programs use the same doors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from aiohttp import web

from monitor.clock import from_text, to_text
from monitor.errors import AuthNeeded, BadInput
from responders.approvals import Act, Card, Desk, Order, words
from responders.approvals.as_json import to_json
from responders.approvals.inbox.context import CONTEXT, Context, session_of
from responders.approvals.inbox.pages import ID
from responders.approvals.inbox.security import is_bearer, set_cookie
from responders.approvals.posted import length_text

ACTS: frozenset[str] = frozenset(get_args(Act))
Text = Annotated[str, msgspec.Meta(max_length=10_000)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]
Key = Annotated[str, msgspec.Meta(max_length=200)]


class Body(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Unknown fields are mistakes."""


class LoginBody(Body, frozen=True):
    """A one-time code."""

    code: Key


class LinkBody(Body, frozen=True):
    """For whom a login link is wanted."""

    person: Key


class LogoutBody(Body, frozen=True):
    """This browser, or every one of this person."""

    everywhere: bool = False


class AlsoBody(Body, frozen=True):
    """A sister that was agreed to as well, as it stood on the screen."""

    id: Key
    revision: int
    text: Text


class ActBody(Body, frozen=True):
    """What was on the screen when the act was done."""

    revision: int
    text: Text | None = None
    reason: Reason = ""
    until: Key | None = None
    also: Annotated[tuple[AlsoBody, ...], msgspec.Meta(max_length=20)] = ()
    """For `approve`: sisters to which the same yes goes, all of them or none."""
    everywhere: bool = False
    """For `undo`: on every network it went to."""


class CheckBody(Body, frozen=True):
    """A text to look at."""

    text: Text


class PauseBody(Body, frozen=True):
    """Why nothing may be posted, and until when."""

    reason: Reason
    until: Key | None = None


class ResumeBody(Body, frozen=True):
    """Why posting goes on."""

    reason: Reason = ""


class SilenceBody(Body, frozen=True):
    """Of what nothing is offered, for which brand, until when and why."""

    term: Key
    until: Key
    reason: Reason
    brand: Key | None = None


class UnsilenceBody(Body, frozen=True):
    """Which silence ends: its id or its term."""

    key: Key
    reason: Reason = ""


class AwayBody(Body, frozen=True):
    """Until when the person is away, and who decides meanwhile."""

    until: Key
    delegate: Key | None = None
    reason: Reason = ""


B = TypeVar("B", bound=Body)


class Problems(BadInput):
    """What stands against a text, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


async def login(request: web.Request) -> web.Response:
    """A code in, a session out. The old session of this browser ends, so none can be planted beforehand."""
    body = await _read(request, LoginBody)
    context = request.app[CONTEXT]
    old = context.sessions.find(request.cookies.get(context.sessions.cookie_name))
    try:
        cookie, session = context.sessions.login(body.code, request.headers.get("User-Agent", ""))
    except AuthNeeded as failure:
        raise web.HTTPUnauthorized(text=str(failure)) from None
    if old is not None:
        context.sessions.close(old)
    response = web.json_response({"person": session.person, "csrf": context.sessions.csrf(session)})
    set_cookie(response, context.sessions, cookie)
    return response


async def login_link(request: web.Request) -> web.Response:
    """A fresh login link for a person: for the command line, which holds the bearer token."""
    if not is_bearer(request):
        raise web.HTTPForbidden(text="Login links are given to the command line only.")
    body = await _read(request, LinkBody)
    return web.json_response({"url": link_for(request.app[CONTEXT], body.person)})


def link_for(context: Context, person: str) -> str:
    """The address that logs `person` in once. Raises BadInput for a person nobody configured."""
    if person not in context.people:
        known = ", ".join(sorted(context.people))
        raise BadInput(f"nobody is called {words.plain(person, 60)!r} in bot.yaml; known: {known}")
    return f"{context.url}login#code={context.sessions.new_code(person)}"


async def logout(request: web.Request) -> web.Response:
    """End this session, or every one of this person."""
    body = await _read(request, LogoutBody)
    sessions, session = request.app[CONTEXT].sessions, session_of(request)
    ended = sessions.close_all(session.person) if body.everywhere else 1
    sessions.close(session)
    response = web.json_response({"ended": ended})
    response.del_cookie(sessions.cookie_name, path="/", httponly=True, samesite="Strict")
    return response


async def here(request: web.Request) -> web.Response:
    """The person moved the mouse or typed: they are not away, though nothing was decided. The doorkeeper notes it."""
    await _read(request, Body)
    return web.json_response({"here": session_of(request).person})


async def cards(request: web.Request) -> web.Response:
    """Every card, as `Desk.cards` orders them."""
    found = await request.app[CONTEXT].desk.cards()
    return web.json_response({"cards": [to_json(card) for card in found]})


async def card(request: web.Request) -> web.Response:
    """One card."""
    return web.json_response({"card": to_json(await _card(request))})


async def act(request: web.Request) -> web.Response:
    """One decision; the answer is the card as it then stands."""
    name = request.match_info["act"]
    if name not in ACTS:
        raise web.HTTPNotFound(text="There is no such act.")
    body = await _read(request, ActBody)
    found = await _card(request)
    order = _order(found, name, body, person=session_of(request).person)  # type: ignore[arg-type]
    await _check_text(request, found, order)
    told = await _carry_out(request.app[CONTEXT].desk, order, body)
    answer: dict[str, Any] = {"card": to_json(await _card(request))}
    return web.json_response(answer | ({"not_undone": told} if body.everywhere else {}))


async def check(request: web.Request) -> web.Response:
    """What stands against a text while it is being written; changes nothing."""
    body = await _read(request, CheckBody)
    found = await _card(request)
    media = found.proposal.media
    length, fits = length_text(found.proposal.account, body.text, pictures=len(media))
    problems = await _problems(request, found, body.text)
    return web.json_response({"problems": problems, "length": length, "fits": fits})


async def pause(request: web.Request) -> web.Response:
    """Stop every post from now on, with a reason."""
    body = await _read(request, PauseBody)
    if not body.reason.strip():
        raise Problems(["Say why, so that others know when to resume."])
    await request.app[CONTEXT].desk.pause(session_of(request).person, body.reason.strip(), _time(body.until))
    return web.json_response({"paused": True})


async def resume(request: web.Request) -> web.Response:
    """End the pause."""
    body = await _read(request, ResumeBody)
    await request.app[CONTEXT].desk.resume(session_of(request).person, body.reason.strip())
    return web.json_response({"paused": False})


async def silence(request: web.Request) -> web.Response:
    """Offer nothing that speaks of a term; open cards of it are taken back."""
    body, person = await _read(request, SilenceBody), session_of(request).person
    until = _time(body.until)
    assert until is not None
    desk = request.app[CONTEXT].desk
    count = await desk.silence(body.term, person, body.reason, until=until, brand=body.brand, via="inbox")
    return web.json_response({"taken_back": count})


async def unsilence(request: web.Request) -> web.Response:
    """End a silence."""
    body, person = await _read(request, UnsilenceBody), session_of(request).person
    ended = await request.app[CONTEXT].desk.unsilence(body.key, person, body.reason.strip(), via="inbox")
    return web.json_response({"term": ended.term})


async def away(request: web.Request) -> web.Response:
    """The person is away from now on."""
    body, person = await _read(request, AwayBody), session_of(request).person
    until = _time(body.until)
    assert until is not None
    desk = request.app[CONTEXT].desk
    kept = await desk.go_away(person, body.delegate, body.reason, until=until, via="inbox")
    return web.json_response({"until": to_text(kept.until), "delegate": kept.delegate})


async def back(request: web.Request) -> web.Response:
    """The person is back."""
    await _read(request, Body)
    await request.app[CONTEXT].desk.come_back(session_of(request).person, via="inbox")
    return web.json_response({"away": False})


async def _carry_out(desk: Desk, order: Order, body: ActBody) -> list[str]:
    """What could not be undone, where everything should have been."""
    if body.everywhere and order.act != "undo":
        raise BadInput("Only an undo goes everywhere.")
    if body.also and order.act != "approve":
        raise BadInput("Only a yes goes to several cards.")
    if body.everywhere:
        return await desk.take_back(order)
    if body.also:
        also = [Order(one.id, "approve", order.person, order.via, one.revision, text=one.text) for one in body.also]
        await desk.decide_together([order, *also])
    else:
        await desk.decide(order)
    return []


def _order(card: Card, name: Act, body: ActBody, *, person: str) -> Order:
    reason = body.reason.strip()
    if name == "reject" and not reason:
        raise Problems(["Say why; the next drafts learn from it."])
    if name == "edit" and not (body.text or "").strip():
        raise Problems(["There is no text."])
    until = _time(body.until)
    if name == "snooze" and (until is None or until >= card.proposal.deadline):
        raise Problems(["Snooze needs an end before the deadline."])
    text = body.text if name in ("edit", "approve") else None
    return Order(card.proposal.id, name, person, "inbox", body.revision, text=text, reason=reason, until=until)


async def _check_text(request: web.Request, card: Card, order: Order) -> None:
    if order.text is None:
        return
    problems = await _problems(request, card, order.text)
    if problems:
        raise Problems(problems)


async def _problems(request: web.Request, card: Card, text: str) -> list[str]:
    return await request.app[CONTEXT].desk.problems(card.proposal, text)


async def _card(request: web.Request) -> Card:
    found = await request.app[CONTEXT].desk.card(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(text="There is no such card.")
    return found


async def _read(request: web.Request, shape: type[B]) -> B:
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise BadInput(f"This is not what the door expects: {failure}.") from None


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return from_text(text)
    except ValueError:
        raise BadInput("A time is written as 2013-02-04T01:40:00Z.") from None


ROUTES = (
    web.post("/api/login", login),
    web.post("/api/login-links", login_link),
    web.post("/api/logout", logout),
    web.post("/api/here", here),
    web.get("/api/cards", cards),
    web.get(f"/api/cards/{ID}", card),
    web.post(f"/api/cards/{ID}/check", check),
    web.post(f"/api/cards/{ID}/{{act:[a-z_]{{1,20}}}}", act),
    web.post("/api/pause", pause),
    web.post("/api/resume", resume),
    web.post("/api/silences", silence),
    web.post("/api/silences/end", unsilence),
    web.post("/api/away", away),
    web.post("/api/back", back),
)
