"""Settings that a person got wrong, each a folder named after the mistake, and word for word what is said about it.

`GOLDEN=write pytest tests/golden` writes the answers anew; look at the difference before committing it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from responders.loading import load

CASES = Path(__file__).parent / "config"
ENVIRON = {"RECORDINGS_FOLDER": "somewhere", "RECORDING_FOLDERS": "elsewhere", "EMPTY": "", "SLACK_TOKEN": "s3cret"}
NAMES = sorted(case.name for case in CASES.iterdir() if case.is_dir() and case.name != "base")


def said_about(case: Path, root: Path) -> str:
    """What loading says about the base settings with the case's files laid over them."""
    shutil.copytree(CASES / "base", root)
    shutil.copytree(case, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("said.txt"))
    loaded = load(root, ENVIRON)
    lines = [*map(str, loaded.mistakes), *(f"warning: {warning}" for warning in sorted(set(loaded.warnings)))]
    return "".join(f"{line}\n" for line in lines).replace(str(root.resolve()), "CONFIG")


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_answered_with_place_sight_and_remedy(name: str, tmp_path: Path) -> None:
    said = said_about(CASES / name, tmp_path / "config")
    golden = CASES / name / "said.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_the_base_that_mistakes_are_laid_over_has_none(tmp_path: Path) -> None:
    assert said_about(CASES / "base", tmp_path / "config") == ""


def test_no_answer_ever_repeats_a_secret() -> None:
    for golden in CASES.glob("*/said.txt"):
        text = golden.read_text(encoding="utf-8")
        assert not [secret for secret in ("hunter2", "efgh-ijkl", "xoxb-1", "s3cret", "4815") if secret in text], golden
