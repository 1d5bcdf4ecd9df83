"""`bonmot inbox approve|undo ID --everywhere` at a terminal, on a ledger on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import typer

from monitor.clock import SystemClock
from monitor.storage import open_database
from responders import cli
from responders.approvals import Order
from responders.ledger import Ledger
from tests.contract.test_doctor import settings_with
from tests.contract.test_together import a_sister
from tests.samples import an_opportunity

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    settings_with(tmp_path, sources={"recording": {"files": ["none.jsonl"]}})
    ledger, now = Ledger(open_database(tmp_path / "data" / "bonmot.db")), SystemClock().now()
    late = now + timedelta(minutes=20)
    pair = [
        a_sister(number, account=account, drafts=(), created_at=now, moved_at=now, deadline=late, approvers=("maya",))
        for number, account in ((1, "console:oreo"), (2, "console:oreo_de"))
    ]
    ledger.save_opportunity(an_opportunity("t1", now=now), pair)
    ledger.close()

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.run(["inbox", *words, "--person", "maya", "--config", str(tmp_path / "config")])
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def states(said: Said) -> list[str]:
    code, out, _ = said("list", "--json")
    assert code == 0
    return [one["state"] for one in json.loads(out)]


def test_every_text_is_shown_before_the_question_and_a_no_does_nothing(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(typer, "confirm", lambda question, **_: bool(asked.append(question)))
    code, _, err = said("approve", "p1", "--everywhere")
    assert (code, "nothing was done" in err) == (1, True)
    assert "dunk in the dark" in err
    assert "no lights, no problem" in err
    assert asked == ["approve all of these (console:oreo, console:oreo_de)?"]
    assert states(said) == ["pending", "pending"]


def test_all_are_agreed_to_and_taken_back(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: True)
    code, out, err = said("approve", "p1", "--everywhere", "--json")
    assert code == 0, err
    assert [one["state"] for one in json.loads(out)] == ["approved", "approved"]
    code, out, err = said("undo", "p2", "--everywhere", "--json")
    assert code == 0, err
    assert {one["id"]: one["state"] for one in json.loads(out)} == {"p1": "withdrawn", "p2": "withdrawn"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("reject", "p1", "--reason", "no"), "--everywhere: goes with approve and undo"),
        (("approve", "p1", "--revision", "1"), "--everywhere: goes with approve and undo, and without --revision"),
        (("approve", "p9"), "there is no proposal 'p9'"),
    ],
)
def test_what_it_does_not_go_with_is_said(said: Said, words: tuple[str, ...], sentence: str) -> None:
    code, _, err = said(*words, "--everywhere")
    assert (code, sentence in err) == (1, True), err
    assert states(said) == ["pending", "pending"]


def test_what_could_not_be_undone_is_said_and_the_code_is_one(said: Said, tmp_path: Path) -> None:
    ledger, now = Ledger(open_database(tmp_path / "data" / "bonmot.db")), SystemClock().now()
    ledger.decide(Order("p1", "approve", "maya", "cli", 1), now)
    later = now + timedelta(seconds=11)
    ledger.claim("p1", later)
    ledger.lost("p1", "no answer", later)
    ledger.close()
    code, out, err = said("undo", "p2", "--everywhere")
    assert code == 1
    assert "not undone everywhere: the console @oreo: nobody knows" in err
    assert "withdrawn" in out
