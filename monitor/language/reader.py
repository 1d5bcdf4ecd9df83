"""The door of the room: texts in, readings out; a language no head was trained on gives `unknown`, never a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from monitor.errors import BadState
from monitor.keywords import cut
from monitor.language.grams import LONGEST
from monitor.language.heads import Floats, Head, Heads, label_of, named
from monitor.language.store import SUFFIX, load_head
from monitor.signals.words.tongue import tongue_of

UNKNOWN = "unknown"
"""The language of a text too short or too mixed to tell, and the label of every task in such a text."""
TONGUE = "language"
"""The head that confirms a guessed language. It answers no question of a caller."""
SURE = 0.5
"""How sure that head must be of a guess; less is no language, and no head reads the text."""

REMEMBERED = 4096
"""Readings kept, about 3 kB each."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the heads say of one text."""

    language: str
    """Two-letter code, or UNKNOWN."""
    shares: Mapping[str, Mapping[str, float]]
    """Task -> label -> probability, which sum to one; without the tasks that no head does in this language."""
    labels: Mapping[str, str]
    """Every task -> the label its head names, or UNKNOWN."""

    def share(self, task: str, label: str) -> float | None:
        """The probability of a label; None where no head does the task in this language."""
        return self.shares.get(task, {}).get(label)


class Language:
    """The heads, ready to read: half a millisecond a text. Safe to call from any thread."""

    def __init__(self, heads: Sequence[Head]) -> None:
        """Raises BadState where two heads do one task in one language: none of the two could be believed."""
        self._heads = Heads(heads)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._read)
        self._of: dict[str, list[Head]] = {}
        self._tasks = tuple(sorted({head.task for head in heads if head.name != TONGUE}))
        self._tongue = next((head for head in heads if head.name == TONGUE), None)
        done: dict[tuple[str, str], str] = {}
        for head in heads:
            for code in head.languages:
                if (other := done.setdefault((head.task, code), head.name)) != head.name:
                    raise BadState(f"heads {other} and {head.name} both tell {head.task} in {code}; remove one")
                if head.name != TONGUE:
                    self._of.setdefault(code, []).append(head)

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads in the order of their names."""
        return self._heads.heads

    def hear(self, text: str, language: str | None) -> Mapping[str, Mapping[str, float]]:
        """The shares of one text, remembered for a while: a live trend is judged many times on the same posts."""
        return self._remembered(text, language).shares

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Reading]:
        """One reading for each text, in order; `languages` are what the source said of them, two letters or None.

        Raises ValueError when there are more or fewer languages than texts.
        """
        given = [None] * len(texts) if languages is None else languages
        return [self._read(text, code) for text, code in zip(texts, given, strict=True)]

    def _read(self, text: str, given: str | None) -> Reading:
        code = (given or "")[:2].casefold()
        is_guess = code in ("", "un")  # X writes `und` where it cannot tell
        if is_guess:
            code = tongue_of(cut(text[:LONGEST])) or UNKNOWN
        labels = dict.fromkeys(self._tasks, UNKNOWN)
        if code not in self._of:
            return Reading(code, {}, labels)
        found = self._heads.probabilities(text)
        if is_guess and not self._confirms(code, found):
            return Reading(UNKNOWN, {}, labels)
        knowing = self._of[code]
        labels |= {head.task: label_of(head, found[head.name]) for head in knowing}
        return Reading(code, {head.task: named(head, found[head.name]) for head in knowing}, labels)

    def _confirms(self, code: str, found: Mapping[str, Floats]) -> bool:
        """Small words are shared by languages; letters tell them apart."""
        if self._tongue is None or code not in self._tongue.labels:
            return True
        return float(found[TONGUE][self._tongue.labels.index(code)]) >= SURE


@cache
def load(folder: Path | None = None) -> Language:
    """Read every head in the folder, by default the ones in the package, once; a tenth of a second, so not on the loop.

    Raises BadState where there is none, or one that is damaged.
    """
    folder = weights_dir() if folder is None else folder
    heads = [load_head(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    if not heads:
        raise BadState(f"{folder} holds no heads (*{SUFFIX}); `bonmot train` makes them")
    return Language(heads)


def weights_dir() -> Path:
    """Where the package keeps its heads and their model cards."""
    return Path(str(files("monitor"))) / "language" / "weights"
