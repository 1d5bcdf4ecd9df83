"""What `--help` says, word for word: a change here is a change for everybody who uses the command line.

`GOLDEN=write pytest tests/golden` writes the answers anew.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from responders import cli
from responders.commands import COMMANDS

FOLDER = Path(__file__).parent / "help"
NAMES = ["bonmot", *(name for name in COMMANDS if find_spec(f"{cli.COMMANDS_AT}.{name}"))]


@pytest.mark.parametrize("name", NAMES)
def test_help_says_what_it_said(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert cli.run(["--help"] if name == "bonmot" else [name, "--help"]) == 0
    said = capsys.readouterr().out
    golden = FOLDER / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_every_help_has_its_line_and_its_example() -> None:
    for name in NAMES[1:]:
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        joined = " ".join(text.split())
        assert COMMANDS[name].line in joined
        assert f"Example: {COMMANDS[name].example}" in joined
        assert COMMANDS[name].example.startswith(f"bonmot {name}")


def test_no_help_is_kept_of_a_command_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} <= {"bonmot", *COMMANDS}
