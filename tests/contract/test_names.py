"""The tagger of names in the package and its door: places in the text, unknown languages, hostile texts, figures."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from monitor.errors import BadInput, BadState
from monitor.language.names import KINDS, SCHEMES, Finder, chosen, installed, kept, load
from monitor.language.names.encoder import Coarse
from monitor.language.names.pieces import MOST, Pieces
from monitor.language.names.tagger import spans_of, with_neighbours
from monitor.language.names.words import post_shape_of, shape_of, words_of
from monitor.language.reader import weights_dir
from monitor.language.training.names.card import BARS
from monitor.language.training.names.measure import f1, figures_of
from monitor.language.training.names.posts import Tagged, read_sets
from responders import cli
from responders.loading import load as settings_of
from responders.loading import starter_dir
from tests.contract.test_language import HOSTILE, MOST_BYTES

NLP = Path(os.environ.get("BONMOT_SHARED", "../shared")) / "data" / "nlp"
FOLDER = weights_dir() / "names"
TEXT = "who turned off the lights at the Superdome during the game with Beyonce?"


@pytest.fixture(scope="module")
def finder() -> Finder:
    return load()


def _found(finder: Finder, text: str, scheme: str = "emerging") -> set[tuple[str, str]]:
    (names,) = finder.find([text], ["en"], scheme=scheme)  # type: ignore[arg-type]
    assert names is not None
    return {(name.text, name.kind) for name in names}


def test_people_places_works_and_products_are_found(finder: Finder) -> None:
    assert _found(finder, TEXT) >= {("Superdome", "place"), ("Beyonce", "person")}
    assert ("Taylor Swift", "person") in _found(finder, "Taylor Swift's new album is so good")
    assert ("iPhone 14", "product") in _found(finder, "it is on my iPhone 14 and it is so good")
    assert _found(finder, "Barcelona beat the Lakers in Paris", "broad") & {("Paris", "place")}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_name_is_a_piece_of_its_text_of_a_known_kind(finder: Finder, scheme: str) -> None:
    text = "OMG 🎉🎉 Lionel   Messi (yes, HIM!) left #Barcelona for @PSG_inside…\nParis 💔"
    (names,) = finder.find([text], ["en"], scheme=scheme)  # type: ignore[arg-type]
    assert names
    for name in names:
        assert text[name.start : name.end] == name.text
        assert name.kind in KINDS[scheme]
    assert [name.start for name in names] == sorted(name.start for name in names)


def test_a_text_is_read_alike_alone_and_among_others(finder: Finder) -> None:
    texts = [TEXT, "nothing here at all my friends", "", "Lionel Messi has just left Barcelona"]
    together = finder.find(texts, ["en"] * 4)
    assert together == [finder.find([text], ["en"])[0] for text in texts]
    assert together[2] == ()


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_read(finder: Finder, text: str) -> None:
    (names,) = finder.find([text], ["en"])
    assert names is not None
    assert all(text[name.start : name.end] == name.text for name in names)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Lionel Messi ist wieder in Barcelona und wir sind sehr froh", None),
        ("Lionel Messi in Barcelona", "es"),
        ("Messi", None),
        ("Messi", "und"),
    ],
)
def test_a_language_without_a_model_gives_none_and_never_a_guess(finder: Finder, text: str, code: str | None) -> None:
    assert finder.find([text], [code]) == [None]


def test_languages_that_do_not_fit_the_texts_are_refused(finder: Finder) -> None:
    with pytest.raises(ValueError, match="zip"):
        finder.find([TEXT], ["en", "en"])


def test_the_weights_are_small_and_have_their_card() -> None:
    size = (FOLDER / kept.FILE).stat().st_size
    assert size < 15_000_000
    assert sum(path.stat().st_size for path in weights_dir().rglob("*") if path.is_file()) < MOST_BYTES
    said = (FOLDER / "names.md").read_text("utf-8")
    assert all(word in said for word in ("Data:", "Licence:", "Seed:", "test", "Limits:"))
    assert f"{size:,} bytes" in said, "the card is of other weights"


@pytest.mark.skipif(not NLP.is_dir(), reason="no labelled sets: set BONMOT_SHARED")
def test_the_tagger_of_the_package_is_as_good_as_its_card_says() -> None:
    told = json.loads((FOLDER / "figures.json").read_text("utf-8"))
    found = figures_of(kept.load(FOLDER / kept.FILE), read_sets(NLP))
    for name, value in found.items():
        assert value == pytest.approx(told[name], abs=0.3), name
    for scheme, bar in BARS.items():
        assert found[f"{scheme}_test"] > bar
    card = (FOLDER / "names.md").read_text("utf-8")
    assert f"{told['emerging_test']:.2f}" in card
    assert "not reached" not in card


@pytest.mark.skipif(not NLP.is_dir(), reason="no labelled sets: set BONMOT_SHARED")
def test_no_post_of_a_validation_or_test_split_teaches() -> None:
    sets = read_sets(NLP)
    held = {post.form for one in sets.values() for post in (*one.val, *one.test)}
    for one in sets.values():
        assert one.train
        assert not [post for post in one.train if post.form in held]


def test_a_name_counts_with_its_kind_and_both_ends() -> None:
    post = Tagged(("a", "b", "c", "d"), ("B-person", "I-person", "O", "B-place"))
    assert f1([post], [["B-person", "I-person", "O", "B-place"]]) == 100
    assert f1([post], [["B-person", "O", "O", "B-place"]]) == 50
    assert f1([post], [["B-place", "I-place", "O", "B-place"]]) == 50
    assert f1([post], [["B-person", "I-person", "O", "B-person"]], only="place") == 0
    assert f1([post], [["O"] * 4]) == 0


def test_spans_end_where_a_kind_or_a_name_ends() -> None:
    assert spans_of(["B-work", "I-work", "B-work", "O", "I-place", "I-person"]) == [
        ("work", 0, 2),
        ("work", 2, 3),
        ("place", 4, 5),
        ("person", 5, 6),
    ]


def test_words_know_their_places_and_an_owner_stands_apart() -> None:
    assert [word.text for word in words_of("Tide's ad, don't miss @x at https://t.co/a #now!")] == [
        *("Tide", "'s", "ad", ",", "don't", "miss", "@x", "at", "https://t.co/a", "#now", "!")
    ]
    assert [shape_of(word) for word in ("a", "Ab", "AB", "A", "AbC", "aB", "!", "7", "7Up")] == [*range(8), 1]
    assert [post_shape_of(row) for row in ([0, 6], [2, 2, 0], [1, 1, 4, 0], [1, 0, 0], [])] == [0, 1, 2, 3, 0]


def test_pieces_are_the_longest_that_fit() -> None:
    pieces = Pieces(["[CLS]", "[SEP]", "[UNK]", "ever", "##ever", "##e", "e", "http", "b", "##y"])
    assert pieces.of("Everé") == (3, 5)
    assert pieces.of("everx") == (2,)
    assert pieces.of("https://t.co/xyz") == (7,)
    assert pieces.of("\u200d") == (2,)
    assert len(pieces.of("e-" * 50)) == MOST
    assert pieces.of("e" * 101) == (2,)


def test_neighbours_are_those_of_the_same_post() -> None:
    rows = np.array([[1.0], [2.0], [3.0]], np.float32)
    assert with_neighbours(rows, [2, 1]).tolist() == [[0, 1, 2], [1, 2, 0], [0, 3, 0]]


def test_rounding_keeps_each_row_within_half_a_step() -> None:
    matrix = np.array([[0.5, -1.0, 0.26], [0, 0, 0]], np.float32)
    coarse = Coarse.of(matrix, 31)
    assert np.abs(coarse.whole() - matrix).max() <= 0.5 / 31 + 1e-6
    assert coarse.rows(np.array([1], np.intp)).tolist() == [[0, 0, 0]]


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    path = tmp_path / kept.FILE
    path.write_bytes((FOLDER / kept.FILE).read_bytes()[:5000])
    with pytest.raises(BadState, match="run `bonmot train` again"):
        kept.load(path)
    kept.save({}, {"tags": {}}, tmp_path)
    with pytest.raises(BadState, match="cannot be read as names"):
        kept.load(path)


def test_none_switches_it_off() -> None:
    assert chosen("none") is None
    assert chosen() is not None


def test_a_pipeline_that_is_not_there_is_a_mistake_with_the_remedy(tmp_path: Path) -> None:
    trouble = installed.trouble_with("no_such_pipeline_anywhere")
    assert trouble is not None
    assert "install" in trouble
    with pytest.raises(BadInput, match=r"language\.names: no_such_pipeline_anywhere"):
        installed.load("no_such_pipeline_anywhere", lambda texts, languages: ["en"] * len(texts))


def test_a_spacy_pipeline_finds_names_in_our_words(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy", reason="the extra `spacy` is not installed")
    blank = spacy.blank("en")
    labels = {"Beyonce": "PERSON", "Paris": "GPE", "now": "DATE"}
    patterns = [{"label": label, "pattern": word} for word, label in labels.items()]
    blank.add_pipe("entity_ruler").add_patterns(patterns)
    blank.to_disk(tmp_path / "ruled")
    spacy.blank("en").to_disk(tmp_path / "bare")
    find = installed.load(str(tmp_path / "ruled"), lambda texts, languages: ["en", "de"]).find
    english, german = find(["Beyonce is in Paris now", "Beyonce ist in Paris"], [None, None])
    assert english is not None
    assert [(name.text, name.kind, name.start) for name in english] == [
        ("Beyonce", "person", 0),
        ("Paris", "place", 14),
    ]
    assert german is None
    assert "finds no names" in (installed.trouble_with(str(tmp_path / "bare")) or "")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Starter settings to change."""
    shutil.copytree(starter_dir(), tmp_path / "config")
    return tmp_path / "config"


