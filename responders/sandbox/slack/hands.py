"""What a person does on the page, as the payloads it becomes, and what the app's answer makes of the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from monitor.clock import sleep_unless
from responders.sandbox.slack import blocks as checks
from responders.sandbox.slack import files, payloads
from responders.sandbox.slack.fields import missing, pairs, states
from responders.sandbox.slack.methods import push, renew
from responders.sandbox.slack.page import HEADERS, page, parts, place_of, version
from responders.sandbox.slack.sockets import Envelope
from responders.sandbox.slack.words import No, Thing

if TYPE_CHECKING:
    from responders.sandbox.slack import Slack

PATIENCE_SECS = 3.0
"""An app that did not ack until then has failed for the person."""
KINDS = {"icon.svg": "image/svg+xml", "page.js": "text/javascript", "page.css": "text/css"}
LATE = "The app did not answer within three seconds."


class Hands:
    """The page of a workspace, and the hands of whoever sits before it."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.space = slack.space

    def routes(self, app: web.Application) -> None:
        """Everything a browser asks for."""
        app.router.add_get("/", self._page)
        app.router.add_get("/_page/parts", self._parts)
        app.router.add_post("/_page/act", self._act)
        app.router.add_get("/_page/{name}", self._static)
        app.router.add_get("/_files/{key}", self._file)

    async def act(self, asked: Thing) -> Thing:
        """Do one thing as a person: `errors` beside fields, a `note` for the person, or nothing to say.

        Raises ValueError or KeyError for what is not on the page.
        """
        user = str(asked["as"])
        if user not in self.space.people:
            raise ValueError(f"there is no {user!r} here")
        match asked["act"]:
            case "use":
                return await self._use(asked, user)
            case "submit":
                return await self._submit(asked, user)
            case "close":
                return await self._close(user)
            case "write":
                return await self._write(str(asked["text"]), user, str(asked["at"]))
            case "home":
                return await self._heard(await self.slack.open_home(user))
        raise ValueError(f"nobody can {asked['act']!r} here")

    async def _use(self, asked: Thing, user: str) -> Thing:
        """A button, an option, a field that is sent at once."""
        name = str(asked["holder"])
        holder = self._holder(name, user)
        wanted = (asked["block"], asked["action"])
        found = [(b, e) for b, e in pairs(holder.get("blocks", [])) if (b["block_id"], e["action_id"]) == wanted]
        if not found:
            raise ValueError("that is no longer on the page")
        block, element = found[0]
        values = [str(one) for one in asked.get("values", [])]
        chosen = self.space.chosen.setdefault((user, name), {})
        for typed in asked.get("state", {}).items():
            chosen[str(typed[0])] = {str(key): [str(v) for v in value] for key, value in typed[1].items()}
        if element["type"] not in ("button", "overflow"):
            chosen.setdefault(block["block_id"], {})[element["action_id"]] = values
        state = states(holder["blocks"], chosen)
        given = None if element["type"] == "button" else values
        made = payloads.used(self.space, (holder, block, element), user=user, values=given, state=state)
        return await self._heard(await self.slack.deliver("interactive", made, takes_answer=False))

    async def _submit(self, asked: Thing, user: str) -> Thing:
        view = self._top(user)
        if view["id"] != asked["view"]:
            raise ValueError("that window is closed")
        typed = {str(b): {str(a): [str(v) for v in vs] for a, vs in acts.items()} for b, acts in asked["state"].items()}
        self.space.chosen[user, f"v {view['id']}"] = typed
        wrong = missing(view["blocks"], typed)
        if wrong:
            return {"errors": wrong}
        envelope = await self.slack.submit(view, user, states(view["blocks"], typed))
        told = await self._heard(envelope)
        return told or self._answered(envelope.answer, view, user)

    def _answered(self, answer: Any, view: Thing, user: str) -> Thing:
        """What the app's ack of a form does: nothing said closes it."""
        stack, said = self.space.stacks[user], answer if isinstance(answer, dict) else {}
        try:
            match said.get("response_action"):
                case "errors":
                    return {"errors": {str(key): str(text) for key, text in said["errors"].items()}}
                case "update":
                    renew(self.space, view, checks.check_view(said.get("view"), kinds=("modal",)))
                case "push":
                    push(self.space, user, checks.check_view(said.get("view"), kinds=("modal",)))
                case "clear":
                    stack.clear()
                case _:
                    if view["id"] in stack:
                        stack.remove(view["id"])
        except (No, KeyError, AttributeError) as no:
            return {"note": f"The app's answer is not understood: {no}"}
        self.space.number()
        return {}

    async def _close(self, user: str) -> Thing:
        view = self._top(user)
        self.space.stacks[user].remove(view["id"])
        self.space.number()
        if view.get("notify_on_close"):
            await self.slack.close_view(view, user)
        return {}

    async def _write(self, text: str, user: str, room: str) -> Thing:
        if not text.strip():
            return {}
        if not text.startswith("/"):
            self.slack.say(text, user, room=room)
            return {}
        envelope = await self.slack.command(text.strip(), user, room=room)
        told = await self._heard(envelope)
        if isinstance(envelope.answer, dict) and (envelope.answer.get("text") or envelope.answer.get("blocks")):
            content = {key: envelope.answer[key] for key in ("text", "blocks") if key in envelope.answer}
            self.space.ephemerals.append(content | {"channel": room, "user": user, "ts": self.space.ts()})
        return told

    async def _heard(self, envelope: Envelope) -> Thing:
        """Wait for the ack; a note where none came in time."""
        if envelope.acked_at is None and envelope.status is None:
            await sleep_unless(envelope.heard, self.slack.clock, PATIENCE_SECS)
        return {} if envelope.acked_at is not None else {"note": LATE}

    def _holder(self, name: str, user: str) -> Thing:
        kind, *rest = name.split(" ")
        if kind == "v":
            return self.space.views[rest[0]]
        room, ts = rest
        aside = [one for one in self.space.ephemerals if (one["user"], one["ts"]) == (user, ts)]
        if aside:
            return aside[0] | {"is_aside": True}
        try:
            return self.space.find(room, ts)
        except No:
            raise ValueError("that message is gone") from None

    def _top(self, user: str) -> Thing:
        stack = self.space.stacks.get(user)
        if not stack:
            raise ValueError("no window is open")
        return self.space.views[stack[-1]]

    # --- what a browser asks for ---------------------------------------------------------------------------------

    async def _page(self, question: web.Request) -> web.Response:
        shown = page(self.space, place_of(self.space, question.query))
        return web.Response(text=shown, content_type="text/html", headers=HEADERS)

    async def _parts(self, question: web.Request) -> web.Response:
        if question.query.get("seen") == version(self.space):
            return web.Response(status=204, headers=HEADERS)
        return web.json_response(parts(self.space, place_of(self.space, question.query)), headers=HEADERS)

    async def _act(self, question: web.Request) -> web.Response:
        # A page elsewhere can send a form here, but no JSON without asking first.
        if question.content_type != "application/json":
            return web.json_response({"note": "send JSON"}, status=415)
        try:
            return web.json_response(await self.act(await question.json()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return web.json_response({"note": f"That cannot be done: {error}"}, status=400)

    async def _static(self, question: web.Request) -> web.Response:
        name = question.match_info["name"]
        if name not in KINDS:
            return web.Response(status=404)
        body = Path(__file__).with_name(name).read_bytes()
        return web.Response(body=body, content_type=KINDS[name], charset="utf-8", headers=HEADERS)

    async def _file(self, question: web.Request) -> web.Response:
        """Pictures alone: whatever else was uploaded is not shown by a browser that believes it."""
        key = question.match_info["key"]
        kind = files.kind_of(self.space.files, key, 0)
        if kind not in files.PICTURES:
            return web.Response(status=404)
        return web.Response(body=self.space.files[key]["body"], content_type=kind, headers=HEADERS)
