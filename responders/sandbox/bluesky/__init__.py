"""A server on loopback that speaks Bluesky's wire format, errors included, and shows on a page what was posted.

Its answers are held against recordings of the real server program; it knows nothing of our publisher.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from monitor.clock import Clock, SystemClock
from monitor.errors import BadInput
from responders.sandbox.bluesky.content import cid_of
from responders.sandbox.bluesky.dial import Dial
from responders.sandbox.bluesky.network import ABSENT, POST, Fault, Network, Stored, did_of
from responders.sandbox.bluesky.page import HEADERS, page

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_BODY_BYTES = 8_000_000

Answer = dict[str, Any]


class Sandbox:
    """A running server. `dial` turns on faults."""

    def __init__(self, network: Network, runner: web.AppRunner, *, url: str, dial: Dial) -> None:
        self.network = network
        self.url = url
        self.dial = dial
        self._runner = runner

    @property
    def posts(self) -> list[Stored]:
        """What stands on the network now, oldest first."""
        return [stored for stored in self.network.present() if stored.collection == POST]

    async def close(self) -> None:
        """Stop serving; idempotent."""
        await self._runner.cleanup()


async def start(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    clock: Clock | None = None,
    accounts: Mapping[str, str] | None = None,
    access_secs: float = 7200.0,
) -> Sandbox:
    """Serve on loopback; port 0 takes a free one. `accounts` maps handles to passwords, None lets anybody in.

    Raises BadInput for a host others could reach, or a port that is taken.
    """
    if host not in LOOPBACK:
        raise BadInput(f"the sandbox listens on this machine only ({', '.join(LOOPBACK)}), not on {host}")
    network = Network(clock or SystemClock(), accounts, access_secs)
    dial = Dial()
    server = _Server(network, dial)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise BadInput(f"the sandbox cannot listen on {host}:{port}: {error.strerror}") from error
    shown = f"[{host}]" if ":" in host else host
    server.url = f"http://{shown}:{runner.addresses[0][1]}"
    return Sandbox(network, runner, url=server.url, dial=dial)


class _Server:
    """The doors of the server: one method a procedure, by its name on the wire."""

    def __init__(self, network: Network, dial: Dial) -> None:
        self.network = network
        self.dial = dial
        self.url = ""
        self.procedures: dict[str, Callable[[web.Request, Answer], Answer]] = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.server.describeServer": self._describe_server,
            "com.atproto.identity.resolveHandle": self._resolve_handle,
            "com.atproto.repo.putRecord": self._put_record,
            "com.atproto.repo.createRecord": self._create_record,
            "com.atproto.repo.deleteRecord": self._delete_record,
            "com.atproto.repo.getRecord": self._get_record,
            "com.atproto.repo.listRecords": self._list_records,
        }

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_get("/", self._page)
        app.router.add_get("/profile/{handle}/post/{rkey}", self._page)
        app.router.add_get("/blob/{cid}", self._blob)
        app.router.add_post("/_dial", self._turn)
        app.router.add_route("*", "/xrpc/{nsid}", self._xrpc)
        return app

    # --- the page and the dial -----------------------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.Response:
        written = [stored for stored in self.network.written if stored.collection == POST]
        if "rkey" in request.match_info:
            key = (request.match_info["handle"], request.match_info["rkey"])
            written = [stored for stored in written if (stored.handle, stored.rkey) == key]
        status = 404 if "rkey" in request.match_info and not written else 200
        return web.Response(text=page(written), content_type="text/html", headers=HEADERS, status=status)

    async def _blob(self, request: web.Request) -> web.Response:
        blob = self.network.blobs.get(request.match_info["cid"])
        if blob is None:
            return web.Response(status=404)
        return web.Response(body=blob.data, content_type=blob.kind, headers=HEADERS)

    async def _turn(self, request: web.Request) -> web.Response:
        # A page elsewhere can send a form here, but no JSON without asking first.
        if request.content_type != "application/json":
            return web.json_response({"error": "InvalidRequest", "message": "send JSON"}, status=415)
        try:
            wish = await request.json()
            self.dial.turn(**wish)
        except (ValueError, TypeError) as error:
            return web.json_response({"error": "InvalidRequest", "message": str(error)}, status=400)
        return web.json_response({})

    # --- calls ---------------------------------------------------------------------------------------------------

    async def _xrpc(self, request: web.Request) -> web.StreamResponse:
        nsid = request.match_info["nsid"]
        turn = self.dial.next(nsid)
        if turn.kind == "cut":
            return _cut(request)
        try:
            self._refuse_by_dial(turn.kind)
            answer = await self._answer(request, nsid)
        except Fault as fault:
            return self._say(fault.status, {"error": fault.name, "message": fault.message}, secs=turn.secs)
        if turn.kind == "late":
            await asyncio.sleep(turn.secs)
        if turn.kind == "drop":
            return _cut(request)
        if turn.kind == "error":
            return self._say(500, {"error": "InternalServerError", "message": "Internal Server Error"})
        return self._say(200, answer)

    def _refuse_by_dial(self, kind: str) -> None:
        faults = {
            "unready": Fault(503, "NotEnoughResources", "Service Unavailable"),
            "limit": Fault(429, "RateLimitExceeded", "Rate Limit Exceeded"),
            "auth": Fault(401, "AuthenticationRequired", "Authentication Required"),
            "expired": Fault(400, "ExpiredToken", "Token has expired"),
            "refuse": Fault(400, "InvalidRequest", f"Invalid {POST} record: refused by the dial"),
        }
        if kind == "expired":
            self.network.expire()
        if kind in faults:
            raise faults[kind]

    async def _answer(self, request: web.Request, nsid: str) -> Answer:
        if nsid == "com.atproto.repo.uploadBlob":
            return self._upload_blob(request, await request.read())
        procedure = self.procedures.get(nsid)
        if procedure is None:
            if nsid.startswith("app.bsky."):
                raise Fault(502, "UpstreamFailure", "Upstream service unreachable")
            raise Fault(501, "MethodNotImplemented", "Method Not Implemented")
        body: Any = {}
        if request.method == "POST" and request.can_read_body:
            try:
                body = await request.json()
            except ValueError as error:
                raise Fault(400, "InvalidRequest", "request entity is no JSON") from error
        if not isinstance(body, dict):
            raise Fault(400, "InvalidRequest", "Input must be an object")
        return procedure(request, body)

    def _say(self, status: int, answer: Answer, *, secs: float = 0.0) -> web.Response:
        reset = int(self.network.clock.now().timestamp() + secs)
        headers = {
            "RateLimit-Limit": "3000",
            "RateLimit-Remaining": "0" if status == 429 else "2999",
            "RateLimit-Reset": str(reset),
            "RateLimit-Policy": "3000;w=300",
        }
        return web.json_response(answer, status=status, headers=headers)

    # --- sessions ------------------------------------------------------------------------------------------------

    def _create_session(self, _request: web.Request, body: Answer) -> Answer:
        did, access, refresh = self.network.log_in(_text(body, "identifier"), _text(body, "password"))
        return self._session(did, access, refresh) | {"email": "sandbox@example.com", "emailConfirmed": False}

    def _refresh_session(self, request: web.Request, _body: Answer) -> Answer:
        return self._session(*self.network.renew(_bearer(request)))

    def _session(self, did: str, access: str, refresh: str) -> Answer:
        handle = self.network.handles[did]
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": self.url}
        document = {"id": did, "alsoKnownAs": [f"at://{handle}"], "service": [service]}
        tokens = {"accessJwt": access, "refreshJwt": refresh}
        return {"did": did, "handle": handle, "didDoc": document, "active": True} | tokens

    def _describe_server(self, _request: web.Request, _body: Answer) -> Answer:
        return {"did": "did:web:localhost", "availableUserDomains": [".test"], "inviteCodeRequired": False, "links": {}}

    def _resolve_handle(self, request: web.Request, _body: Answer) -> Answer:
        did = did_of(request.query.get("handle", ""))
        if did not in self.network.handles:
            raise Fault(400, "InvalidRequest", "Unable to resolve handle")
        return {"did": did}

    # --- records -------------------------------------------------------------------------------------------------

    def _put_record(self, request: web.Request, body: Answer) -> Answer:
        did = self._owner(request, body)
        collection, rkey, record = _text(body, "collection"), _text(body, "rkey"), _record(body)
        stored, is_new = self.network.put(did, collection, rkey, record=record, swap=body.get("swapRecord", ABSENT))
        return self._written(stored, with_commit=is_new)

    def _upload_blob(self, request: web.Request, data: bytes) -> Answer:
        self.network.who(_bearer(request))
        kind = request.headers.get("Content-Type", "application/octet-stream")
        return {"blob": self.network.keep_blob(data, kind)}

    def _create_record(self, request: web.Request, body: Answer) -> Answer:
        did = self._owner(request, body)
        rkey = str(body["rkey"]) if "rkey" in body else None
        stored = self.network.create(did, _text(body, "collection"), rkey, record=_record(body))
        return self._written(stored, with_commit=True)

    def _delete_record(self, request: web.Request, body: Answer) -> Answer:
        did = self._owner(request, body)
        was_there = self.network.delete(did, _text(body, "collection"), _text(body, "rkey"))
        return {"commit": self._commit()} if was_there else {}

    def _get_record(self, request: web.Request, _body: Answer) -> Answer:
        repo, collection, rkey = (request.query.get(name, "") for name in ("repo", "collection", "rkey"))
        did = repo if repo.startswith("did:") else did_of(repo)
        if did not in self.network.handles:
            raise Fault(400, "InvalidRequest", f"Could not find repo: {repo}")
        stored = self.network.find(did, collection, rkey)
        if stored is None:
            raise Fault(400, "RecordNotFound", f"Could not locate record: at://{did}/{collection}/{rkey}")
        return {"uri": stored.uri, "cid": stored.cid, "value": stored.value}

    def _list_records(self, request: web.Request, _body: Answer) -> Answer:
        repo, collection = request.query.get("repo", ""), request.query.get("collection", "")
        did = repo if repo.startswith("did:") else did_of(repo)
        mine = [s for s in self.network.present() if (s.did, s.collection) == (did, collection)]
        mine.sort(key=lambda stored: stored.rkey, reverse=True)
        limit = request.query.get("limit", "50")
        shown = mine[: min(100, int(limit)) if limit.isdecimal() else 50]
        return {"records": [{"uri": s.uri, "cid": s.cid, "value": s.value} for s in shown]}

    def _owner(self, request: web.Request, body: Answer) -> str:
        did = self.network.who(_bearer(request))
        repo = _text(body, "repo")
        if did not in (repo, did_of(repo)):
            raise Fault(401, "AuthenticationRequired", "Authentication Required")
        return did

    def _written(self, stored: Stored, *, with_commit: bool) -> Answer:
        known = stored.collection.startswith("app.bsky.")
        answer: Answer = {"uri": stored.uri, "cid": stored.cid, "validationStatus": "valid" if known else "unknown"}
        return answer | {"commit": self._commit()} if with_commit else answer

    def _commit(self) -> Answer:
        rev = self.network.tid()
        return {"cid": cid_of({"rev": rev}), "rev": rev}


def _cut(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _bearer(request: web.Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" and token else None


def _text(body: Answer, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Fault(400, "InvalidRequest", f'Missing required key "{key}" at $')
    return value


def _record(body: Answer) -> Answer:
    record = body.get("record")
    if not isinstance(record, dict):
        raise Fault(400, "InvalidRequest", 'Missing required key "record" at $')
    return {"$type": body.get("collection"), **record}
