"""A readable name, the terms to show and the posts to read, all taken from what people wrote."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import regex

from monitor.detect.recent import Seen
from monitor.detect.text import KEPT_READINGS, normalise, read, singular, visible, without_links, worth
from monitor.detect.words import ABUSE
from monitor.model import Post

NAME_CHARS = 60
SHOWN_TERMS = 8
SAMPLES = (3, 5)
PHRASE_WORDS = 4
"""Longest phrase looked for in the posts of a trend."""
MIN_SHARE = 0.12
"""A term is worth showing when this part of the trend's posts has it."""
MIN_LIFT = 2.0
"""... and that is so many times its part of all other posts."""
MAX_USUAL = 0.05
"""A term that more than this part of the other posts has is no news, unless it burst itself."""
ABSORBS = 0.6
"""A longer phrase stands for its parts when it holds this much of their posts."""

_HANDLE = regex.compile(r"(?:^\s*RT\s+)?[.@]?@\w[\w.\-]*:?")
_SOMEBODY = "\ue000"
"""Stands where a handle was, so that half a sentence is known as such."""
_TAG_ROW = regex.compile(r"(?:\s*#\w+)+\s*$|(?:#\w+\s+){2,}", regex.MULTILINE)
_INLINE_TAG = regex.compile(r"((?:^|[\n.,!?])\s*(?:[^\s#]+\s+){3,})#\w+(?=\s)", regex.MULTILINE)
"""A tag behind three words or more: they are a clause by themselves, and what follows it is another."""
_EDGE = " .,!?-–—:'’*_~/&<>^=+"
_CLAUSE = regex.compile(r"[\n.!?…;|•\"“”«»(){}\[\]]+(?=\s|$)|[\n…;|•\"“”«»(){}\[\]]+|\s[-–—:]+\s|:\s")
_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\uFE0F\u200d🏴\U000E0020-\U000E007F--[0-9#*]]+",
    regex.VERSION1,
)
_SPACE = regex.compile(r"\s+")
_HAS_LETTER = regex.compile(r"\p{L}")


@dataclass(frozen=True, slots=True)
class Description:
    """How a trend is shown to people."""

    name: str
    terms: tuple[str, ...]
    samples: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """One post of the trend, taken apart for naming."""

    seen: Seen
    words: tuple[str, ...]


Usual = Callable[[str], float]
"""The part of the other posts of the same time that has a term, to know what is nothing special."""


def describe(bursts: frozenset[str], inside: Sequence[Seen], usual: Usual) -> Description:
    """Name a trend from its posts and the terms that burst in it."""
    texts = [_Text(seen, read(seen.post.text).words) for seen in inside if seen.is_voice]
    texts = texts or [_Text(seen, read(seen.post.text).words) for seen in inside]
    weights = _weights(texts, usual, bursts)
    terms = _shown(weights, bursts)
    name = _name(texts, weights) or _listed(terms)
    return Description(name, terms, _samples(texts, weights))


def _weights(texts: list[_Text], usual: Usual, bursts: frozenset[str]) -> dict[str, float]:
    """Every phrase that sets the trend apart with its weight: how common inside, times the log of how much more."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_phrases(text.words))
    weights: dict[str, float] = {}
    for phrase, count in counts.items():
        share = count / len(texts)
        if not _bursts(phrase, bursts) and (share < MIN_SHARE or count < 3):
            continue
        rare = min(usual(word) for word in phrase.split() if worth(word))
        lift = (share + 0.01) / (rare + 0.01)
        if _bursts(phrase, bursts) or (lift >= MIN_LIFT and rare <= MAX_USUAL):
            weights[phrase] = share * max(0.1, math.log(lift))
    if not weights:  # what they say is what everybody says: then that is the name
        common = sorted(counts, key=lambda phrase: (-counts[phrase], phrase))[:SHOWN_TERMS]
        weights = {phrase: counts[phrase] / len(texts) for phrase in common}
    return weights


def _bursts(phrase: str, bursts: frozenset[str]) -> bool:
    return phrase in bursts or singular(phrase) in bursts


@lru_cache(maxsize=KEPT_READINGS)
def _phrases(words: tuple[str, ...]) -> frozenset[str]:
    """Words and phrases of a text that may be shown: no mention, no common word at either end."""
    bare = [word.lstrip("#") for word in words]
    worths = [worth(word) if word[0].isalnum() else 0 for word in words]
    found: set[str] = {bare[at] for at, word in enumerate(words) if word[0] != "@" and worth(bare[at]) == 2}
    for start, value in enumerate(worths):
        for end in range(start + 1, min(start + PHRASE_WORDS, len(words)) if value else start):
            if not words[end][0].isalnum():
                break
            if worths[end]:
                found.add(" ".join(words[start : end + 1]))
    return frozenset(found)


def _shown(weights: dict[str, float], bursts: frozenset[str]) -> tuple[str, ...]:
    """The terms for a card, the most telling first; a phrase stands for its words, abuse and mentions stay out."""
    ranked = sorted(weights, key=lambda term: (-weights[term] * (1.5 if _bursts(term, bursts) else 1.0), term))
    kept: list[str] = []
    for term in ranked:
        if len(kept) >= SHOWN_TERMS:
            break
        if _is_abusive(term.split()) or any(_holds(other, term) for other in kept):
            continue
        parts = [other for other in kept if _holds(term, other) and weights[term] >= ABSORBS * weights[other]]
        if parts:
            kept[kept.index(parts[0])] = term
            kept = [other for other in kept if other == term or other not in parts]
        elif not any(_holds(term, other) for other in kept):
            kept.append(term)
    return tuple(kept)


def _holds(phrase: str, part: str) -> bool:
    return phrase != part and f" {part} " in f" {phrase} "


def _name(texts: list[_Text], weights: dict[str, float]) -> str:
    """The clause somebody wrote that says most of what the trend is about, in the fewest words."""
    best, best_score = "", 0.0
    candidates = [candidate for text in texts for candidate in _candidates(text.seen.post.text)]
    echoes = Counter(words for _, words in candidates)
    for clause, words in candidates:
        score = _score(words, weights) * (1.0 + 0.3 * math.log(echoes[words])) * _tidiness(clause)
        if score > best_score or (score == best_score and clause < best):
            best, best_score = clause, score
    return best[:1].upper() + best[1:] if best.split(" ")[0].islower() else best


@lru_cache(maxsize=KEPT_READINGS)
def _candidates(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The clauses of a post that may be a name, each with its words."""
    spelt = ((clause, tuple(word.lstrip("#") for word in read(clause).words)) for clause in clauses(text))
    return tuple((clause, words) for clause, words in spelt if 2 <= len(words) <= 14 and not _is_abusive(words))


