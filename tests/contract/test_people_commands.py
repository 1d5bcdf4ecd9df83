"""`bonmot silence` and `bonmot away` at a terminal, on a ledger on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.storage import open_database
from responders import cli
from responders.ledger import Ledger
from tests.contract.test_doctor import settings_with


@pytest.fixture
def config(tmp_path: Path) -> str:
    settings_with(tmp_path, sources={"recording": {"files": ["none.jsonl"]}})
    return str(tmp_path / "config")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code and everything that was printed."""
    code = cli.run(words)
    found = capsys.readouterr()
    return code, found.out + found.err


def test_a_silence_is_set_listed_and_ended(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    who = ("--person", "maya", "--config", config)
    code, text = said(capsys, "silence", "power cut", "--reason", "people are hurt", "--brand", "oreo", *who)
    assert (code, text.startswith("'power cut' is silenced for oreo until")) == (0, True)
    assert "open cards taken back: 0" in text
    code, text = said(capsys, "silence", "--json", "--config", config)
    [kept] = json.loads(text)
    assert (kept["term"], kept["brand"], kept["person"], kept["why"]) == (
        "power cut",
        "oreo",
        "maya",
        "people are hurt",
    )
    assert "by maya: people are hurt" in said(capsys, "silence", "--config", config)[1]
    assert said(capsys, "silence", "power cut", "--end", *who) == (0, "'power cut' may be offered again\n")
    assert said(capsys, "silence", "--config", config) == (0, "nothing is silenced\n")
    ledger = Ledger(open_database(tmp_path / "data" / "bonmot.db"))
    assert [(d.act, d.via) for d in ledger.deeds()] == [("unsilence", "cli"), ("silence", "cli")]
    ledger.close()


def test_an_absence_is_set_listed_and_ended(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    who = ("--person", "maya", "--config", config)
    code, text = said(capsys, "away", "jon", "--hours", "48", "--reason", "at sea", *who)
    assert (code, "jon decides meanwhile: at sea" in text) == (0, True)
    assert "maya is away until" in said(capsys, "away", "--config", config)[1]
    assert json.loads(said(capsys, "away", "--json", "--config", config)[1])[0]["delegate"] == "jon"
    assert said(capsys, "away", "--back", *who) == (0, "maya is back\n")
    assert said(capsys, "away", "--config", config) == (0, "nobody is away\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("silence", "power cut", "--person", "maya"), "--reason: say why"),
        (("silence", "x", "--reason", "y", "--person", "maya"), "say what to silence"),
        (("silence", "power cut", "--reason", "y", "--person", "eve"), "'eve' is not in bot.yaml"),
        (("silence", "power cut", "--reason", "y", "--brand", "orea", "--person", "maya"), "there is no brand 'orea'"),
        (("silence", "power cut", "--end", "--person", "maya"), "is not silenced"),
        (("away", "eve", "--hours", "1", "--person", "maya"), "nobody is called 'eve' in bot.yaml; known: jon, maya"),
        (("away", "maya", "--hours", "1", "--person", "maya"), "somebody else has to decide for you"),
        (("away", "--back", "--person", "maya"), "maya is not away"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    config: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    code, text = said(capsys, *words, "--config", config)
    assert code == cli.YOUR_INPUT
    assert sentence in text
