"""What `bonmot init` says, word for word: the five steps of Slack among it.

`GOLDEN=write pytest tests/golden` writes the answer anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from responders import cli

GOLDEN = Path(__file__).parent / "init.txt"


def test_init_says_what_it_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["init"]) == 0
    said = capsys.readouterr().out
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(said, encoding="utf-8")
    assert said == GOLDEN.read_text(encoding="utf-8")
    assert max(map(len, said.splitlines())) <= 110
