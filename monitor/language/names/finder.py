"""The door of the room: texts in, names out; a text in a language without a model gives None, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from monitor.language import load as load_heads
from monitor.language.grams import LONGEST
from monitor.language.names import kept
from monitor.language.names.tagger import Tagger, spans_of
from monitor.language.names.words import words_of
from monitor.language.reader import weights_dir

Scheme = Literal["emerging", "broad"]
SCHEMES: tuple[Scheme, ...] = ("emerging", "broad")
KINDS = {
    "emerging": ("person", "place", "company", "group", "work", "product"),
    "broad": ("person", "place", "organisation"),
}
"""What each scheme tells apart. `emerging` follows WNUT-17: rare and new names in six kinds, an account that is only
mentioned is none. `broad` follows the Broad Twitter Corpus: three kinds, and a mentioned account is a name."""
LANGUAGES = ("en",)
BATCH = 16
"""Texts tagged at a time: what is computed of so many stays near the processor; 64 take a tenth longer."""

Tongues = Callable[[Sequence[str], Sequence[str | None] | None], Sequence[str]]
"""Texts and what their source said of them in, the two-letter language of each out."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One name as it stands in a text: `text == whole[start:end]`."""

    text: str
    kind: str
    """One of KINDS of the scheme it was found by."""
    start: int
    end: int


class Finder:
    """The tagger, ready to read: about ten milliseconds a post. Safe to call from any thread."""

    def __init__(self, tagger: Tagger, tongues: Tongues) -> None:
        self._tagger, self._tongues = tagger, tongues

    def find(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None, *, scheme: Scheme = "emerging"
    ) -> list[tuple[Entity, ...] | None]:
        """The names of each text, in order; None for a text in no language the tagger knows, or too short to tell.

        `languages` are what the source said of the texts, two letters or None; ValueError unless one for each text.
        """
        told = self._tongues(texts, languages)
        found: list[tuple[Entity, ...] | None] = [() if code in LANGUAGES else None for code in told]
        known = [place for place, names in enumerate(found) if names is not None]
        for begin in range(0, len(known), BATCH):
            part = known[begin : begin + BATCH]
            for place, names in zip(part, self._tagged([texts[place] for place in part], scheme), strict=True):
                found[place] = names
        return found

    def _tagged(self, texts: Sequence[str], scheme: Scheme) -> list[tuple[Entity, ...]]:
        words = [words_of(text[:LONGEST]) for text in texts]
        places = [place for place, row in enumerate(words) if row]
        found: list[tuple[Entity, ...]] = [()] * len(texts)
        if not places:
            return found
        tags = self._tagger.tags([[word.text for word in words[place]] for place in places], scheme)
        for place, row in zip(places, tags, strict=True):
            spans = [(kind, words[place][first].start, words[place][end - 1].end) for kind, first, end in spans_of(row)]
            found[place] = tuple(Entity(texts[place][start:end], kind, start, end) for kind, start, end in spans)
        return found


@cache
def load(folder: Path | None = None) -> Finder:
    """Read the tagger in the folder, by default the one in the package, once; a third of a second, so not on the loop.

    Raises BadState where there is none, or one that is damaged.
    """
    return Finder(kept.load((weights_dir() / "names" if folder is None else folder) / kept.FILE), tongues_of)


def tongues_of(texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[str]:
    """The two-letter language of each text, or `unknown`, as the heads tell it."""
    return [reading.language for reading in load_heads().read(texts, languages)]
