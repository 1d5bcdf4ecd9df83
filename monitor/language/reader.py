"""The door of the room: texts in, readings out; a language no head was trained on gives `unknown`, never a guess."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType

from monitor.errors import BadState
from monitor.keywords import cut
from monitor.language.grams import LONGEST
from monitor.language.heads import Head, Heads, label_of, named
from monitor.language.store import SUFFIX, load_head
from monitor.signals.words.tongue import tongue_of

UNKNOWN = "unknown"
"""The language of a text too short or too mixed to tell, and the label of every head that does not know a language."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the heads say of one text."""

    language: str
    """Two-letter code, or UNKNOWN."""
    shares: Mapping[str, Mapping[str, float]]
    """Head -> label -> probability, which sum to one; without the heads that do not know the language."""
    labels: Mapping[str, str]
    """Every head -> the label it names, or UNKNOWN."""

    def share(self, head: str, label: str) -> float | None:
        """The probability of a label; None where the head does not know the language or does not exist."""
        return self.shares.get(head, {}).get(label)


class Language:
    """The heads, ready to read. Holds no state: safe to call from any thread, but it computes, so not on the loop."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self._heads = Heads(heads)

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads in the order of their names."""
        return self._heads.heads

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Reading]:
        """One reading for each text, in order; `languages` are what the source said of them, two letters or None.

        Raises ValueError when there are more or fewer languages than texts.
        """
        given = [None] * len(texts) if languages is None else languages
        return [self._read(text, code) for text, code in zip(texts, given, strict=True)]

    def _read(self, text: str, given: str | None) -> Reading:
        code = (given or "")[:2].casefold()
        if code in ("", "un"):  # X writes `und` where it cannot tell
            code = tongue_of(cut(text[:LONGEST])) or UNKNOWN
        knowing = [head for head in self._heads.heads if code in head.languages]
        labels = {head.name: UNKNOWN for head in self._heads.heads}
        if not knowing:
            return Reading(code, {}, labels)
        found = self._heads.probabilities(text)
        labels |= {head.name: label_of(head, found[head.name]) for head in knowing}
        return Reading(code, {head.name: named(head, found[head.name]) for head in knowing}, labels)


class LanguageRoom:
    """Runs a Language in one thread of its own, so that reading never holds up the event loop; for `async with`."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="language")

    async def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Reading]:
        """As Language.read. A caller that is cancelled stops waiting; the texts in hand are still read to their end."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._language.read, texts, languages)

    async def __aenter__(self) -> LanguageRoom:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)


def load(folder: Path | None = None) -> Language:
    """Read every head in the folder, by default the ones in the package; tens of milliseconds, so not on the loop.

    Raises BadState where there is none, or one that is damaged.
    """
    folder = weights_dir() if folder is None else folder
    heads = [load_head(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    if not heads:
        raise BadState(f"{folder} holds no heads (*{SUFFIX}); `bonmot train` makes them")
    return Language(heads)


def weights_dir() -> Path:
    """Where the package keeps its heads and their cards."""
    return Path(str(files("monitor"))) / "language" / "weights"
