"""The research sets the heads are trained on and measured with, read from the folder `nlp` of the shared data."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.errors import BadInput
from monitor.keywords import cut
from monitor.language.grams import plain
from monitor.signals.words.tongue import tongue_of

SPLITS = ("train", "val", "test")
SENTIMENT = ("negative", "neutral", "positive")
ABROAD = {
    "ar": "arabic",
    "de": "german",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
}
"""Languages of the second sentiment head, and the folders of their posts. Its English posts are the official test posts
of the first one, and its Hindi ones are in Roman letters, of which these heads learn nothing."""
TOLD_APART = {**ABROAD, "hi": "hindi"}
"""Languages that the language head tells from English and from each other."""
DISASTERS_FOR_TEST = frozenset(
    {"2013_oklahoma_tornado", "2013_boston_bombings", "2013_lac_megantic_train_crash", "2013_savar_building_collapse"}
    | {"2013_typhoon_yolanda", "2013_colorado_floods", "2013_australia_bushfire"}
)
"""Each kind of disaster once, none of which lends a post to training or to a choice."""
DISASTERS_FOR_VAL = frozenset({"2013_queensland_floods", "2013_russia_meteor", "2012_colorado_wildfires"})
ORDINARY_EVERY = 4
"""Of the everyday posts of the sentiment set one in four joins the disaster set, so that they are about as many."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled texts; `labels` are places in the set's list of labels."""

    texts: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def where(self, kept: NDArray[np.bool_]) -> Examples:
        """Those at the places that are kept."""
        places = np.flatnonzero(kept)
        return Examples([self.texts[place] for place in places], [self.labels[place] for place in places])

    def __add__(self, others: Examples) -> Examples:
        return Examples(self.texts + others.texts, self.labels + others.labels)

    def without(self, known: frozenset[str]) -> Examples:
        """Without the texts that read like one of the known, and without repetitions."""
        seen = set(known)
        kept = Examples()
        for text, label in zip(self.texts, self.labels, strict=True):
            if (form := plain(text)) not in seen:
                seen.add(form)
                kept.texts.append(text)
                kept.labels.append(label)
        return kept


@dataclass(frozen=True, slots=True)
class Labelled:
    """One set in its three splits; no text of val or test is in train."""

    labels: tuple[str, ...]
    train: Examples
    val: Examples
    test: Examples


def tweeteval(root: Path, name: str) -> Labelled:
    """A task of TweetEval with its official splits. Raises BadInput where files are missing or do not match."""
    folder = root / "tweeteval" / name
    labels = tuple(line.split("\t")[1].strip() for line in lines(folder / "mapping.txt") if "\t" in line)
    parts = {split: _pair(folder, split) for split in SPLITS if split != "train" or name != "sentiment"}
    if name == "sentiment":
        labels, parts["train"] = SENTIMENT, _semeval(root)
    held = frozenset(plain(text) for split in ("val", "test") for text in parts[split].texts)
    return Labelled(labels, parts["train"].without(held), parts["val"], parts["test"])


def disaster(root: Path) -> Labelled:
    """Is a post about a disaster? Split by the disaster; English posts only; everyday posts stand on the other side."""
    parts = {split: Examples() for split in SPLITS}
    for text, label, name in [*_crisislex_t6(root), *_crisislex_t26(root)]:
        if tongue_of(cut(text)) == "en":
            where = parts["test" if name in DISASTERS_FOR_TEST else "val" if name in DISASTERS_FOR_VAL else "train"]
            where.texts.append(text)
            where.labels.append(label)
    everyday = tweeteval(root, "sentiment")
    for split, texts in (("train", everyday.train.texts), ("val", everyday.val.texts), ("test", everyday.test.texts)):
        parts[split].texts.extend(texts[::ORDINARY_EVERY])
        parts[split].labels.extend([0] * len(texts[::ORDINARY_EVERY]))
    test = parts["test"].without(frozenset())
    val = parts["val"].without(frozenset(map(plain, test.texts)))
    train = parts["train"].without(frozenset(map(plain, [*test.texts, *val.texts])))
    return Labelled(("other", "disaster"), train, val, test)


