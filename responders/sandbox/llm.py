"""A language model's server on loopback in the wire format of OpenAI's chat completions, faults included.

It understands nothing: it says what `say` says, so a test can play a model that obeys a hostile post to the letter.
Error shapes and fields follow OpenAI's API description (2026-08-21); it knows nothing of who asks.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from monitor.clock import Clock, SystemClock
from monitor.errors import BadInput

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MODEL = "sandbox"

Json = dict[str, Any]
Say = Callable[[Json], Sequence[str]]
"""From the body of a question to the texts of the answer."""

KINDS = {
    "auth": "401, the key is wrong",
    "forbidden": "403",
    "missing": "404, no such model",
    "limit": "429 with Retry-After, in `secs`",
    "limit_silent": "429 without Retry-After",
    "quota": "429 insufficient_quota",
    "unready": "503",
    "html": "502 with a page of HTML",
    "drop": "the connection is cut",
    "redirect": "307 to another place",
    "too_long": "400 context_length_exceeded",
    "bad_value": "400 invalid_value",
    "cut": "200, the JSON is cut, finish_reason length",
    "bad_json": "200, the content is no JSON",
    "not_json": "200, the whole body is no JSON",
    "schema": "200, JSON that does not match the schema",
    "fences": "200, the JSON in a code fence with a word before it",
    "think": "200, <think> before the JSON",
    "refusal": "200, content null and a refusal",
    "refuse": "200, refuse: true",
    "filter": "200, finish_reason content_filter",
    "null": "200, content null",
    "no_choice": "200, no choices",
    "slow": "answered after `secs`",
    "huge": "200, an answer of a megabyte",
    "deep": "200, brackets in brackets in brackets",
    "fine": "as ever",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """One fault for one question."""

    kind: str
    secs: float = 0.0


@dataclass(slots=True)
class Dial:
    """Faults waiting for questions, first in, first out."""

    waiting: deque[Turn] = field(default_factory=deque)

    def turn(self, kind: str, *, secs: float = 0.0, times: int = 1) -> None:
        """Let the next questions meet a fault. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no fault; there are {', '.join(KINDS)}")
        self.waiting.extend([Turn(kind, secs)] * times)

    def next(self) -> Turn:
        """What this question meets."""
        return self.waiting.popleft() if self.waiting else Turn("fine")


