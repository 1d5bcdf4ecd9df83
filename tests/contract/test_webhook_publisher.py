"""Signed messages to another program: what each answer lets us do next, and that a forged one is not taken."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.clock import FakeClock
from monitor.errors import AuthNeeded, BonmotError, Refused, Unavailable
from monitor.probing import Health
from responders.drafting.lengths import measure
from responders.ledger import Ledger
from responders.model import Publication
from responders.publishers import webhook
from responders.publishers.webhook import PROBE_MARK, message_of, signature
from tests.posting import SECRET, Stage, approve, on_webhook, sent, webhook_settings
from tests.samples import NOW, a_publication

ACCOUNT = "webhook:oreo.test"
TEXT = "You can still dunk in the dark 🍪"


def ours(number: int = 1, **changes: Any) -> Publication:
    return a_publication(number, **{"account": ACCOUNT, "text": TEXT, **changes})


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with on_webhook() as made:
        yield made


# --- the message -----------------------------------------------------------------------------------------------------


async def test_the_message_is_what_was_approved_and_always_the_same(stage: Stage) -> None:
    receipt = await stage.publisher.publish(replace(ours(), languages=("en", "de")))
    [taken] = stage.sandbox.taken
    assert taken.message == {
        "id": "p1", "account": ACCOUNT, "text": TEXT, "mark": ours().mark,
        "created_at": "2026-11-22T20:40:00.000Z", "languages": ["en", "de"],
    }  # fmt: skip
    assert (receipt.platform_id, receipt.url) == ("hook-1", f"{stage.sandbox.url}/hook-1")
    assert message_of(ours()) == message_of(ours())
    assert json.loads(message_of(ours()))["text"] == TEXT


def test_the_signature_is_the_documented_one() -> None:
    """printf '1764000000.{"text":"dunk"}' | openssl dgst -sha256 -hmac 'sixteen letters!'"""
    known = "43445d9ab584492834d8e2bd752975109e56e014e9c80f0fabdd39a84b9cd342"
    assert signature("sixteen letters!", "1764000000", b'{"text":"dunk"}') == f"v1={known}"


async def test_a_wrong_secret_or_a_wrong_clock_is_for_a_person(stage: Stage) -> None:
    url = f"{stage.sandbox.url}/hook"
    forged = webhook.build(webhook_settings(url, secret="another secret of ours"), stage.http, stage.clock)
    late = webhook.build(webhook_settings(url), stage.http, FakeClock(NOW.replace(hour=3)))
    for publisher in (forged, late):
        with pytest.raises(AuthNeeded, match="401: bad signature"):
            await publisher.publish(ours())
        with pytest.raises(AuthNeeded):
            await publisher.find(ours())
    assert stage.sandbox.taken == []


async def test_a_signature_is_good_for_one_act_only(stage: Stage) -> None:
    await stage.publisher.publish(ours())
    stamp, mark = str(int(NOW.timestamp())), ours().mark
    overheard = signature(SECRET, stamp, f"GET mark={mark}".encode())
    headers = {"X-Bonmot-Timestamp": stamp, "X-Bonmot-Signature": overheard}
    for method, status in (("GET", 200), ("DELETE", 401), ("POST", 401)):
        async with stage.http.request(method, f"{stage.sandbox.url}/hook?mark={mark}", headers=headers) as answer:
            assert answer.status == status
    assert len(stage.sandbox.posts) == 1


# --- what each fault proves ------------------------------------------------------------------------------------------

FAULTS = [
    ("drop", Unavailable, True, True), ("half", Unavailable, True, True), ("error", Unavailable, True, True),
    ("cut", Unavailable, True, False), ("unready", Unavailable, True, False), ("broken", Unavailable, True, False),
    ("moved", Unavailable, True, False), ("limit", Unavailable, False, False),
    ("limit_blank", Unavailable, False, False), ("auth", AuthNeeded, None, False),
    ("forbidden", AuthNeeded, None, False), ("refuse", Refused, None, False), ("missing", Refused, None, False),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "expected", "may_have_left", "did"), FAULTS)
async def test_each_fault_says_whether_it_may_have_left(
    stage: Stage, *, fault: str, expected: type[BonmotError], may_have_left: bool | None, did: bool
) -> None:
    stage.sandbox.dial.turn(fault, secs=42)
    with pytest.raises(expected) as caught:
        await stage.publisher.publish(ours())
    assert getattr(caught.value, "sent", None) is may_have_left
    assert stage.sandbox.calls == ["post"], "one write, whatever comes, and no redirect is followed"
    assert (await stage.publisher.find(ours()) is not None) is did


async def test_a_limit_says_how_long_and_no_answer_may_have_left(stage: Stage) -> None:
    stage.sandbox.dial.turn("limit", secs=42)
    with pytest.raises(Unavailable) as caught:
        await stage.publisher.publish(ours())
    assert caught.value.retry_after_secs == 42
    settings = webhook_settings(f"{stage.sandbox.url}/hook", timeout_secs=0.2)
    stage.sandbox.dial.turn("silence")
    with pytest.raises(Unavailable) as caught:
        await webhook.build(settings, stage.http, stage.clock).publish(ours())
    assert caught.value.sent
    assert len(stage.sandbox.posts) == 1


@pytest.mark.parametrize("fault", ["page", "odd"])
async def test_a_yes_without_json_is_a_yes_and_a_find_without_json_is_not(stage: Stage, fault: str) -> None:
    stage.sandbox.dial.turn(fault)
    receipt = await stage.publisher.publish(ours())
    assert (receipt.platform_id, receipt.url) == (ours().mark, None)
    stage.sandbox.dial.turn(fault, door="find")
    with pytest.raises(Unavailable, match="no JSON object"):
        await stage.publisher.find(ours())


async def test_a_terse_receiver_gets_our_mark_as_its_receipt(stage: Stage) -> None:
    stage.sandbox.is_terse = True
    receipt = await stage.publisher.publish(ours())
    assert (receipt.platform_id, receipt.url) == (ours().mark, None)


@pytest.mark.parametrize("can_find", [True, False])
async def test_what_is_there_already_is_found(can_find: bool) -> None:
    async with on_webhook(can_find=can_find) as stage:
        first = await stage.publisher.publish(ours())
        assert (await stage.publisher.publish(ours())).platform_id == first.platform_id
        assert len(stage.sandbox.posts) == 1
        assert ("find" in stage.sandbox.calls) is can_find


async def test_another_text_under_our_mark_is_never_taken_for_ours(stage: Stage) -> None:
    await stage.publisher.publish(ours())
    with pytest.raises(Refused, match="another text under the mark"):
        await stage.publisher.publish(ours(text="something else"))


async def test_without_can_find_nobody_is_asked_and_nothing_is_proven() -> None:
    async with on_webhook(can_find=False) as stage:
        await stage.publisher.publish(ours())
        assert stage.publisher.can_find is False
        assert await stage.publisher.find(ours()) is None
        assert stage.sandbox.calls == ["post"]


async def test_what_can_still_be_read_is_not_gone(stage: Stage) -> None:
    receipt = await stage.publisher.publish(ours())
    stage.sandbox.dial.turn("missing", door="delete")
    with pytest.raises(Unavailable, match="answers 200 when asked for it"):
        await stage.publisher.undo(ours(), receipt)
    await stage.publisher.undo(ours(), receipt)
    assert stage.sandbox.posts == []


# --- lengths, accounts, addresses ------------------------------------------------------------------------------------


async def test_a_longer_text_than_the_account_takes_is_refused_before_anything_leaves() -> None:
    async with on_webhook(most=20) as stage:
        with pytest.raises(Refused, match="takes 1 to 20 characters; this text has 21"):
            await stage.publisher.publish(ours(text="x" * 21))
        with pytest.raises(Refused):
            await stage.publisher.publish(ours(text=" "))
        with pytest.raises(Refused, match="has no address"):
            await stage.publisher.publish(ours(account="webhook:fanta"))
        assert stage.sandbox.calls == []
        await stage.publisher.publish(ours(text="x" * 20))
    assert measure("webhook", "x" * 10_000).fits, "drafts know no limit of a receiver's"


async def test_an_address_with_a_query_keeps_it(stage: Stage) -> None:
    settings = webhook_settings(f"{stage.sandbox.url}/hook?key=k")
    publisher = webhook.build(settings, stage.http, stage.clock)
    receipt = await publisher.publish(ours())
    assert await publisher.find(ours()) is not None
    await publisher.undo(ours(), receipt)
    assert stage.sandbox.queries == {"key=k", f"key=k&mark={ours().mark}"}


@pytest.mark.parametrize(
    ("url", "harmless"),
    [("http://127.0.0.1:9/h", True), ("http://localhost:9", True), ("https://site.example/hook", False),
     ("http://10.0.0.1/hook", False)],
)  # fmt: skip
async def test_only_loopback_is_harmless(stage: Stage, url: str, harmless: bool) -> None:
    assert webhook.build(webhook_settings(url), stage.http, stage.clock).is_harmless is harmless


@pytest.mark.parametrize(
    ("account", "said"),
    [({"url": "https://a.example", "secret": "short"}, "at least 16"),
     ({"url": "ftp://a.example", "secret": SECRET}, "pattern"),
     ({"url": "https://u:p@a.example/", "secret": SECRET}, "pattern"),
     ({"url": "https://a.example"}, "secret")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(account: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        webhook.Settings.model_validate({"accounts": {"banner": account}})


def test_neither_secret_nor_address_is_shown() -> None:
    shown = repr(webhook.AccountSettings(url="https://hooks.example/T0/k3y", secret=SECRET))
    assert SECRET not in shown
    assert "k3y" not in shown


async def test_the_key_in_an_address_is_in_no_message(stage: Stage) -> None:
    await stage.sandbox.close()
    publisher = webhook.build(webhook_settings(f"{stage.sandbox.url}/k3y/hook"), stage.http, stage.clock)
    with pytest.raises(Unavailable) as caught:
        await publisher.publish(ours())
    assert caught.value.sent is False
    assert "k3y" not in str(caught.value)


# --- through the outbox ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("knows_marks", [True, False])
@pytest.mark.parametrize("fault", [fault for fault, *_ in FAULTS])
async def test_one_yes_is_one_post_or_a_no(ledger: Ledger, stage: Stage, fault: str, knows_marks: bool) -> None:
    stage.sandbox.knows_marks = knows_marks
    stage.sandbox.dial.turn(fault, secs=20)
    approve(ledger, account=ACCOUNT)
    moves = await sent(ledger, stage)
    state = ledger.proposals()[0].state.value
    assert (state, len(stage.sandbox.taken)) == (
        ("failed", 0) if fault in ("refuse", "missing") else ("published", 1)
    ), moves


@pytest.mark.parametrize("fault", [fault for fault, raised, may, _ in FAULTS if may])
async def test_where_the_receiver_cannot_be_asked_a_person_decides(ledger: Ledger, fault: str) -> None:
    async with on_webhook(can_find=False) as stage:
        stage.sandbox.knows_marks = False
        stage.sandbox.dial.turn(fault)
        approve(ledger, account=ACCOUNT)
        assert await sent(ledger, stage) == ["claim", "lost"]
        assert len(stage.sandbox.taken) <= 1
        assert ledger.proposals()[0].state.value == "uncertain"


# --- doctor ----------------------------------------------------------------------------------------------------------


async def test_doctor_asks_only_a_receiver_that_can_find(stage: Stage) -> None:
    url = f"{stage.sandbox.url}/hook"
    for changes, health in (
        ({}, Health.OK), ({"secret": "another secret of ours"}, Health.FAILED), ({"can_find": False}, Health.OK),
    ):  # fmt: skip
        [found] = await webhook.probe(webhook_settings(url, **changes), stage.http, stage.clock)
        assert found.health is health, found
    assert stage.sandbox.calls == ["find", "find"]
    stage.sandbox.dial.turn("fine", door="find")
    await stage.publisher.publish(ours(mark=PROBE_MARK))
    [found] = await webhook.probe(webhook_settings(url), stage.http, stage.clock)
    assert found.health is Health.WARNING
    plain = webhook_settings("http://10.0.0.1/hook", can_find=False)
    found_plain = await webhook.probe(plain, stage.http, stage.clock)
    assert [one.health for one in found_plain] == [Health.OK, Health.WARNING]