def sentiment_abroad(root: Path) -> Labelled:
    """Sentiment in six languages with its official splits, all languages together."""
    parts = {split: _abroad(root, split, ABROAD)[0] for split in SPLITS}
    held = frozenset(plain(text) for split in ("val", "test") for text in parts[split].texts)
    return Labelled(SENTIMENT, parts["train"].without(held), parts["val"], parts["test"])


def tongues(root: Path) -> Labelled:
    """Which language is a post in? Foreign posts of the sentiment set, and English ones of four other sets."""
    english = [tweeteval(root, name) for name in ("emotion", "irony", "offensive", "sentiment")]
    labels = tuple(sorted([*TOLD_APART, "en"]))
    parts = {}
    for split in SPLITS:
        found, codes = _abroad(root, split, TOLD_APART)
        own = [text for one in english for text in _part(one, split).texts]
        texts = own[:: max(1, len(own) * 2 // len(found))]  # half as many as of all the others together
        places = [labels.index(code) for code in [*codes, *["en"] * len(texts)]]
        parts[split] = Examples(found.texts + texts, places)
    held = frozenset(plain(text) for split in ("val", "test") for text in parts[split].texts)
    return Labelled(labels, parts["train"].without(held), parts["val"], parts["test"])


def _part(posts: Labelled, split: str) -> Examples:
    return {"train": posts.train, "val": posts.val, "test": posts.test}[split]


def _abroad(root: Path, split: str, folders: Mapping[str, str]) -> tuple[Examples, list[str]]:
    """The posts of the folders and the language of each."""
    found = Examples()
    codes: list[str] = []
    for code, folder in folders.items():
        part = _pair(root / "multilingual_sentiment" / folder, split)
        found, codes = found + part, codes + [code] * len(part)
    return found, codes


def _gather(rows: Iterable[tuple[str, int]]) -> Examples:
    found = Examples()
    for text, label in rows:
        found.texts.append(text)
        found.labels.append(label)
    return found


def _pair(folder: Path, split: str) -> Examples:
    texts = lines(folder / f"{split}_text.txt")
    labels = [int(line) for line in lines(folder / f"{split}_labels.txt")]
    if len(texts) != len(labels):
        raise BadInput(f"{folder}: {split} has {len(texts)} texts and {len(labels)} labels; the files do not match")
    return Examples(texts, labels)


def _semeval(root: Path) -> Examples:
    rows = (line.split("\t", 3) for line in lines(root / "semeval_sentiment" / "train.tsv")[1:])
    return _gather((row[3], SENTIMENT.index(row[2])) for row in rows)


def _crisislex_t6(root: Path) -> list[tuple[str, int, str]]:
    rows = _rows(root / "crisis" / "crisislex_t6.tsv")
    return [(row["text"], int(row["label"] == "on-topic"), row["event"].casefold()) for row in rows]


def _crisislex_t26(root: Path) -> list[tuple[str, int, str]]:
    rows = _rows(root / "crisis" / "crisislex_t26.tsv")
    wanted = [row for row in rows if row["informativeness"] != "Not applicable"]
    return [(row["text"], int(row["informativeness"] != "Not related"), row["event"].casefold()) for row in wanted]


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(lines(path), delimiter="\t", quoting=csv.QUOTE_NONE))


def lines(path: Path) -> list[str]:
    """Split on newline alone: an empty line is an example, and other line breaks are part of a post."""
    return _text(path).removesuffix("\n").split("\n")


def _text(path: Path) -> str:
    packed = path.with_name(f"{path.name}.gz")
    try:
        return (path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} (or {packed.name}): cannot be read: {error}") from error
