"""How heads are made: the same bytes twice, measures as published, and the figures on the official test splits."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs the extra `train`")

from monitor.errors import BadInput
from monitor.language import load
from monitor.language.reader import weights_dir
from monitor.language.store import save_head
from monitor.language.training import figures, meanings
from monitor.language.training.card import MOST_ERROR
from monitor.language.training.fit import Recipe, calibrate, evened, unseen_sums
from monitor.language.training.plan import PLANS, Plan, shares_of, train
from monitor.language.training.sets import Examples, Labelled
from responders import cli

NLP = Path(os.environ.get("BONMOT_SHARED", "../shared")) / "data" / "nlp"
MADE = Plan("made", lambda _: POSTS, Recipe(1), figures.macro_f1, "macro-averaged F1", "made up", "made up")
GLAD, SAD = "what a lovely day number {}", "such an awful day number {}"
ALL = Examples([text.format(n) for n in range(40) for text in (GLAD, SAD)], [0, 1] * 40)
POSTS = Labelled(("glad", "sad"), ALL, ALL, ALL)
PUBLISHED = [plan for plan in PLANS if plan.bar is not None]
NOT_CALIBRATED = {"hate": "its test posts were looked for in another way than those that taught it"}
"""Heads whose calibration error on the test split is above the aim; the cards say so too."""
EVERY = {"sentiment": 5}
"""Of the largest test split one post in five, so that the suite stays quick."""
OFF_BY = {"sentiment": 2.0}
"""By how much a fifth of a test split may differ from all of it, in per cent."""


def test_the_same_posts_give_the_same_bytes_twice(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(save_head(train(MADE, POSTS, meanings.none()).head, tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_a_head_learns_what_its_posts_say() -> None:
    trained = train(MADE, POSTS, meanings.none())
    assert trained.figures["test"] == 100
    assert trained.sizes["train"] == {"glad": 40, "sad": 40}


def test_measures_are_those_of_the_publications() -> None:
    right, said = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert figures.macro_recall(right, said) == pytest.approx(0.75)
    assert figures.second_f1(right, said) == pytest.approx(0.8)
    assert figures.macro_f1(right, said) == pytest.approx((2 / 3 + 0.8) / 2)
    sure = np.array([[1.0, 0.0]] * 4)
    assert figures.calibration_error(right, sure) == pytest.approx(0.5)


def test_labels_count_alike_among_the_posts_of_each_word_a_set_was_collected_by() -> None:
    posts = Examples(["wall a", "the WALL b", "wall c", "d", "e"], [1, 1, 0, 0, 1])
    counts = evened(posts, ("wall",))
    assert counts.tolist() == pytest.approx([0.75, 0.75, 1.5, 1.0, 1.0])
    assert counts.sum() == len(posts)
    assert evened(posts, ()).tolist() == pytest.approx([5 / 6, 5 / 6, 5 / 4, 5 / 4, 5 / 6])


def test_a_part_is_judged_by_what_the_others_taught() -> None:
    told = Examples([*ALL.texts, "such an awful day number 80"], [*ALL.labels, 0])  # the last one is mislabelled
    sums = unseen_sums(Recipe(1, folds=5), told, meanings=meanings.none())
    assert sums.shape == (81, 2)
    assert sums[80, 1] > 0, "had it taught itself, its label would show"


def test_trust_keeps_a_share_of_the_slope() -> None:
    sums = np.column_stack([np.zeros(80), np.where(np.arange(80) % 10 < 8, 1, -1) * np.tile([-1.0, 1.0], 40)])
    whole, less = (calibrate(Recipe(1, trust=trust), ALL, sums) for trust in (1.0, 0.5))
    assert whole.slope == pytest.approx(np.log(4), rel=0.01)
    assert less.slope == pytest.approx(whole.slope / 2)


def test_another_encoder_than_that_of_the_cards_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"a stranger's")
    with pytest.raises(BadInput, match="sha256"):
        meanings.meanings(tmp_path, ["a text"], lambda _: None)


def test_no_test_post_teaches_where_validation_posts_teach(tmp_path: Path) -> None:
    secret = Examples(["a lovely secret"], [0])
    posts = Labelled(("glad", "sad"), ALL, secret + ALL.where(np.arange(80) < 10), secret)
    plan = Plan("made", lambda _: posts, Recipe(1, rarest=1, folds=3), figures.macro_f1, "F1", "made up", "made up")
    unlike = Labelled(posts.labels, ALL, ALL.where(np.arange(80) < 10), secret)
    heads = [save_head(train(plan, one, meanings.none()).head, tmp_path).read_bytes() for one in (posts, unlike)]
    assert heads[0] == heads[1]


def test_a_known_post_is_taken_out_of_training_however_it_is_masked() -> None:
    posts = Examples(["@maya hi http://a.example", "HI there", "hi   there", "new"], [0, 1, 0, 1])
    kept = posts.without(frozenset({"@user hi http"}))
    assert (kept.texts, kept.labels) == (["HI there", "new"], [1, 1])


def test_training_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["train", "--data", str(tmp_path / "none"), "--out", str(tmp_path)]) == 1
    assert "is no folder" in capsys.readouterr().err
    assert cli.run(["train", "--data", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.skipif(not NLP.is_dir(), reason="no labelled sets: set BONMOT_SHARED")
@pytest.mark.parametrize("plan", PUBLISHED, ids=lambda plan: str(plan.name))
def test_the_heads_of_the_package_are_as_good_as_their_cards_say(plan: Plan) -> None:
    head = next(one for one in load().heads if one.name == plan.name)
    test, every = plan.reader(NLP).test, EVERY.get(plan.name, 1)
    right = np.array(test.labels[::every])
    shares = shares_of(head, test.texts[::every])
    found = 100 * plan.measure(right, figures.leaned(shares, head.lean))
    told = json.loads((weights_dir() / "figures.json").read_text("utf-8"))[plan.name]
    assert found == pytest.approx(told["test"], abs=OFF_BY.get(plan.name, 0.1))
    assert plan.bar is not None
    assert found > plan.bar
    assert (told["test_error"] < MOST_ERROR) == (plan.name not in NOT_CALIBRATED)
    card = (weights_dir() / f"{plan.name}.md").read_text("utf-8")
    assert ("not reached" in card) == (plan.name in NOT_CALIBRATED)
