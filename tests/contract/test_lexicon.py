"""Words that mean nearly the same: what the lexicon in the package says, and what it does with a damaged file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from monitor.errors import BadState
from monitor.language.lexicon import MOST, NEAR, Lexicon, load_lexicon, read_lexicon, save_lexicon

SMALL = Lexicon(["dark", "dusk", "goal"], np.array([[100, 10], [90, 30], [-20, 120]], np.int8))


def test_near_words_come_nearest_first_and_never_the_word_itself() -> None:
    assert SMALL.near("dark") == (("dusk", 0.98),)
    assert SMALL.near("goal") == ()
    assert SMALL.near("offside") == (), "an unknown word is near to nothing"


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [("dark", "darkness", "goal"), ("laundry", "washing", "penalty"), ("spill", "spilled", "stadium")],
)
def test_the_lexicon_in_the_package_knows_what_is_near(word: str, near: str, far: str) -> None:
    found = dict(load_lexicon().near(word))
    assert near in found
    assert far not in found
    assert len(found) <= MOST
    assert min(found.values()) >= NEAR


def test_it_is_kept_as_it_was_and_the_same_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.lexicon", tmp_path / "other.lexicon"
    save_lexicon(SMALL, one)
    save_lexicon(SMALL, other)
    assert one.read_bytes() == other.read_bytes()
    assert read_lexicon(one).words == SMALL.words
    assert read_lexicon(one).near("dark") == SMALL.near("dark")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no lexicon", None])
def test_a_damaged_file_is_bad_state(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "english.lexicon"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(BadState, match="no lexicon of ours"):
        read_lexicon(path)


def test_words_and_points_belong_together() -> None:
    with pytest.raises(ValueError, match="2 words and 1 points"):
        Lexicon(["dark", "dusk"], np.zeros((1, 2), np.int8))
