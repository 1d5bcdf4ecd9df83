"""A guess at the language of a short text, by its script and its small words."""

from __future__ import annotations

import re

from monitor.keywords import Words

_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "ur": re.compile("[\u0679\u0688\u0691\u06ba\u06d2]"),  # before Arabic, whose letters Urdu and Persian share
    "fa": re.compile("[\u067e\u0686\u0698\u06af]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "uk": re.compile("[\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
}
CLEAR = 3
"""Three small English words settle it; no other list here shares so many."""
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


def tongue_of(words: Words) -> str | None:
    """The two-letter code of the likeliest language, or None for a cry too short to tell."""
    if not words.text.isascii():
        for code, script in _SCRIPTS.items():
            if script.search(words.text):
                return code
    if len(words.tokens & _WORDS["en"]) >= CLEAR:
        return "en"
    counts = {code: len(words.tokens & small) for code, small in _WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= 2 or (counts[best] and best == "en") else None
