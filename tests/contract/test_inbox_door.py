"""Who gets into the local page, and what every answer carries."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from monitor.errors import BadInput
from responders.approvals.fake import FakeDesk
from responders.approvals.inbox import build
from tests.inbox_house import TOKEN, House, open_house

EVIL = "http://evil.example"


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    async with open_house(
        ready=lambda: (False, "no source answers: bluesky"), metrics=lambda: b"bonmot_up 1\n"
    ) as opened:
        opened.offer()
        yield opened


@pytest.mark.parametrize("path", ["", "api/cards", "static/inbox.css", "nowhere", "stream", "healthz", "login"])
async def test_a_foreign_host_name_is_turned_away_everywhere(house: House, path: str) -> None:
    maya = await house.enter()
    port = house.inbox.url.rsplit(":", 1)[1].strip("/")
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1.:{port}", f"LOCALHOST:{port}"):
        assert (await maya.get(path, Host=host))[0] == 421, host


async def test_our_own_names_are_let_in(house: House) -> None:
    port = house.inbox.url.rsplit(":", 1)[1].strip("/")
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert await house.visitor().get("healthz", Host=f"{host}:{port}") == (200, "ok")


async def test_an_upgrade_an_old_protocol_and_a_whole_address_are_turned_away(house: House) -> None:
    host = house.inbox.url.removeprefix("http://").strip("/")
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YQ==\r\n"
    for text in (
        f"GET /stream HTTP/1.1\r\nHost: evil.example\r\n{upgrade}\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
        f"GET http://evil.example/healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    ):
        assert " 421 " in (await house.raw(text)).splitlines()[0]


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1", "https://127.0.0.1", ""])
async def test_an_act_from_another_page_is_refused(house: House, origin: str) -> None:
    maya = await house.enter()
    status, _ = await maya.post("api/cards/p1/approve", {"revision": 1}, Origin=origin)
    assert status == 403
    assert (await house.desk.cards())[0].proposal.state == "pending"


async def test_an_act_that_does_not_say_where_it_comes_from_is_refused(house: House) -> None:
    maya = await house.enter()
    for headers, wanted in (
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ):
        sent = headers | {"X-CSRF-Token": maya.csrf}
        async with maya.http.post(f"{maya.url}api/cards/p1/approve", json={"revision": 1}, headers=sent) as response:
            assert response.status == wanted, headers


async def test_the_right_origin_without_the_token_is_refused(house: House) -> None:
    maya, jonas = await house.enter(), await house.enter("jonas")
    for token in ("", "x", "ü", jonas.csrf):
        maya.csrf = token
        assert (await maya.post("api/cards/p1/approve", {"revision": 1}))[0] == 403


async def test_a_plain_form_is_refused_even_with_the_token(house: House) -> None:
    maya = await house.enter()
    headers = {"Origin": maya.origin, "X-CSRF-Token": maya.csrf, "Content-Type": "text/plain"}
    async with maya.http.post(f"{maya.url}api/cards/p1/approve", data='{"revision": 1}', headers=headers) as response:
        assert response.status == 415


async def test_a_look_at_an_act_changes_nothing(house: House) -> None:
    maya = await house.enter()
    status, _ = await maya.get("api/cards/p1/approve")
    assert status == 405
    assert (await house.desk.cards())[0].proposal.state == "pending"


async def test_other_pages_may_not_read_but_may_link(house: House) -> None:
    maya = await house.enter()
    assert (await maya.get("api/cards", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}))[0] == 403
    assert (await maya.get("api/cards", **{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}))[0] == 403
    assert (await maya.get("", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}))[0] == 200


async def test_without_a_login_nothing_is_seen(house: House) -> None:
    nobody = house.visitor()
    assert (await nobody.get(""))[0] == 303
    for path in ("api/cards", "cards/p1", "plot/p1.svg", "stream", "parts/judged", "nowhere", "metrics"):
        status, text = await nobody.get(path)
        assert status == 401, path
        assert "Superdome" not in text
    assert (await nobody.post("api/cards/p1/approve", {"revision": 1}))[0] == 401


async def test_the_cookie_is_kept_from_scripts_and_other_sites(house: House) -> None:
    visitor = house.visitor()
    code = house.inbox.login_url("maya").partition("#code=")[2]
    async with visitor.http.post(
        f"{visitor.url}api/login", json={"code": code}, headers={"Origin": visitor.origin}
    ) as response:
        name, _, rest = response.headers["Set-Cookie"].partition("=")
    assert name.startswith("bonmot_")
    parts = rest.split("; ")
    assert len(parts[0]) >= 43  # 32 random bytes
    assert set(parts[1:]) == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict"}


async def test_the_code_stands_behind_the_hash_and_works_once(house: House) -> None:
    link = house.inbox.login_url("maya")
    assert link.startswith(f"{house.inbox.url}login#code=")
    visitor = house.visitor()
    assert (await visitor.login(link))[0] == 200
    status, answer = await house.visitor().login(link)
    assert status == 401
    assert "login link" in answer["error"]


async def test_a_code_is_good_for_ten_minutes(house: House) -> None:
    link = house.inbox.login_url("maya")
    await house.clock.advance(601)
    assert (await house.visitor().login(link))[0] == 401


async def test_login_brings_a_new_session_and_ends_the_old_one(house: House) -> None:
    maya = await house.enter()
    planted, name = maya.cookie(), next(iter(maya.http.cookie_jar)).key
    await maya.login(house.inbox.login_url("maya"))
    assert maya.cookie() != planted
    async with house.visitor().http.get(f"{maya.url}api/cards", headers={"Cookie": f"{name}={planted}"}) as response:
        assert response.status == 401


async def test_wrong_codes_are_slowed_down(house: House) -> None:
    guesser = house.visitor()
    answers = [(await guesser.login(f"x#code=guess{i}"))[0] for i in range(7)]
    assert answers == [401] * 5 + [429] * 2
    assert (await guesser.login(house.inbox.login_url("maya")))[0] == 429
    await house.clock.advance(61)
    assert (await guesser.login(house.inbox.login_url("maya")))[0] == 200


async def test_after_half_an_hour_away_one_may_look_but_not_act(house: House) -> None:
    house.offer("p2", deadline=house.clock.now().replace(year=2014))
    maya = await house.enter()
    await house.clock.advance(1801)
    assert (await maya.get("api/cards"))[0] == 200
    assert (await maya.post("api/cards/p2/approve", {"revision": 1}))[0] == 401
    assert (await maya.post("api/here", {}))[0] == 401, "a sign of life later does not bring the right back"
    await house.clock.advance(12 * 3600)
    assert (await maya.get("api/cards"))[0] == 401


async def test_who_watches_for_an_hour_may_still_act(house: House) -> None:
    house.offer("p2", deadline=house.clock.now().replace(year=2014))
    maya = await house.enter()
    for _ in range(4):
        await house.clock.advance(1200)
        assert (await maya.post("api/here", {}))[0] == 200
    assert (await maya.post("api/cards/p2/approve", {"revision": 1}))[0] == 200


async def test_logout_ends_the_session_on_the_server(house: House) -> None:
    here, there = await house.enter(), await house.enter()
    old = f"{next(iter(here.http.cookie_jar)).key}={here.cookie()}"
    assert await here.post("api/logout", {}) == (200, {"ended": 1})
    async with house.visitor().http.get(f"{here.url}api/cards", headers={"Cookie": old}) as response:
        assert response.status == 401
    assert (await there.get("api/cards"))[0] == 200
    await house.enter()
    assert await there.post("api/logout", {"everywhere": True}) == (200, {"ended": 2})


@pytest.mark.parametrize(
    ("path", "status"), [("", 200), ("static/inbox.js", 200), ("nowhere", 404), ("cards/none", 404)]
)
async def test_every_answer_carries_the_safety_headers(house: House, path: str, status: int) -> None:
    maya = await house.enter()
    async with maya.http.get(maya.url + path) as response:
        assert response.status == status
        _check_headers(response.headers)


async def test_a_refusal_and_a_breakdown_carry_them_too(house: House) -> None:
    maya = await house.enter()

    async def broken() -> None:
        raise RuntimeError("secret detail")

    house.desk.judged = broken  # type: ignore[method-assign, assignment]
    async with maya.http.get(maya.url) as response:
        assert response.status == 500
        _check_headers(response.headers)
        assert "secret detail" not in await response.text()
    async with maya.http.get(maya.url, headers={"Host": "evil.example"}) as response:
        _check_headers(response.headers)


async def test_a_malformed_line_does_not_tell_what_serves_it(house: House) -> None:
    answer = await house.raw("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert " 400 " in answer.splitlines()[0]
    assert "aiohttp/" not in answer
    assert "Python/" not in answer


async def test_an_oversized_body_is_refused(house: House) -> None:
    maya = await house.enter()
    status, _ = await maya.post("api/cards/p1/check", {"text": "x" * 70_000})
    assert status == 413


@pytest.mark.parametrize(
    "body", ["{", '{"revision": "1"}', '{"revision": 1, "as": "jonas"}', "[]", '{"text": "x"}', "\x00"]
)
async def test_a_body_of_another_shape_is_refused(house: House, body: str) -> None:
    maya = await house.enter()
    headers = {"Origin": maya.origin, "X-CSRF-Token": maya.csrf, "Content-Type": "application/json"}
    async with maya.http.post(f"{maya.url}api/cards/p1/approve", data=body, headers=headers) as response:
        assert response.status == 422
        assert (await response.json())["error"]


async def test_health_is_open_and_tells_little(house: House) -> None:
    nobody, maya = house.visitor(), await house.enter()
    assert await nobody.get("healthz") == (200, "ok")
    assert await nobody.get("readyz") == (503, "not ready")
    assert await maya.get("readyz") == (503, "no source answers: bluesky")
    assert await nobody.get("metrics", Authorization=f"Bearer {TOKEN}") == (200, "bonmot_up 1\n")
    assert (await nobody.get("metrics", Authorization="Bearer wrong"))[0] == 401


async def test_scripts_get_login_links_with_the_token_and_nothing_else(house: House) -> None:
    script = house.visitor()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with script.http.post(f"{script.url}api/login-links", json={"person": "jonas"}, headers=headers) as response:
        link = (await response.json())["url"]
    assert (await script.login(link))[1]["person"] == "jonas"
    async with house.visitor().http.post(
        f"{script.url}api/cards/p1/approve", json={"revision": 1}, headers=headers
    ) as response:
        assert response.status == 401
    assert (await script.post("api/login-links", {"person": "maya"}))[0] == 403


async def test_nobody_is_logged_in_whom_nobody_configured(house: House) -> None:
    with pytest.raises(BadInput, match="jonas, maya, priya"):
        house.inbox.login_url("root")


async def test_only_loopback_is_listened_on_and_a_taken_port_is_named(house: House) -> None:
    desk = FakeDesk(house.clock)
    port = int(house.inbox.url.rsplit(":", 1)[1].strip("/"))
    with pytest.raises(BadInput, match="not a loopback address"):
        await build(desk, people={}, brands={}, clock=house.clock, port=0, host="0.0.0.0").start()
    with pytest.raises(BadInput, match="choose another port"):
        await build(desk, people={}, brands={}, clock=house.clock, port=port).start()


def _check_headers(headers: object) -> None:
    got = dict(headers)  # type: ignore[call-overload]
    policy = got["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Referrer-Policy"] == "no-referrer"
    assert got["Cross-Origin-Opener-Policy"] == got["Cross-Origin-Resource-Policy"] == "same-origin"
    assert got["Cache-Control"] in ("no-store", "no-cache")
    assert got["Server"] == "bonmot"
    assert not [name for name in got if name.startswith("Access-Control")]
