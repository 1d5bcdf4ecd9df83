"""Which posts say the same: longer texts that are equal or nearly so, whatever stands around them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import regex
from rapidfuzz import fuzz, process

from monitor.model import Post

EQUAL_WORDS = 6
"""Two people hardly write the same six words by chance, tags, mentions and links aside; shouts are shorter."""
NEAR_WORDS = 8
"""Nearly the same eight words neither; "who turned off the lights" has many endings."""
NEARLY = 85
"""So many of a hundred letters agree in order: another greeting before it, one word changed, another ending."""
COMPARED_CHARS = 64
"""Only the beginning is compared: copies are often cut off, and a text of this length fits one machine word."""
MAX_CHARS = 1000
"""What a post says stands in its beginning; the work stays bounded."""

_AROUND = regex.compile(r"https?://\S*|\brt\s+@\w+:?|[@#]\w+|&#?\w+;|\w*(?:…|\.\.\.)\s*$", regex.IGNORECASE)
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"
_WORD = regex.compile(rf"[{_UNSPACED}]{{1,3}}|[\w--[{_UNSPACED}]]+", regex.V1)
"""Scripts without spaces count three signs as a word."""
_RUN = regex.compile(r"(\w)\1{2,}")


def same_texts(posts: Sequence[Post]) -> list[list[Post]]:
    """The posts with longer texts, those together that say nearly the same; their order changes nothing."""
    by_text: dict[str, list[Post]] = {}
    for post in posts:
        if text := said(post.text):
            by_text.setdefault(text, []).append(post)
    texts = sorted(by_text)
    together: dict[int, list[Post]] = {}
    for text, group in zip(texts, _groups(texts), strict=True):
        together.setdefault(group, []).extend(by_text[text])
    return list(together.values())


@lru_cache(maxsize=8192)
def said(text: str) -> str:
    """What a text says by itself, without tags, mentions, links and signs; empty below EQUAL_WORDS words."""
    words = _WORD.findall(_RUN.sub(r"\1", _AROUND.sub(" ", text[:MAX_CHARS]).casefold()))
    return " ".join(words)[:COMPARED_CHARS] if len(words) >= EQUAL_WORDS else ""


def _groups(texts: list[str]) -> list[int]:
    """For each text the number of its group; whatever is near is joined, also through a third text."""
    group = list(range(len(texts)))
    longer = [at for at, text in enumerate(texts) if len(text) == COMPARED_CHARS or len(text.split()) >= NEAR_WORDS]
    if len(longer) < 2:
        return group
    compared = [texts[at] for at in longer]
    near = process.cdist(compared, compared, scorer=fuzz.ratio, score_cutoff=NEARLY, dtype=np.uint8)
    for left, right in np.argwhere(np.triu(near, k=1)).tolist():
        kept, gone = group[longer[left]], group[longer[right]]
        if kept != gone:
            group = [kept if one == gone else one for one in group]
    return group
