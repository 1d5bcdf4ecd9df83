"""Which hashtag of a trend may stand in a draft: the only thing of strangers that ever does."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from monitor.model import Brand, Post, Trend
from responders.drafting.no_go import said

MAX_CHARS = 30
"""Longer tags are sentences, and sentences of strangers are not repeated."""
MIN_VOICES = 10
"""A tag that fewer different people use may be one person's, or a handful's, to plant."""

_TAG = regex.compile(r"(?<![\w&/])[#＃](\w+)")
_MENTION = regex.compile(r"(?<![\w/])[@＠](\w+)")
_PLAIN = regex.compile(r"[\p{L}\p{N}]+")
_HUMP = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})")

# The scripts a brand's languages are written in; a language that is not listed here is written in Latin letters.
_SCRIPTS = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "mn"), r"\p{Cyrillic}"),
    **dict.fromkeys(("ar", "fa", "ur", "ps"), r"\p{Arabic}"),
    **dict.fromkeys(("hi", "mr", "ne"), r"\p{Devanagari}"),
    "el": r"\p{Greek}",
    "he": r"\p{Hebrew}",
    "ja": r"\p{Han}\p{Hiragana}\p{Katakana}ー",
    "ko": r"\p{Hangul}",
    "th": r"\p{Thai}",
    "zh": r"\p{Han}",
}
_MARKED_LATIN = r"\p{Latin}"

# What a brand never wants beside its joke. Searched inside the tag as well, since tags run words together;
# so every entry is long enough not to sit inside a harmless word.
_GRAVE = regex.compile(
    "abuse|attack|bomb|boycott|cancer|casualt|coffin|corpse|crash|dead|death|disaster|explosi|fatal|funeral|genocid"
    "|hostage|injur|kidnap|killed|killer|massacre|memorial|mourn|murder|prayfor|prayers|racis|shooting|slaughter"
    "|suicid|terror|traged|victim|wound|nazi|pedo|fuck|shit|bitch|cunt|whore|slut|nigg|faggot|retard|porn|nude"
)
_GRAVE_WORDS = ("rip", "die", "died", "dies", "war", "gun", "guns", "rape", "grief", "tribute", "virus", "pray", "riot")
_RUDE_WORDS = ("isis", "kkk", "sex", "cum", "ass", "hate")


def cleared_tag(trend: Trend, brand: Brand) -> tuple[str | None, str]:
    """The trend's first hashtag that may be repeated, with `#`, and why; or None and what stands against each."""
    reasons: list[str] = []
    for tag in _tags(trend):
        against = against_tag(tag, brand=brand, evidence=trend.evidence)
        if against is None:
            return f"#{tag}", f"#{tag} is used by many and harmless"
        reasons.append(f"#{tag} {against}")
    return None, "; ".join(reasons[:3]) or "the trend has no hashtag"


def against_tag(tag: str, *, brand: Brand, evidence: Sequence[Post]) -> str | None:
    """Why this tag may not be repeated, as the end of a sentence; None when it may."""
    if len(tag) > MAX_CHARS:
        return f"has more than {MAX_CHARS} characters"
    if not _PLAIN.fullmatch(tag) or tag.isdigit():
        return "is not made of letters and digits"
    if not _in_own_script(tag, brand):
        return f"is not in a script of {brand.title}'s languages"
    named = {name.casefold() for post in evidence for name in _MENTION.findall(post.text)}
    if tag.casefold() in named:
        return "is somebody's name: people mention it with @"
    bad = _bad_word(tag, brand)
    if bad is not None:
        return f"holds {bad!r}"
    voices = _voices(tag, evidence)
    return None if voices >= MIN_VOICES else f"is used by {voices} different people, at least {MIN_VOICES} are needed"


def _tags(trend: Trend) -> list[str]:
    """The trend's own hashtags as most people write them, strongest first."""
    written: dict[str, dict[str, int]] = {}
    for post in trend.evidence:
        for tag in _TAG.findall(post.text):
            forms = written.setdefault(tag.casefold(), {})
            forms[tag] = forms.get(tag, 0) + 1
    ours = [term[1:].casefold() for term in trend.terms if term.startswith("#") and len(term) > 1]
    return [_commonest(written[tag]) for tag in ours if tag in written]


def _commonest(forms: dict[str, int]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))


def is_in_own_script(text: str, brand: Brand) -> bool:
    """Whether every letter is of a script that the brand's languages are written in."""
    own = "".join(_SCRIPTS.get(language, _MARKED_LATIN) for language in brand.languages)
    return not regex.search(rf"[\p{{L}}--[{own}a-zA-Z]]", text, regex.V1)


def _in_own_script(tag: str, brand: Brand) -> bool:
    if tag.isascii():
        return True
    own = "".join(_SCRIPTS.get(language, _MARKED_LATIN) for language in brand.languages if language != "en")
    return bool(own) and bool(regex.fullmatch(rf"[{own}a-zA-Z0-9]+", tag))


def _bad_word(tag: str, brand: Brand) -> str | None:
    """A word in the tag that the brand must not stand beside, whether set apart by capitals or run together."""
    spaced = _HUMP.sub(" ", tag)
    ours = (*brand.no_go, *brand.competitors)
    for reading in (spaced, tag):
        found = said(reading, (*ours, *_GRAVE_WORDS, *_RUDE_WORDS), brand=brand)
        if found:
            return found[0]
    lowered = tag.casefold()
    grave = _GRAVE.search(lowered)
    if grave:
        return str(grave[0])
    # Four letters sit inside too many harmless words; from five on a run-together name is meant.
    inside = (word.casefold().replace(" ", "") for word in ours)
    return next((word for word in inside if len(word) >= 5 and word in lowered), None)


def _voices(tag: str, evidence: Sequence[Post]) -> int:
    """Different people who used it in posts of their own; without authors, different texts."""
    lowered = tag.casefold()
    own = (post for post in evidence if post.repost_of is None)
    users = (post for post in own if lowered in (found.casefold() for found in _TAG.findall(post.text)))
    return len({post.author or " ".join(post.text.casefold().split()) for post in users})