def test_settings_name_the_line_of_a_pipeline_that_cannot_be_used(root: Path) -> None:
    bot = root / "bot.yaml"
    bot.write_text(bot.read_text("utf-8").replace("names: own", "names: no_such_pipeline"), "utf-8")
    line = bot.read_text("utf-8").split("names: no_such")[0].count("\n") + 1
    mistakes = [str(mistake) for mistake in settings_of(root, {}).mistakes]
    assert len(mistakes) == 1
    assert mistakes[0].startswith(f"bot.yaml:{line}:10: language.names: no_such_pipeline ")
    assert "install" in mistakes[0]


def test_explain_tells_the_names_and_keeps_its_verdict(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    posts = ["--text", TEXT, "--text", "I was in Paris when Beyonce sang and it was so good", "--text", "ok"]
    assert cli.run(["explain", "--config", str(root), "--json", *posts]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["names"]["posts"], told["names"]["read"]) == (3, 2)
    assert {"text": "Beyonce", "kind": "person", "posts": 2} in told["names"]["found"]
    assert cli.run(["explain", "--config", str(root), *posts]) == 0
    assert "names: Beyonce (person, 2)" in capsys.readouterr().out
    bot = root / "bot.yaml"
    bot.write_text(bot.read_text("utf-8").replace("names: own", "names: none"), "utf-8")
    assert cli.run(["explain", "--config", str(root), "--json", *posts]) == 0
    without = json.loads(capsys.readouterr().out)
    assert without["names"] is None
    assert without["verdicts"] == told["verdicts"], "no verdict reads a name"
