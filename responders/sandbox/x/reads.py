"""What the sandbox X answers besides the stream: pages of posts, counts, trends, connections, usage."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from monitor.clock import to_text
from responders.sandbox.faults import Handler
from responders.sandbox.x import books, posts
from responders.sandbox.x.grammar import Invalid, parse

if TYPE_CHECKING:
    from responders.sandbox.x import X

KEPT = timedelta(days=7)
STEPS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
MOST_QUERY_CHARS = 4096


class Reads:
    """The doors of one server."""

    def __init__(self, server: X) -> None:
        self._x = server
        self._shuffle = random.Random(1)  # noqa: S311 - the same disorder every time

    def behind(self, door: str, handler: Handler) -> Handler:
        """The handler behind the token, the credits and the door's limit."""

        async def met(request: web.Request) -> web.StreamResponse:
            fault = self._x.rest.calls[-1]
            is_left, headers = self._x.doors.use(door)
            if not self._x.knows(request):
                return books.unauthorized()
            if fault.kind == "credits" or not self._x.has_credits:
                return books.no_credits()
            if fault.kind == "usage_cap":
                return books.problem(
                    429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", kind="usage-capped"
                )
            if fault.kind == "reset":
                headers |= {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(self._reset())}
            if not is_left or fault.kind == "reset":
                return books.too_many_calls(headers)
            response = await handler(request)
            response.headers.update(headers)
            return response

        return met

    def _reset(self) -> int:
        return int(self._x.clock.now().timestamp() + 90)

    # --- pages of posts ------------------------------------------------------------------------------------------

    async def search(self, request: web.Request) -> web.StreamResponse:
        """`GET /2/tweets/search/recent`, newest first. Keywords no longer find reposts."""
        query = request.query.get("query", "")
        try:
            matches = parse(query)
        except Invalid as error:
            return books.bad_query("query", query, str(error))
        if not 1 <= len(query) <= MOST_QUERY_CHARS or "sample:" in query:
            return books.bad_query("query", query, f"must be 1 to {MOST_QUERY_CHARS} characters, without sample:")
        oldest = int(posts.id_at(self._x.clock.now() - KEPT, 0))
        since = request.query.get("since_id", "0")
        if since != "0" and int(since) < oldest:
            return books.bad_query("since_id", since, f"'since_id' must be a tweet id created after {oldest}")
        since = str(max(oldest, int(since), self._start(request)))
        found = [one for one in self._x.posts if int(one["id"]) > int(since) and matches(one)]
        found = [one for one in found if not any(r["type"] == "retweeted" for r in one.get("referenced_tweets", ()))]
        return self._page(request, found, act="post_read", least=10)

    async def mentions(self, request: web.Request) -> web.StreamResponse:
        """`GET /2/users/{id}/mentions`."""
        name = self._x.people.get(request.match_info["id"])
        if name is None:
            return books.problem(404, "Not Found Error", "Could not find user", kind="resource-not-found")
        since = max(int(request.query.get("since_id", "0")), self._start(request))
        found = [one for one in self._x.posts if f"@{name}" in one["text"] and int(one["id"]) > since]
        return self._page(request, found, act="owned_read", least=5)

    @staticmethod
    def _start(request: web.Request) -> int:
        """`start_time` as an id, which X looks at where there is no `since_id`."""
        asked = request.query.get("start_time")
        if asked is None or "since_id" in request.query:
            return 0
        return int(posts.id_at(datetime.fromisoformat(asked), 0)) - 1

    def _page(self, request: web.Request, found: list[dict[str, Any]], *, act: str, least: int) -> web.Response:
        fault = self._x.rest.calls[-1].kind
        token = request.query.get("next_token") or request.query.get("pagination_token")
        newest = sorted(found, key=lambda one: int(one["id"]), reverse=True)
        newest = newest[1:] if fault == "late" else newest
        left = [one for one in newest if token is None or int(one["id"]) < int(token.removeprefix("t"))]
        most = int(request.query.get("max_results", "10"))
        if not least <= most <= 100:
            return books.bad_query("max_results", str(most), f"must be between {least} and 100")
        page = left[:most]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(left) > most:
            meta["next_token"] = f"t{page[-1]['id']}"
        self._x.bill.read(act, [one["id"] for one in page])
        shown = [posts.shown(one, request) for one in page for _ in range(2 if fault == "duplicate" else 1)]
        if fault == "out_of_order":
            self._shuffle.shuffle(shown)
        included = posts.included(page, request)
        self._x.bill.read("user_read", [one["author_id"] for one in page if included])
        return web.json_response(({"data": shown} if page else {}) | included | {"meta": meta})

    # --- counts and trends ---------------------------------------------------------------------------------------

    async def counts(self, request: web.Request) -> web.StreamResponse:
        """`GET /2/tweets/counts/recent`: rows of a minute, an hour or a day until half a minute ago."""
        query, step = request.query.get("query", ""), STEPS.get(request.query.get("granularity", "hour"))
        try:
            matches = parse(query)
        except Invalid as error:
            return books.bad_query("query", query, str(error))
        if step is None:
            return books.bad_query("granularity", "", "must be one of minute, hour, day")
        end = self._x.clock.now() - timedelta(seconds=30)
        begin = end - KEPT + timedelta(seconds=30)
        asked = request.query.get("start_time")
        if asked is not None:
            begin = max(begin, datetime.fromisoformat(asked).astimezone(UTC))
        self._x.bill.charge("counts_recent")
        times = [datetime.fromisoformat(one["created_at"]) for one in self._x.posts if matches(one)]
        rows = _rows(begin, end, step)
        data = []
        for start, stop in rows:
            count = sum(start <= at < stop for at in times) if times else 0
            count += self._x.volume(query, start) if step == STEPS["minute"] else 0
            data.append({"end": to_text(stop), "start": to_text(start), "tweet_count": count})
        total = sum(row["tweet_count"] for row in data if isinstance(row["tweet_count"], int))
        return web.json_response({"data": data, "meta": {"total_tweet_count": total}})

    async def trends(self, request: web.Request) -> web.StreamResponse:
        """`GET /2/trends/by/woeid/{woeid}`; `tweet_count` may be absent."""
        most = int(request.query.get("max_trends", "20"))
        self._x.bill.charge("trends")
        found = self._x.trends.get(int(request.match_info["woeid"]), [])[:most]
        data = [{"trend_name": name} | ({"tweet_count": count} if count is not None else {}) for name, count in found]
        return web.json_response({"data": data})

    # --- connections and usage -----------------------------------------------------------------------------------

    async def connections(self, _request: web.Request) -> web.StreamResponse:
        """`GET /2/connections`: those that stand and those that stood."""
        data = [
            {"endpoint_name": "filtered_stream", "connected_at": to_text(one.since)}
            | ({"disconnected_at": to_text(one.until), "disconnect_reason": one.why} if one.until is not None else {})
            for one in self._x.connections
        ]
        return web.json_response({"data": data, "meta": {"result_count": len(data)}})

    async def end_connections(self, _request: web.Request) -> web.StreamResponse:
        """`DELETE /2/connections/...`."""
        ended = self._x.end_connections("killed")
        return web.json_response({"data": {"successful_kills": ended, "failed_kills": 0, "results": []}})

    async def usage(self, _request: web.Request) -> web.StreamResponse:
        """`GET /2/usage/tweets`."""
        used = self._x.bill.counts["post_read"]
        data = {"project_usage": str(used), "project_cap": "3000000", "project_id": "1", "cap_reset_day": 1}
        return web.json_response({"data": data})


def _rows(begin: datetime, end: datetime, step: timedelta) -> list[tuple[datetime, datetime]]:
    """Stretches that meet at whole minutes, hours or days; the first and the last may be shorter."""
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    stop = day + step * ((begin - day) // step + 1)
    rows = []
    while begin < end:
        rows.append((begin, min(stop, end)))
        begin, stop = stop, stop + step
    return rows
