"""How the tagger of names is made: what is read back is what was taught, the same bytes twice, no stranger's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training names needs the extra `train`")

import torch

from monitor.errors import BadInput
from monitor.language.names.encoder import WIDTH
from monitor.language.names.kept import _coarse, _line
from monitor.language.names.tagger import Scheme
from monitor.language.training.names import posts
from monitor.language.training.names.recipe import Recipe
from monitor.language.training.names.teach import Lesson, Taught, teach
from monitor.language.training.names.teacher import stored_encoder

TAGS = ("O", "B-person", "I-person")
RECIPE = Recipe(layers=(1,), rounds=6, mixed=16, looks=(24, 16), dropped=0.0, batch=8)


def _lessons() -> list[Lesson]:
    words = [("we", "saw", "Maya", "Lee", "today"), ("no", "name", "here"), ("Maya", "is", "back")]
    tags = [(0, 0, 1, 2, 0), (0, 0, 0), (1, 0, 0)]
    states = np.random.default_rng(1).standard_normal((12, 5, WIDTH)).astype(np.float32)
    return [Lesson(states[n, : len(words[n % 3])], words[n % 3], tags[n % 3], "made") for n in range(12)]


def test_the_same_lessons_give_the_same_bytes_twice() -> None:
    one, two = (teach(RECIPE, _lessons(), tags={"made": 3}, tell=lambda _: None) for _ in range(2))
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_what_is_taught_is_what_the_tagger_reads() -> None:
    arrays = teach(RECIPE, _lessons(), tags={"made": 3}, tell=lambda _: None)
    assert {f"look{place}" for place in range(2)} <= arrays.keys()
    line = _line(arrays, "made.line")
    assert line.matrix.shape == (16, 3)
    scheme = Scheme(TAGS, line, _coarse(arrays, "made.follows").whole(), 0.0)
    assert len(scheme.best(np.zeros((4, 16), np.float32))) == 4


def test_neighbours_in_teaching_are_those_of_the_same_post() -> None:
    model = Taught(RECIPE, {"made": 3}).eval()
    lessons = _lessons()[:3]
    with torch.no_grad():
        together, lengths = model(lessons, [one.words for one in lessons])
        for place, one in enumerate(lessons):
            alone, _ = model([one], [one.words])
            assert torch.allclose(together[place, : lengths[place]], alone[0], atol=1e-5)


def test_a_strangers_encoder_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"a stranger's")
    with pytest.raises(BadInput, match="sha256"):
        stored_encoder(tmp_path, 1)


def test_a_tag_of_another_set_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "made.conll").write_text("a\tO\nb\tB-spaceship\n", "utf-8")
    with pytest.raises(BadInput, match=r"made\.conll:2: tag 'B-spaceship'"):
        posts._posts(tmp_path / "made.conll", posts.KINDS["emerging"])
