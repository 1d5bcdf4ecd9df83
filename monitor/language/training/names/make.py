"""Makes the tagger of names: encoder rounded, layers taught, shyness chosen, figures measured, card written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from monitor.language.names import kept
from monitor.language.names.encoder import Encoder
from monitor.language.names.kept import Arrays
from monitor.language.names.pieces import Pieces
from monitor.language.names.tagger import Tagger, spans_of, states_of
from monitor.language.training.names.card import card
from monitor.language.training.names.measure import BATCH, f1, figures_of
from monitor.language.training.names.posts import Marked, Tagged, read_sets
from monitor.language.training.names.recipe import Recipe
from monitor.language.training.names.teach import Lesson, teach
from monitor.language.training.names.teacher import stored_encoder

SHY = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
"""What may be taken from `O` before the best row is sought: a CRF is too shy where most posts hold no name."""


@dataclass(frozen=True, slots=True)
class Made:
    """A tagger and its figures, in per cent of F1: `emerging_val`, `emerging_test`, `broad_val`, `broad_test`, ..."""

    arrays: Arrays
    about: Mapping[str, Any]
    figures: Mapping[str, float]
    sizes: Mapping[str, Mapping[str, tuple[int, int]]]
    """Scheme -> split -> posts and names."""


def make_names(root: Path, out: Path, *, encoder: Path, tell: Callable[[str], None]) -> Mapping[str, float]:
    """Write `out/names/`: names.npz, names.md and figures.json; a quarter of an hour of one core.

    Raises BadInput where a set or the encoder cannot be read, OSError where `out` cannot be written.
    """
    sets, recipe = read_sets(root), Recipe()
    made = make(sets, recipe, encoder=encoder, tell=tell)
    folder = out / "names"
    folder.mkdir(exist_ok=True)
    size = kept.save(made.arrays, made.about, folder).stat().st_size
    (folder / "names.md").write_text(card(made.figures, made.sizes, recipe=recipe, size=size), encoding="utf-8")
    told = {name: round(value, 2) for name, value in made.figures.items()}
    (folder / "figures.json").write_text(f"{json.dumps(told, indent=2)}\n", encoding="utf-8")
    return made.figures


def make(sets: Mapping[str, Marked], recipe: Recipe, *, encoder: Path, tell: Callable[[str], None]) -> Made:
    """Teach on train, choose on val, measure on test."""
    tell(f"names: rounding the encoder in {encoder}")
    arrays, vocabulary = stored_encoder(encoder, max(recipe.layers))
    about: dict[str, Any] = {
        "kept": recipe.layers,
        "looks": len(recipe.looks),
        "vocabulary": vocabulary,
        "tags": {scheme: one.tags for scheme, one in sets.items()},
        "shy": dict.fromkeys(sets, 0.0),
    }
    pieces, reads = Pieces(vocabulary), kept.encoder_of(arrays, recipe.layers)
    lessons: list[Lesson] = []
    for scheme, one in sets.items():
        tell(f"names: reading {len(one.train):,} posts of {scheme}")
        lessons += _lessons(scheme, one, pieces=pieces, reads=reads)
    arrays |= teach(recipe, lessons, tags={scheme: len(one.tags) for scheme, one in sets.items()}, tell=tell)
    tell("names: choosing on the validation posts")
    unshy = kept.tagger_of(arrays, about)
    about["shy"] = {scheme: _shyness(unshy, scheme, one.val) for scheme, one in sets.items()}
    tagger = kept.tagger_of(arrays, about)
    sizes = {scheme: {split: _size(posts) for split, posts in one.splits().items()} for scheme, one in sets.items()}
    return Made(arrays, about, figures_of(tagger, sets), sizes)


def _lessons(scheme: str, one: Marked, *, pieces: Pieces, reads: Encoder) -> list[Lesson]:
    """The training posts as the encoder reads them, sorted by length so that a batch is of one size."""
    place_of = {tag: place for place, tag in enumerate(one.tags)}
    posts = sorted(one.train, key=lambda post: len(post.words))
    found = []
    for begin in range(0, len(posts), BATCH):
        part = posts[begin : begin + BATCH]
        for post, states in zip(part, states_of(pieces, reads, [post.words for post in part]), strict=True):
            tags = tuple(place_of[tag] for tag in post.tags[: len(states)])
            found.append(Lesson(states.copy(), post.words[: len(states)], tags, scheme))
    return found


def _shyness(tagger: Tagger, scheme: str, posts: Sequence[Tagged]) -> float:
    """What the validation posts like best to be taken from `O`; of equals the smallest."""
    parts = [posts[begin : begin + BATCH] for begin in range(0, len(posts), BATCH)]
    rows = [one for part in parts for one in tagger.rows([post.words for post in part])]
    tried = {shy: f1(posts, [replace(tagger.schemes[scheme], shy=shy).best(one) for one in rows]) for shy in SHY}
    return max(SHY, key=lambda shy: (tried[shy], -shy))


def _size(posts: Sequence[Tagged]) -> tuple[int, int]:
    return len(posts), sum(len(spans_of(post.tags)) for post in posts)