@dataclass(slots=True)
class Sandbox:
    """A running server. `asked` holds the body of every question, `dial` turns on faults, `say` is the model."""

    clock: Clock
    key: str
    say: Say
    dial: Dial = field(default_factory=Dial)
    asked: list[Json] = field(default_factory=list)
    url: str = ""
    runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """What stands in the settings."""
        return f"{self.url}/v1"

    async def close(self) -> None:
        """Stop serving; idempotent."""
        if self.runner is not None:
            await self.runner.cleanup()

    async def completions(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions."""
        turn = self.dial.next()
        try:
            body = json.loads(await request.text())
        except ValueError:
            return _error(400, "the body is no JSON")
        self.asked.append(body)
        wrong = _wrong(body) if isinstance(body, dict) else "the body is no object"
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            turn = Turn("auth")
        elif wrong:
            return _error(400, wrong, code="invalid_value")
        if turn.kind == "slow":
            await self.clock.sleep(turn.secs)
        return _failed(request, turn) or self._answered(body, turn.kind)

    def _answered(self, body: Json, kind: str) -> web.Response:
        drafts = [{"text": text, "angle": "sandbox"} for text in self.say(body)]
        good = json.dumps({"refuse": kind == "refuse", "drafts": [] if kind == "refuse" else drafts})
        content = {
            "cut": good[: len(good) // 2],
            "bad_json": "Sure! Here are some drafts for you.",
            "schema": json.dumps({"refuse": "no", "drafts": [{"say": "hello"}]}),
            "fences": f"Here you are:\n```json\n{good}\n```",
            "think": f'<think>They want {{"drafts": []}}. Hm.</think>\n{good}',
            "refusal": None,
            "null": None,
            "huge": json.dumps({"refuse": False, "drafts": [{"text": "x" * 1_000_000, "angle": ""}]}),
            "deep": "[" * 100_000,
        }.get(kind, good)
        message = {"role": "assistant", "content": content, "refusal": "I can't help." if kind == "refusal" else None}
        reason = {"cut": "length", "filter": "content_filter"}.get(kind, "stop")
        choices = [] if kind == "no_choice" else [{"index": 0, "finish_reason": reason, "message": message}]
        size = sum(len(one["content"]) for one in body["messages"]) // 4
        usage = {"prompt_tokens": size, "completion_tokens": 60, "total_tokens": size + 60}
        if kind == "not_json":
            return web.Response(text="{", content_type="application/json")
        whole = {"id": "chatcmpl-1", "object": "chat.completion", "model": body["model"], "choices": choices}
        return web.json_response(whole | {"usage": usage})

    async def models(self, request: web.Request) -> web.Response:
        """GET /v1/models."""
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(401, "Incorrect API key provided", code="invalid_api_key")
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    async def turned(self, request: web.Request) -> web.Response:
        """POST /_dial."""
        # A page elsewhere can send a form here, but no JSON without asking first.
        if request.content_type != "application/json":
            return _error(415, "send JSON")
        try:
            self.dial.turn(**await request.json())
        except (ValueError, TypeError) as error:
            return _error(400, str(error))
        return web.json_response({})


async def start(
    host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None, key: str = "", say: Say | None = None
) -> Sandbox:
    """Serve on loopback; port 0 takes a free one. With a `key` nobody else gets in.

    Raises BadInput for a host others could reach, or a port that is taken.
    """
    if host not in LOOPBACK:
        raise BadInput(f"the sandbox listens on this machine only ({', '.join(LOOPBACK)}), not on {host}")
    sandbox = Sandbox(clock or SystemClock(), key, say or (lambda _: ("A cookie needs no light. Dunk in the dark.",)))
    app = web.Application(client_max_size=1_000_000)
    app.router.add_post("/v1/chat/completions", sandbox.completions)
    app.router.add_get("/v1/models", sandbox.models)
    app.router.add_post("/_dial", sandbox.turned)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise BadInput(f"the sandbox cannot listen on {host}:{port}: {error.strerror}") from error
    sandbox.runner = runner
    sandbox.url = f"http://{f'[{host}]' if ':' in host else host}:{runner.addresses[0][1]}"
    return sandbox


def _wrong(body: Json) -> str | None:
    """What a strict server would have against the question."""
    messages = body.get("messages")
    if not isinstance(body.get("model"), str) or not isinstance(messages, list) or not messages:
        return "model and messages are needed"
    if any(not isinstance(one, dict) or not isinstance(one.get("content"), str) for one in messages):
        return "every message needs a content"
    if ("max_tokens" in body) == ("max_completion_tokens" in body):
        return "one of max_tokens and max_completion_tokens is needed"
    wanted = body.get("response_format") or {"type": "text"}
    if wanted.get("type") == "json_schema":
        named = wanted.get("json_schema")
        if not isinstance(named, dict) or not isinstance(named.get("schema"), dict) or not named.get("name"):
            return "response_format: the schema stands in json_schema.schema, with a name"
    return None


def _failed(request: web.Request, turn: Turn) -> web.StreamResponse | None:
    """The answer of a fault that is told by the status; None for those of the content."""
    statuses = {
        "auth": (401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key"),
        "forbidden": (403, "not allowed", "invalid_request_error", None),
        "missing": (404, "The model does not exist", "invalid_request_error", "model_not_found"),
        "limit": (429, "Rate limit reached", "requests", "rate_limit_exceeded"),
        "limit_silent": (429, "Rate limit reached", "requests", "rate_limit_exceeded"),
        "quota": (429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
        "unready": (503, "Loading model", "unavailable_error", None),
        "too_long": (400, "maximum context length is 4096", "invalid_request_error", "context_length_exceeded"),
        "bad_value": (400, "Unsupported value", "invalid_request_error", "invalid_value"),
    }
    if turn.kind in statuses:
        status, message, kind, code = statuses[turn.kind]
        answer = _error(status, message, kind=kind, code=code)
        if turn.kind == "limit":
            answer.headers["Retry-After"] = f"{turn.secs:g}"
        return answer
    if turn.kind == "html":
        return web.Response(text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html", status=502)
    if turn.kind == "redirect":
        return web.Response(status=307, headers={"Location": "/v1/elsewhere"})
    if turn.kind == "drop":
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    return None


def _error(status: int, message: str, *, kind: str = "invalid_request_error", code: str | None = None) -> web.Response:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return web.json_response({"error": error}, status=status)