def _score(words: tuple[str, ...], weights: dict[str, float]) -> float:
    said = math.fsum(weights.get(word, 0.0) for word in set(words))  # exact, so that no order of the set shows
    said += 0.5 * sum(weights.get(f"{left} {right}", 0.0) for left, right in pairwise(words))
    return said / math.pow(4.0 + len(words), 0.45)


def _tidiness(clause: str) -> float:
    """Less for shouting, for a clause that starts in the middle and for one that had to be cut."""
    return (
        (0.8 if clause.isupper() else 1.0)
        * (0.85 if clause.endswith("…") else 1.0)
        * (1.0 if clause[:1].isupper() or not clause[:1].isalpha() else 0.9)
    )


def clauses(text: str) -> list[str]:
    """The parts of a post that could be a name: at most NAME_CHARS, without links, handles, emoji and trailing tags."""
    plain = _HANDLE.sub(f"\n{_SOMEBODY}", without_links(visible(text)))
    plain = _INLINE_TAG.sub(r"\1\n", _TAG_ROW.sub("\n", plain))
    plain = _EMOJI.sub("\n", plain).replace("#", "")
    found = []
    for part in _CLAUSE.split(plain):
        clause = _SPACE.sub(" ", part).strip(_EDGE)
        lost_its_subject = clause.startswith(_SOMEBODY) and clause.strip(_SOMEBODY + _EDGE)[:1].islower()
        clause = clause.strip(_SOMEBODY + _EDGE)
        if _HAS_LETTER.search(clause) and not lost_its_subject:
            found.append(clause if len(clause) <= NAME_CHARS else _cut(clause))
    return found


def _cut(clause: str) -> str:
    """The first words that fit, with an ellipsis."""
    head, _, _ = clause[: NAME_CHARS - 1].rpartition(" ")
    return f"{head or clause[: NAME_CHARS - 1]}…"


def _is_abusive(words: Iterable[str]) -> bool:
    return any(word.lstrip("#") in _ABUSE for word in words)


def _listed(terms: tuple[str, ...]) -> str:
    """The terms themselves, where no clause can be shown."""
    name = ""
    for term in terms:
        longer = f"{name}, {term}" if name else term
        if len(longer) > NAME_CHARS:
            break
        name = longer
    return name or "(nothing to show)"


def _samples(texts: list[_Text], weights: dict[str, float]) -> tuple[Post, ...]:
    """Three to five posts that say much of the trend and little of each other."""
    ranked = sorted(texts, key=lambda text: (-_sample_score(text, weights), text.seen.post.id))
    chosen: list[_Text] = []
    for most_alike in (0.5, 0.8, 1.1):
        for text in ranked:
            wanted = SAMPLES[1] if most_alike == 0.5 else SAMPLES[0]
            if len(chosen) >= wanted:
                break
            if text not in chosen and all(_alike(text, other) < most_alike for other in chosen):
                chosen.append(text)
    return tuple(text.seen.post for text in chosen)


def _sample_score(text: _Text, weights: dict[str, float]) -> float:
    score = _score(tuple(word.lstrip("#") for word in text.words), weights)
    return score * (0.3 if _is_abusive(text.words) else 1.0)


def _alike(one: _Text, other: _Text) -> float:
    """Part of the words that two texts share."""
    left, right = set(one.words), set(other.words)
    return len(left & right) / max(1, len(left | right))


_ABUSE = ABUSE | {normalise(word) for word in ABUSE}
