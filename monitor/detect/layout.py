"""Texts of a batch laid end to end as rows of folded letters, so that numpy passes over all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.detect import letters
from monitor.detect.letters import LETTER, fold
from monitor.detect.text import pieces

Codes = NDArray[np.uint8] | NDArray[np.uint32]
"""Letters, as narrow as the text allows."""
Letters = Callable[[Sequence[str]], tuple[Codes, NDArray[np.uint8]]]
"""Lays texts end to end: their letters, and the class of each."""
END = 1
"""Stands behind each text of a batch: a control character, which no folded text holds."""


def plain_letters(texts: Sequence[str]) -> tuple[Codes, NDArray[np.uint8]]:
    """As `folded_letters`, for texts of ASCII alone: a letter is a byte, and bytes are looked up by the thousand."""
    joined = "\1".join([*texts, ""])
    if joined.count("\1") > len(texts):
        joined = "\1".join([*(text.replace("\1", " ") for text in texts), ""])
    plain, classes = _byte_tables()
    folded = joined.encode("ascii").translate(plain)
    return _without_runs(np.frombuffer(folded, np.uint8), np.frombuffer(folded.translate(classes), np.uint8))


@cache
def _byte_tables() -> tuple[bytes, bytes]:
    """The plain form and the class of each character of ASCII; END stays what it is."""
    plain = letters.plain()[:256].copy()
    plain[END] = END
    return plain.astype(np.uint8).tobytes(), letters.classes()[:256].tobytes()


def folded_letters(texts: Sequence[str]) -> tuple[Codes, NDArray[np.uint8]]:
    """The texts as folded code points with END behind each, and their classes; three equal letters become one."""
    raw = _encoded(texts)
    codes = letters.plain()[raw]
    codes[raw == END] = END
    if not codes.all():
        codes = codes[codes != 0]
    return _without_runs(codes, letters.classes()[codes])


def _without_runs(codes: Codes, kinds: NDArray[np.uint8]) -> tuple[Codes, NDArray[np.uint8]]:
    """Letters and their classes; of three equal letters or more only one stays."""
    same = codes[1:] == codes[:-1]
    thrice = same[1:] & same[:-1]
    if not (thrice & ((kinds[2:] & LETTER) > 0)).any():
        return codes, kinds
    drop = same & ((kinds[1:] & LETTER) > 0)
    drop[1:] &= thrice | np.append(thrice[1:], False)
    drop[:1] &= thrice[:1]
    keep = np.append(True, ~drop)
    return codes[keep], kinds[keep]


def _encoded(texts: Sequence[str]) -> NDArray[np.uint32]:
    """The texts as code points, with END behind each."""
    joined = "\1".join([*texts, ""])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    if np.count_nonzero(codes == END) > len(texts):
        return _encoded([text.replace("\1", " ") for text in texts])
    return codes


def careful(texts: Sequence[str]) -> Sequence[str]:
    """The texts; those that cannot be folded letter by letter are taken apart by `pieces` first."""
    if not texts:
        return texts
    codes = _encoded(texts)
    hard = np.flatnonzero(letters.needs_care()[codes])
    texts = [*texts]
    for place in np.unique(np.searchsorted(np.flatnonzero(codes == END), hard)):
        # No word reaches over a space, so the parts that are plain may stay as they are.
        parts = (part if part.isascii() else _apart(part) for part in texts[place].split())
        texts[place] = " ".join(parts)
    return texts


@lru_cache(maxsize=1 << 12)
def _apart(part: str) -> str:
    """The words of a part of a text with spaces between them; the same names and pictures come again and again."""
    return " ".join(pieces(fold(part)))
