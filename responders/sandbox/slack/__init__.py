"""A server on loopback that speaks Slack's wire format: Web API, Socket Mode, signed interactivity, and a page.

Written from the documented format; it knows nothing of our channel. What people do are methods: `click`, `submit`,
`command`. Faults of a method's answer go on `dial`, those of the sockets on `sockets.turn`.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from typing import Any

from aiohttp import web

from monitor.clock import Clock
from responders.sandbox.doors import Doors
from responders.sandbox.faults import PAGE
from responders.sandbox.slack import payloads
from responders.sandbox.slack.delivery import Addresses
from responders.sandbox.slack.hands import Hands
from responders.sandbox.slack.methods import METHODS, READS
from responders.sandbox.slack.scopes import NEEDED
from responders.sandbox.slack.sockets import Envelope, Exchange
from responders.sandbox.slack.words import No, Thing
from responders.sandbox.slack.workspace import (
    APP_TOKEN,
    BOT_TOKEN,
    CHANNEL,
    FOREIGN,
    RESPONSE_SECS,
    RESPONSE_USES,
    SECOND,
    TEAM,
    Workspace,
    shown,
)

__all__ = ["APP_TOKEN", "BOT_TOKEN", "CHANNEL", "FOREIGN", "SECOND", "TEAM", "Envelope", "Slack", "start"]

OPEN = "apps.connections.open"
POST = "chat.postMessage"
UPLOAD = "upload"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - the example of the documentation
HELD = ("blocks", "metadata", "view", "files")
"""Arguments that are JSON inside a form."""


class Slack(Doors):
    """A running workspace. `space` is its state, `sockets` its Socket Mode, `calls` which methods were asked."""

    def __init__(self, clock: Clock | None) -> None:
        super().__init__(clock, (POST, *METHODS, OPEN, UPLOAD))  # a fault without a door meets what is posted
        self.space = Workspace(self.clock)
        self.sockets = Exchange(self.clock)
        self.hands = Hands(self)
        """What the page's viewers do."""
        self.addresses = Addresses(self.clock, SECRET)
        """Where clicks are delivered signed, instead of over a socket."""
        self.tells_scopes = True
        """Whether answers tell in a header what the token may."""
        self.is_strict = False
        """Whether each method's limit of calls a minute is kept, and one message a second and channel."""
        self._asked: dict[str, deque[float]] = defaultdict(deque)

    # --- what a person sees and does -----------------------------------------------------------------------------

    @property
    def messages(self) -> list[Thing]:
        """What stands in the channels, oldest first."""
        return self.space.messages

    async def click(
        self, message: Thing, action_id: str, user: str, *, value: str | None = None, state: Thing | None = None
    ) -> Envelope:
        """Press a button, as the message shows it; with `value`, one of an older version."""
        made = payloads.click(self.space, message, action_id, user=user, value=value, state=state)
        return await self.deliver("interactive", made, takes_answer=False)

    async def submit(self, view: Thing, user: str, values: Thing) -> Envelope:
        """Send a modal."""
        made = payloads.submission(self.space, view, user=user, values=values)
        return await self.deliver("interactive", made, takes_answer=True)

    async def close_view(self, view: Thing, user: str) -> Envelope:
        """Close a modal."""
        return await self.deliver("interactive", payloads.closing(self.space, view, user=user), takes_answer=False)

    async def command(self, text: str, user: str, *, room: str = CHANNEL) -> Envelope:
        """Type a slash command."""
        made = payloads.command(self.space, text, user=user, room=room)
        return await self.deliver("slash_commands", made, takes_answer=True)

    async def open_home(self, user: str) -> Envelope:
        """Look at the Home tab."""
        return await self.deliver("events_api", payloads.home_opened(self.space, user=user), takes_answer=False)

    def say(self, text: str, user: str, *, room: str = CHANNEL) -> Thing:
        """A person writes something."""
        return self.space.post(room, {"text": text}, user=user)

    async def deliver(self, kind: str, payload: Thing, *, takes_answer: bool) -> Envelope:
        """Send a payload the way the workspace is set up for."""
        if kind not in self.addresses.urls:
            return self.sockets.put(kind, payload, takes_answer=takes_answer)
        envelope = Envelope(f"http-{self.space.number()}", kind, payload, takes_answer)
        await self.addresses.deliver(envelope)
        return envelope

    # --- the wire ------------------------------------------------------------------------------------------------

    def no(self, status: int, secs: float | None) -> web.Response:
        """How Slack refuses: most of it with 200, and a word for it."""
        words = {401: "invalid_auth", 403: "missing_scope", 404: "channel_not_found", 422: "invalid_blocks"}
        if status == 429:
            headers = {} if secs is None else {"Retry-After": f"{secs:.0f}"}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if status not in words:
            return web.Response(body=PAGE, status=status, content_type="text/html")
        more = {"needed": "chat:write", "provided": "users:read"} if status == 403 else {}
        return web.json_response(No(words[status], **more).answer)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=1 << 21)
        for name in (*METHODS, OPEN):
            app.router.add_route("*", f"/api/{name}", self.behind(name, self._ask))
        app.router.add_route("*", "/api/{method}", self._unknown)
        app.router.add_get("/link", self.sockets.serve)
        app.router.add_post("/_hooks/response/{key}", self._reply)
        app.router.add_post("/_upload/{key}", self.behind(UPLOAD, self._upload))
        self.hands.routes(app)
        return app

    async def _ask(self, question: web.Request) -> web.Response:
        name = question.path.rpartition("/")[2]
        try:
            self._let_in(question, name)
            args = await _arguments(question, name)
            too_often = self._wait_secs(name, str(args.get("channel", "")))
            if too_often:
                return self.no(429, too_often)
            if name == OPEN:
                ticket = self.sockets.ticket()
                return web.json_response({"ok": True, "url": f"{self.url.replace('http', 'ws')}/link?ticket={ticket}"})
            return web.json_response({"ok": True} | METHODS[name][0](self.space, args), headers=self._granted(name))
        except No as no:
            return web.json_response(no.answer)

    async def _unknown(self, question: web.Request) -> web.Response:
        return web.json_response(No("unknown_method", req_method=question.match_info["method"]).answer)

    def _let_in(self, question: web.Request, name: str) -> None:
        kind, _, token = question.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            raise No("not_authed")
        if self.space.is_revoked:
            raise No("token_revoked")
        wanted = APP_TOKEN if name == OPEN else BOT_TOKEN
        if token != wanted:
            raise No("not_allowed_token_type" if token in (APP_TOKEN, BOT_TOKEN) else "invalid_auth")
        needed = NEEDED.get(name, ())
        if needed and not set(needed) & self.space.scopes:  # one of them is enough: it depends on the kind of channel
            raise No("missing_scope", needed=needed[0], provided=",".join(sorted(self.space.scopes)))

    def _granted(self, name: str) -> dict[str, str]:
        """What the token may, as the service tells it with every answer."""
        if not self.tells_scopes:
            return {}
        return {
            "X-OAuth-Scopes": ",".join(sorted(self.space.scopes)),
            "X-Accepted-OAuth-Scopes": ",".join(NEEDED.get(name, ())),
        }

    def _wait_secs(self, name: str, room: str) -> float:
        """How long to wait before this may be asked again; 0 when it may be now."""
        if not self.is_strict or name not in METHODS:
            return 0.0
        now, most = self.space.seconds(), METHODS[name][1]
        asked = self._asked[name]
        while asked and asked[0] <= now - 60.0:
            asked.popleft()
        spoken = self._asked[f"{name} {room}"]
        if name == "chat.postMessage" and spoken and now - spoken[-1] < 1.0:
            return 1.0
        if len(asked) >= most:
            return max(1.0, 60.0 - (now - asked[0]))
        asked.append(now)
        spoken.append(now)
        return 0.0

    async def _reply(self, question: web.Request) -> web.Response:
        """A `response_url`."""
        found = self.space.replies.get(question.match_info["key"])
        if found is None or self.space.seconds() - found.since > RESPONSE_SECS:
            return web.json_response(No("expired_url").answer, status=404)
        found.uses += 1
        if found.uses > RESPONSE_USES:
            return web.json_response(No("used_url").answer, status=404)
        said = await question.json()
        content = {"text": said.get("text"), "blocks": said.get("blocks")}
        if said.get("delete_original") and found.ts:
            self.space.messages.remove(self.space.find(found.channel, found.ts))
        elif said.get("replace_original") and found.ts:
            self.space.change(self.space.find(found.channel, found.ts), content)
        elif said.get("response_type") == "in_channel":
            self.space.post(found.channel, content, thread=said.get("thread_ts"))
        else:
            self.space.ephemerals.append(
                content | {"channel": found.channel, "user": found.user, "ts": self.space.ts()}
            )
        return web.Response(text="ok")

    async def _upload(self, question: web.Request) -> web.Response:
        file = self.space.files.get(question.match_info["key"])
        body = await question.read()
        if file is None or len(body) != file["length"]:
            return web.Response(status=400, text="wrong length")
        file["body"] = body
        return web.Response(text=f"OK - {len(body)}")

    def found(self, mark: str) -> list[Thing]:
        """The messages whose metadata holds a text: what tests count."""
        return [
            shown(one) | {"channel": one["channel"]} for one in self.messages if mark in str(one.get("metadata", ""))
        ]


async def _arguments(question: web.Request, name: str) -> Thing:
    """Query, form, or JSON where the method takes it. Raises No."""
    found: Thing = dict(question.query)
    if question.content_type == "application/json":
        if name in READS:
            return found  # the real one does not read it either, and then misses its arguments
        try:
            said: Any = await question.json()
        except ValueError:
            raise No("invalid_json") from None
        if not isinstance(said, dict):
            raise No("json_not_object")
        return found | {key: value for key, value in said.items() if value is not None}
    found |= {key: value for key, value in (await question.post()).items() if isinstance(value, str)}
    for key in HELD:
        if isinstance(found.get(key), str):
            try:
                found[key] = json.loads(found[key])
            except ValueError:
                raise No("invalid_blocks_format" if key == "blocks" else "invalid_arguments") from None
    return found


async def start(host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None) -> Slack:
    """Serve on loopback; port 0 takes a free one. Raises BadInput as `Doors.start` does."""
    slack = Slack(clock)
    await slack.start(slack.app(), host, port)
    slack.space.url = slack.url
    return slack
