"""What comes to the HTTP door over a real socket and is not Slack's: turned away, counted, logged once, not stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog

from responders.approvals.slack import door as doors
from responders.approvals.slack.door import MOST_BYTES, MOST_LOGGED
from responders.approvals.slack.signed import JSON
from responders.ledger import Ledger
from tests.samples import NOW
from tests.slack_office import until
from tests.slack_street import CLICKS, COMMANDS, EVENTS, Pairs, Street, a_street, form, payload, signature, turned_away


@pytest.fixture
async def street(ledger: Ledger) -> AsyncIterator[Street]:
    async with a_street(ledger) as made:
        yield made


BODY = form(payload())
BIG = b"payload=" + b"x" * (10 << 20)


def with_headers(street: Street, body: bytes = BODY, **changes: object) -> Pairs:
    """The right headers, with some of them otherwise: None leaves one out, a list gives several."""
    right = street.headers(body)
    pairs: Pairs = []
    for name, value in right.items():
        key = name.decode().lower().removeprefix("x-slack-").replace("request-", "").replace("-", "_")
        wanted = changes.pop(key, value)
        several = wanted if isinstance(wanted, list) else [] if wanted is None else [wanted]
        pairs += [(name, one if isinstance(one, bytes) else str(one).encode()) for one in several]
    return pairs + [(name.replace("_", "-").encode(), str(value).encode()) for name, value in changes.items()]


NOW_SECS = int(NOW.timestamp())
GOOD = signature(NOW_SECS, BODY)
FORGED: dict[str, tuple[dict[str, object], int, str]] = {
    "signed with another secret": ({"signature": signature(NOW_SECS, BODY, "another")}, 401, "signature"),
    "signature of another body": ({"signature": signature(NOW_SECS, BODY + b"x")}, 401, "signature"),
    "signature of another time": ({"signature": signature(NOW_SECS - 1, BODY)}, 401, "signature"),
    "signature of another version": ({"signature": b"v1" + GOOD[2:]}, 401, "signature"),
    "signature in capitals": ({"signature": GOOD.upper()}, 401, "signature"),
    "signature that is empty": ({"signature": b""}, 401, "signature"),
    "signature that is not ASCII": ({"signature": "v0=\xfc\u2603".encode()}, 401, "signature"),
    "signature that is no text": ({"signature": b"v0=\xff\xfe"}, 401, "signature"),
    "no signature": ({"signature": None}, 401, "headers"),
    "two signatures": ({"signature": [GOOD, GOOD]}, 401, "headers"),
    "a good and a wrong signature": ({"signature": [GOOD, b"v0=0"]}, 401, "headers"),
    "no timestamp": ({"timestamp": None}, 401, "headers"),
    "two timestamps": ({"timestamp": [NOW_SECS, NOW_SECS]}, 401, "headers"),
    "a timestamp in words": ({"timestamp": b"now"}, 401, "timestamp"),
    "a timestamp as a fraction": ({"timestamp": f"{NOW_SECS}.0"}, 401, "timestamp"),
    "a timestamp below zero": ({"timestamp": -NOW_SECS}, 401, "timestamp"),
    "a timestamp in other digits": ({"timestamp": "١٧٠٠".encode()}, 401, "timestamp"),
    "a timestamp without end": ({"timestamp": "9" * 400}, 401, "timestamp"),
    "JSON for a form": ({"content_type": JSON}, 415, "type"),
    "no type": ({"content_type": None}, 415, "type"),
    "a multipart form": ({"content_type": "multipart/form-data; boundary=x"}, 415, "type"),
    "a packed body": ({"Content-Encoding": "gzip"}, 415, "type"),
}


@pytest.mark.parametrize("name", FORGED)
async def test_forged_heads_are_turned_away_counted_and_logged_once(street: Street, name: str) -> None:
    changes, status, reason = FORGED[name]
    with structlog.testing.capture_logs() as logs:
        got = await street.knock(BODY, with_headers(street, **changes))
    assert (got.status, turned_away()) == (status, {reason: 1.0})
    assert [(line["event"], line["reason"]) for line in logs] == [("slack_turned_away", reason)]
    assert "x-slack-no-retry: 1" in got.head
    assert street.taken == []


@pytest.mark.parametrize(
    ("secs", "status"), [(-299, 200), (-300, 200), (300, 200), (-301, 401), (301, 401), (1e6, 401)]
)
async def test_a_signature_proves_something_for_five_minutes(street: Street, secs: float, status: int) -> None:
    got = await street.knock(BODY, street.headers(BODY, secs=secs))
    assert got.status == status
    assert len(street.taken) == (status == 200)
    assert turned_away() == ({} if status == 200 else {"old": 1.0})


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        (f"GET {CLICKS} HTTP/1.1", 405, "method"), (f"PUT {CLICKS} HTTP/1.1", 405, "method"),
        ("POST / HTTP/1.1", 404, "path"), ("GET / HTTP/1.1", 404, "path"), ("GET /healthz HTTP/1.1", 404, "path"),
        (f"POST {CLICKS}/ HTTP/1.1", 404, "path"), (f"POST {CLICKS}?a=1 HTTP/1.1", 404, "path"),
        ("POST /slack/../slack//interactivity HTTP/1.1", 404, "path"),
        (f"POST {EVENTS} HTTP/1.1", 415, "type"), (f"POST {COMMANDS} HTTP/1.1", 400, "nonsense"),
        ("nonsense", 400, "http"), (f"POST {CLICKS} HTTP/9.9", 400, "http"),
        (f"POST {CLICKS}\xff HTTP/1.1", 400, "http"),
    ],
)  # fmt: skip
async def test_there_are_three_paths_and_one_method(street: Street, line: str, status: int, reason: str) -> None:
    got = await street.knock(BODY, line=line)
    assert (got.status, turned_away()) == (status, {reason: 1.0})
    assert street.taken == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"payload=\xff\xfe", "nonsense"), (b"payload=%FF%FE", "nonsense"), (form("nonsense"), "nonsense"),
        (form("[1]"), "nonsense"), (form("{" * 5000), "nonsense"), (form("[" * 100_000), "nonsense"), (b"", "nonsense"),
        (b"a=1", "nonsense"), (BODY + b"&" + BODY, "nonsense"), (BODY + b"&a=1", "nonsense"),
        (b"&".join(b"a%d=1" % n for n in range(500)), "nonsense"), (form({"a": 1e400}) + b"&", "nonsense"),
        (form(payload(api_app_id="A99ELSE")), "foreign"), (form(payload(team={"id": "T99ELSE"})), "foreign"),
        (form(payload(api_app_id=None)), "foreign"), (form(payload(team_id="T99ELSE")), "foreign"),
    ],
)  # fmt: skip
async def test_signed_nonsense_and_other_apps_are_turned_away(street: Street, body: bytes, reason: str) -> None:
    got = await street.knock(body)
    assert (got.status, turned_away()) == (403 if reason == "foreign" else 400, {reason: 1.0})
    assert street.taken == []


async def test_what_is_huge_is_not_read(street: Street) -> None:
    got = await street.knock(BIG, street.headers(BIG))
    assert got.status in (413, 0), "told, or cut off while it was still sending"
    lying = await street.knock(b"", with_headers(street, content_length=10 << 30))
    assert lying.status == 413
    assert turned_away() == {"huge": 2.0}
    assert street.taken == []


async def test_chunks_without_a_length_are_not_read(street: Street) -> None:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    headers = with_headers(street, content_length=None, Transfer_Encoding="chunked")
    assert (await street.knock(chunks, headers)).status == 411
    both = with_headers(street, Transfer_Encoding="chunked")  # a way past a proxy that reads the other one
    assert (await street.knock(chunks, both)).status == 400
    assert (await street.knock(b"", with_headers(street, content_length=None))).status == 411
    assert turned_away() == {"length": 2.0, "http": 1.0}
    assert street.taken == []


async def test_the_largest_window_of_slack_fits(street: Street) -> None:
    whole = payload(state={"values": {"b": {"a": {"value": '"' * (MOST_BYTES // 7)}}}})
    body = form(whole)
    assert MOST_BYTES * 0.8 < len(body) <= MOST_BYTES
    assert (await street.knock(body)).status == 200
    assert len(street.taken) == 1


@pytest.mark.parametrize(
    "begun",
    [b"", b"POST /sla", b"POST /slack/interactivity HTTP/1.1\r\nX-A: 1\r\n", None],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
async def test_who_sends_slowly_is_cut_off(street: Street, begun: bytes | None) -> None:
    street.door.connection_secs = 0.05
    if begun is None:
        head = b"".join(b"%s: %s\r\n" % pair for pair in street.headers(BODY).items())
        begun = f"POST {CLICKS} HTTP/1.1\r\nHost: a\r\n".encode() + head + b"\r\n" + BODY[:10]
    assert (await street.raw(begun)).raw == b""
    assert turned_away() == {"slow": 1.0}
    assert street.taken == []


async def test_a_crowd_that_holds_connections_leaves_room(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "MOST_CONNECTIONS", 3)
    held = [await asyncio.open_connection("127.0.0.1", street.door.port) for _ in range(5)]
    await until(lambda: turned_away() == {"crowd": 2.0})
    for _, writer in held:
        writer.close()
    await asyncio.sleep(0.01)
    assert (await street.knock(BODY)).status == 200


async def test_a_replay_is_one_act(street: Street) -> None:
    headers = street.headers(BODY)
    first, second = await street.knock(BODY, headers), await street.knock(BODY, headers)
    assert (first.status, second.status) == (200, 200), "Slack may have missed the first answer"
    assert len(street.taken) == 1
    assert turned_away() == {"again": 1.0}
    await street.clock.advance(301)
    assert (await street.knock(BODY, headers)).status == 401
    assert len(street.ledger.undone()) == 1


async def test_one_act_in_two_signatures_is_one_act(street: Street) -> None:
    for secs in (0, 1):
        assert (await street.knock(BODY, street.headers(BODY, secs=secs))).status == 200
    assert len(street.taken) == 1


async def test_a_flood_is_counted_and_not_logged(street: Street) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(MOST_LOGGED + 5):
            await street.knock(b"", [], line="GET / HTTP/1.1")
    assert turned_away() == {"path": MOST_LOGGED + 5}
    assert len(logs) == MOST_LOGGED
    await street.clock.advance(60)
    with structlog.testing.capture_logs() as logs:
        await street.knock(b"", [], line="GET / HTTP/1.1")
    assert len(logs) == 1


async def test_an_answer_tells_nothing_of_the_server_and_ends_the_connection(street: Street) -> None:
    for got in (await street.knock(BODY), await street.knock(b"x"), await street.raw(b"nonsense\r\n\r\n")):
        assert "server:" not in got.head
        assert "connection: close" in got.head or got.head.startswith("http/1.0")
        assert "aiohttp" not in got.raw.decode().lower()
