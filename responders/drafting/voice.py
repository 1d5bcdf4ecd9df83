"""What a brand's own rules of voice have against a text: too many signs, claims nobody proved. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from monitor.model import ANY_PRICE, Brand, Claim
from responders.drafting.letters import count_emoji
from responders.drafting.no_go import said

HASHTAG = regex.compile(r"(?<![\w&/])[#＃]\w+")
_PRICE = regex.compile(
    r"[$€£¥₹]\s?\d|\d[\d.,]*\s?(?:[$€£¥₹]|(?:usd|eur|gbp|dollars?|euros?|pounds?|cents?|bucks?|zł)\b)"
    r"|\d+\s?(?:%|per ?cent)|\b(?:half price|for free|free of charge)\b",
    regex.I,
)


def against(text: str, brand: Brand) -> Iterator[str]:
    """Every broken rule of the brand's voice, as a sentence for the person who has to mend the text."""
    voice = brand.voice
    yield from _too_many(count_emoji(text), voice.emoji, "emoji")
    yield from _too_many(len(HASHTAG.findall(text)), voice.hashtags, "hashtags")
    for claim in voice.claims:
        if not claim.proof:
            for phrase in claimed(text, claim, brand=brand):
                yield f"claims {phrase!r} and {brand.title} names no proof of it"


def proofs(text: str, brand: Brand) -> list[tuple[str, str]]:
    """What the text claims that has a proof, and where it can be looked up: for the person who says yes."""
    return [
        (phrase, claim.proof)
        for claim in brand.voice.claims
        if claim.proof
        for phrase in claimed(text, claim, brand=brand)
    ]


def claimed(text: str, claim: Claim, *, brand: Brand) -> list[str]:
    """Which phrases of the claim stand in the text; a price as it is written there."""
    found = said(text, [phrase for phrase in claim.phrases if phrase.casefold() != ANY_PRICE], brand=brand)
    if len(found) < len(claim.phrases) and ANY_PRICE in map(str.casefold, claim.phrases):
        price = _PRICE.search(text)
        found += [price[0]] if price else []
    return found


def _too_many(count: int, most: int | None, what: str) -> Iterator[str]:
    if most is not None and count > most:
        yield f"holds {count} {what}, the brand's voice allows {most}"
