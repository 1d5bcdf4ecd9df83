"""Teaches the tagger's own layers with torch, over an encoder that stays as it is; from a seed, in one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from monitor.language.names.encoder import WIDTH, Floats
from monitor.language.names.kept import Arrays, put
from monitor.language.names.tagger import NEVER
from monitor.language.names.words import GRAMS, POST_SHAPES, SHAPES, grams_of, post_shape_of, shape_of
from monitor.language.training.names.recipe import Recipe

GRAM_STEPS = 31


@dataclass(frozen=True, slots=True)
class Lesson:
    """One post as the taught layers see it."""

    states: Floats
    """Shape (words, kept * WIDTH)."""
    words: tuple[str, ...]
    tags: tuple[int, ...]
    scheme: str


class Taught(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """The same layers as `Tagger` has, to learn."""

    def __init__(self, recipe: Recipe, tags: Mapping[str, int]) -> None:
        super().__init__()
        self.recipe = recipe
        self.mix = nn.Linear(WIDTH * len(recipe.layers), recipe.mixed)
        self.shapes = nn.Embedding(SHAPES, 24)
        self.post_shapes = nn.Embedding(POST_SHAPES, 8)
        self.grams = nn.EmbeddingBag(GRAMS, 32, mode="mean")
        widths = [recipe.mixed + 24 + 8 + 32, *recipe.looks]
        self.looks = nn.ModuleList([nn.Linear(3 * inputs, outputs) for inputs, outputs in pairwise(widths)])
        self.lines = nn.ModuleDict({scheme: nn.Linear(widths[-1], count) for scheme, count in tags.items()})
        self.follows = nn.ParameterDict({scheme: torch.zeros(count, count) for scheme, count in tags.items()})

    def forward(self, lessons: Sequence[Lesson], seen: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor]:
        """Sums of shape (posts, words, tags) and how many words each post has; all lessons are of one scheme."""
        share, is_taught = self.recipe.dropped, self.training
        lengths = torch.tensor([len(lesson.words) for lesson in lessons])
        states = torch.from_numpy(np.concatenate([lesson.states for lesson in lessons]))
        rows = torch.cat([torch.relu(self.mix(states)), *self._own(seen)], dim=1)
        for look in self.looks:
            rows = torch.relu(look(_with_neighbours(dropout(rows, share, is_taught), lengths)))
        sums = self.lines[lessons[0].scheme](dropout(rows, share, is_taught))
        return nn.utils.rnn.pad_sequence(torch.split(sums, lengths.tolist()), batch_first=True), lengths

    def _own(self, seen: Sequence[Sequence[str]]) -> list[Tensor]:
        """What is seen of the words themselves, each of shape (words of all posts, ...)."""
        shapes = [[shape_of(word) for word in words] for words in seen]
        posts = torch.tensor([post_shape_of(row) for row in shapes for _ in row])
        runs = [grams_of(word) for words in seen for word in words]
        starts = torch.tensor(np.cumsum([0, *map(len, runs[:-1])]))
        letters = self.grams(torch.tensor([run for word in runs for run in word]), starts)
        return [self.shapes(torch.tensor([shape for row in shapes for shape in row])), self.post_shapes(posts), letters]


def _with_neighbours(rows: Tensor, lengths: Tensor) -> Tensor:
    """As `tagger.with_neighbours`."""
    ends = torch.cumsum(lengths, 0)
    is_first, is_last = torch.ones(len(rows), 1), torch.ones(len(rows), 1)
    is_first[ends - lengths], is_last[ends - 1] = 0, 0
    return torch.cat([rows.roll(1, 0) * is_first, rows, rows.roll(-1, 0) * is_last], dim=1)


def teach(recipe: Recipe, lessons: Sequence[Lesson], *, tags: Mapping[str, int], tell: Callable[[str], None]) -> Arrays:
    """The taught layers as they are kept; the same lessons give the same bytes on the same machine."""
    torch.set_num_threads(1)  # sums in one order
    torch.manual_seed(recipe.seed)
    drawn, model = Random(recipe.seed), Taught(recipe, tags)  # noqa: S311 - an order to learn in, no secret
    steps = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=0.01)
    rounds = [list(_batches(lessons, recipe.batch, drawn)) for _ in range(recipe.rounds)]
    total, done = sum(map(len, rounds)), 0
    for number, batches in enumerate(rounds, 1):
        lost = 0.0
        for batch in batches:
            done += 1
            for group in steps.param_groups:
                group["lr"] = recipe.rate * min(1.0, done / (0.05 * total)) * max(0.02, 1 - done / total)
            loss = _loss(model, batch, [_shown(one, recipe, drawn) for one in batch])
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            steps.step()
            lost += float(loss.detach())
        tell(f"names: round {number} of {recipe.rounds}, loss {lost / len(batches):.4f}")
    return _kept(model)


def _batches(lessons: Sequence[Lesson], size: int, drawn: Random) -> Iterator[list[Lesson]]:
    """Each lesson once, those of one scheme and of about one length together, in drawn order."""
    batches = []
    for scheme in sorted({lesson.scheme for lesson in lessons}):
        own = [lesson for lesson in lessons if lesson.scheme == scheme]
        drawn.shuffle(own)
        for begin in range(0, len(own), 8 * size):
            part = sorted(own[begin : begin + 8 * size], key=lambda lesson: len(lesson.words))
            batches += [part[place : place + size] for place in range(0, len(part), size)]
    drawn.shuffle(batches)
    yield from batches


def _shown(lesson: Lesson, recipe: Recipe, drawn: Random) -> Sequence[str]:
    return [word.lower() for word in lesson.words] if drawn.random() < recipe.small else lesson.words


def _loss(model: Taught, batch: Sequence[Lesson], seen: Sequence[Sequence[str]]) -> Tensor:
    """The CRF's negative logarithm of the right rows of tags, a word."""
    sums, lengths = model(batch, seen)
    follows = model.follows[batch[0].scheme]
    right = nn.utils.rnn.pad_sequence([torch.tensor(one.tags) for one in batch], batch_first=True)
    is_word = torch.arange(sums.shape[1])[None] < lengths[:, None]
    path = (sums.gather(2, right[:, :, None])[:, :, 0] * is_word).sum()
    path = path + (follows[right[:, :-1], right[:, 1:]] * is_word[:, 1:]).sum()
    every = sums[:, 0]
    for word in range(1, sums.shape[1]):
        further = torch.logsumexp(every[:, :, None] + follows[None], dim=1) + sums[:, word]
        every = torch.where(is_word[:, word, None], further, every)
    return (torch.logsumexp(every, dim=1).sum() - path) / lengths.sum()


def _kept(model: Taught) -> Arrays:
    """Every matrix in whole steps, as `kept.tagger_of` reads them."""
    held = {name: value.detach().numpy() for name, value in model.named_parameters()}
    arrays: Arrays = {}
    for name in ("shapes", "post_shapes"):
        put(arrays, name, held[f"{name}.weight"])
    put(arrays, "grams", held["grams.weight"], most=GRAM_STEPS)
    _put_line(arrays, "mix", matrix=held["mix.weight"], bias=held["mix.bias"])
    for place in range(len(model.looks)):
        _put_line(arrays, f"look{place}", matrix=held[f"looks.{place}.weight"], bias=held[f"looks.{place}.bias"])
    for scheme in model.lines:
        _put_line(arrays, f"{scheme}.line", matrix=held[f"lines.{scheme}.weight"], bias=held[f"lines.{scheme}.bias"])
        put(arrays, f"{scheme}.follows", np.maximum(held[f"follows.{scheme}"], NEVER))
    return arrays


def _put_line(arrays: Arrays, name: str, *, matrix: Floats, bias: Floats) -> None:
    put(arrays, name, matrix)
    arrays[f"{name}.bias"] = bias.astype(np.float32)
