"""The two sets of posts with their names marked, and the measure of their publications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import BadInput
from monitor.language.names.tagger import OUTSIDE
from monitor.language.training.sets import lines


@dataclass(frozen=True, slots=True)
class Tagged:
    """One post: its words as the set cuts them, and a BIO tag for each."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def form(self) -> str:
        """By which a post is known again in another split."""
        return " ".join(self.words).casefold()


@dataclass(frozen=True, slots=True)
class Marked:
    """One set in its three splits; no post of val or test is in train."""

    tags: tuple[str, ...]
    train: tuple[Tagged, ...]
    val: tuple[Tagged, ...]
    test: tuple[Tagged, ...]

    def splits(self) -> Mapping[str, tuple[Tagged, ...]]:
        """Name -> posts."""
        return {"train": self.train, "val": self.val, "test": self.test}


SPLITS: dict[str, tuple[str, dict[str, str]]] = {
    "emerging": (
        "wnut17",
        {"train": "wnut17train.conll", "val": "emerging.dev.conll", "test": "emerging.test.annotated"},
    ),
    "broad": ("broad_twitter_corpus", {"train": "btc.train", "val": "btc.dev", "test": "btc.test"}),
}
"""Scheme -> folder of its set, split -> file."""
KINDS = {
    "emerging": {
        "person": "person",
        "location": "place",
        "corporation": "company",
        "group": "group",
        "creative-work": "work",
        "product": "product",
    },
    "broad": {"PER": "person", "LOC": "place", "ORG": "organisation"},
}
"""Scheme -> the set's word for a kind -> ours."""


def read_sets(root: Path, *, with_test: bool = True) -> dict[str, Marked]:
    """Both sets below the folder `nlp`. Raises BadInput where one cannot be read."""
    splits = [split for split in ("train", "val", "test") if with_test or split != "test"]
    read = {
        scheme: {split: _posts(root / folder / files[split], KINDS[scheme]) for split in splits}
        for scheme, (folder, files) in SPLITS.items()
    }
    held = {
        post.form for parts in read.values() for split, posts in parts.items() if split != "train" for post in posts
    }
    return {
        scheme: Marked(
            tags_of(scheme),
            tuple(post for post in parts["train"] if post.form not in held),
            parts["val"],
            parts.get("test", ()),
        )
        for scheme, parts in read.items()
    }


def tags_of(scheme: str) -> tuple[str, ...]:
    """The BIO tags of a scheme, `O` first."""
    return (OUTSIDE, *(f"{sign}-{kind}" for kind in KINDS[scheme].values() for sign in "BI"))


def _posts(path: Path, kinds: dict[str, str]) -> tuple[Tagged, ...]:
    """Words and tags, a word a line, posts apart by an empty line."""
    posts, words, tags = [], [], []
    for number, line in enumerate([*lines(path), ""], 1):
        word, _, tag = line.strip("\r").partition("\t")
        if word.strip():
            words.append(word)
            tags.append(_tag(tag.strip(), kinds, f"{path.name}:{number}"))
        elif words:
            posts.append(Tagged(tuple(words), tuple(tags)))
            words, tags = [], []
    return tuple(posts)


def _tag(tag: str, kinds: dict[str, str], where: str) -> str:
    sign, _, kind = tag.partition("-")
    if tag == OUTSIDE:
        return tag
    if sign not in ("B", "I") or kind not in kinds:
        raise BadInput(f"{where}: tag {tag!r} is none of the set's; expected O, or B- or I- with {', '.join(kinds)}")
    return f"{sign}-{kinds[kind]}"
