"""Every failure becomes a sentence: JSON for the doors, a plain page for people, never a traceback."""

from __future__ import annotations

import uuid

import structlog
from aiohttp import web

from monitor.errors import AuthNeeded, BadInput, Refused, Unavailable
from responders.approvals import words
from responders.approvals.inbox.context import render
from responders.approvals.inbox.doors import Problems
from responders.approvals.inbox.security import Handler

log = structlog.get_logger()
_SUSPECT = frozenset({400, 403, 415, 421})


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost layer: what is raised inside leaves as an answer."""
    try:
        return await handler(request)
    except web.HTTPException as failure:
        return _answer_http(request, failure)
    except Refused as failure:
        return _say(request, 409, str(failure))
    except Problems as failure:
        return _say(request, 422, str(failure), problems=failure.problems)
    except BadInput as failure:
        return _say(request, 422, str(failure))
    except Unavailable as failure:
        return _unavailable(request, failure)
    except AuthNeeded as failure:
        return _say(request, 502, str(failure))
    except Exception:  # the edge of one visit: the others must not suffer from it
        number = uuid.uuid4().hex[:12]
        log.exception("task_failed", task="inbox", number=number, path=words.plain(request.path, 100))
        return _say(request, 500, f"Something broke on our side. The log has more under {number}.")


def _answer_http(request: web.Request, failure: web.HTTPException) -> web.StreamResponse:
    if failure.status < 400:
        raise failure
    if failure.status in _SUSPECT:
        log.warning("order_refused", status=failure.status, path=words.plain(request.path, 100), why=failure.text)
    text = failure.text or failure.reason
    response = _say(
        request, failure.status, "This page does not exist." if failure.status == 404 and ": " in text else text
    )
    if "Allow" in failure.headers:
        response.headers["Allow"] = failure.headers["Allow"]
    return response


def _unavailable(request: web.Request, failure: Unavailable) -> web.Response:
    response = _say(request, 503 if failure.retry_after_secs is None else 429, str(failure))
    if failure.retry_after_secs is not None:
        response.headers["Retry-After"] = str(max(1, round(failure.retry_after_secs)))
    return response


def _say(request: web.Request, status: int, text: str, *, problems: list[str] | None = None) -> web.Response:
    clean = words.plain(text, 1000)
    if request.path.startswith("/api/"):
        body: dict[str, object] = {"error": clean}
        if problems is not None:
            body["problems"] = [words.plain(problem, 300) for problem in problems]
        return web.json_response(body, status=status)
    response = render(request, "failure.html", status=status, text=clean)
    response.set_status(status)
    return response
