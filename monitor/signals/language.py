"""Whether people write in a language the brand speaks; the guard's word lists cannot read the others."""

from __future__ import annotations

import re
from datetime import datetime

from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context
from monitor.signals.reading import Voice

OURS_FROM = 0.5
"""Below half of the voices two people look, one of whom reads the language."""
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
}
_SMALL_WORDS = {
    "en": "the and you is to of it that this for are was with my what just not so they he we be have at your can do",
    "es": "que de el la los las por una con para es está pero como más muy qué del al su lo se",
    "pt": "que não uma com para você mais muito isso está ele ela dos das pra foi um são do no na",
    "fr": "le les des est pas pour une dans qui avec sur plus mais vous nous c'est je cette ça du et",
    "de": "der die das und ist nicht ich ein eine mit auf für von zu den dem wir sie es auch war",
    "pl": "nie się jest na że to jak ale czy tak już tylko dla przez po ma co jego za był",
    "it": "che di il non per una sono con più della questo anche gli è ma come del nel",
    "nl": "het een van niet dat ik zijn voor met op maar ook wat je naar aan bij nog wel",
    "tr": "bir bu ve çok için ne var ama gibi daha değil ben sen olan kadar",
    "id": "yang dan di itu dengan untuk tidak ini dari ada aku kamu saya juga",
}
_WORDS = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}


def measure(trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal:
    """The share of readable voices that write in the brand's languages; short cries count for no language."""
    told = [code for voice in context.reading_of(trend).voices if (code := language_of(voice)) is not None]
    if not told:
        return Signal("language", 0.5, "the texts are too short to tell a language")
    ours = sum(code in brand.languages for code in told) / len(told)
    why = f"{ours:.0%} of {len(told)} readable voices write in {', '.join(brand.languages)}"
    return Signal("language", ours, why, caution=why if ours < OURS_FROM else None)


def language_of(voice: Voice) -> str | None:
    """The two-letter code the source gave, else a guess by script and small words, else None."""
    given = next((post.lang for post in voice.posts if post.lang and post.lang != "und"), None)
    if given:
        return given[:2]
    if not voice.text.isascii():
        for code, script in _SCRIPTS.items():
            if script.search(voice.text):
                return code
    counts = {code: len(voice.words.tokens & words) for code, words in _WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= 2 or (counts[best] and best == "en") else None
