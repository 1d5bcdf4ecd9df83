"""What a model's draft has to pass beyond the checks of every text: it read strangers, and may do as they say. Pure.

A draft that fails is dropped. Nobody mends it: what was asked of a model once can be asked of it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex
from rapidfuzz import fuzz

from monitor.keywords import cut
from monitor.model import Account, Brand, Fact, Opportunity
from monitor.signals.words.common import word_set
from monitor.signals.words.tongue import tongue_of
from responders.drafting import harm
from responders.drafting.checks import COPIED_WORDS, problems
from responders.drafting.letters import fold, normalised, words
from responders.drafting.links import links
from responders.drafting.no_go import said
from responders.drafting.ranking import Candidate, Skipped, fact_of
from responders.drafting.tags import is_in_own_script
from responders.drafting.voice import HASHTAG
from responders.drafting.writer import Written
from responders.drafting.writer.prompt import Prompt
from responders.model import Draft

TEMPLATE = "model"
"""What stands where a template's name would."""

REPEATED = 90.0
"""Per cent of a draft that stands in one post in the same order: it is the post's text and not the model's."""
FEW_WORDS = 3
"""Shorter texts stand in many posts by chance."""
LONGEST_WORD = 24
MOST_LINES = 2

_CALLS = regex.compile(r"[@＠]\w[\w.@-]*")
_NUMBER = regex.compile(r"\+?\d[\d\s().-]{5,}\d")
_MARKUP = regex.compile(r"[<>\[\]{}|`\\*_~^＜＞｛｝]|&#?\w+;|^\s*(?:#{1,6}\s|[-+>]\s|\d+[.)]\s)|://", regex.M)
_JOINED = regex.compile(r"[\p{L}\p{N}-]*\p{L}\.\p{L}{2,}[\p{L}\p{N}.-]*")
"""Letters, a dot, letters: an address wherever it may lead, known ending or not."""
_DOTTED = regex.compile(r"\w\s*(?:\(dot\)|\[dot\]| dot |。|．)\s*\w", regex.I)
_MACHINE = (
    *("as an ai", "as a language model", "language model", "ai model", "ai assistant", "chatgpt", "openai", "my rules"),
    *("system prompt", "previous instructions", "my instructions", "instructions", "i cannot", "i can't", "i'm sorry"),
    *("here is a draft", "here are the drafts", "json", "approve", "approved", "auto approve", "ignore all"),
    *("dm me", "dm us", "click here", "link in bio", "password", "promo code", "discount code", "whatsapp", "telegram"),
)
"""What a machine says of itself, what its prompt says to it, and what scams ask for."""
_SMALL = word_set(
    "a an and are as at be by can for from go goes has have in is it its of on or so the to we you your with"
)


def candidates(
    written: Written, opportunity: Opportunity, brand: Brand, *, account: Account, recent: Sequence[str], model: str
) -> tuple[list[Candidate], list[Skipped]]:
    """The model's texts that pass everything, and why each other does not."""
    found: list[Candidate] = []
    skipped: list[Skipped] = []
    fact, evidence = fact_of(opportunity, brand), opportunity.trend.evidence
    for text in written.texts:
        against = problems(text, brand=brand, account=account, recent=recent, evidence=evidence)
        if written.prompt is not None:
            against += doubts(text, brand=brand, fact=fact, asked=written.prompt)
        if against:
            skipped.append(Skipped(TEMPLATE, "; ".join(against)))
        else:
            found.append(Candidate(Draft(account.key, text, TEMPLATE, model), _says(text, fact, brand)))
    return found, skipped


def doubts(text: str, *, brand: Brand, fact: Fact | None, asked: Prompt) -> list[str]:
    """Every reason to drop a model's text; empty when there is none."""
    return [
        *harm.doubts(text),
        *_addresses(text, brand),
        *_form(text),
        *_machine(text, brand),
        *_leaks(text, asked),
        *_repeats(text, asked.excerpts),
        *_language(text, brand),
        *_beside_the_point(text, fact, brand),
    ]


def _addresses(text: str, brand: Brand) -> Iterator[str]:
    allowed = {fold(word, drop_accents=False) for word in brand.voice.allow}
    readings = dict.fromkeys((text, fold(text, drop_accents=False)))  # a dot of another script is a dot to an eye
    held = {reading[link.start : link.end]: "address" for reading in readings for link in links(reading)}
    held |= {found: "address" for reading in readings for found in _JOINED.findall(reading)}
    held |= {found.rstrip(".-"): "name" for found in _CALLS.findall(text)}
    held |= dict.fromkeys(HASHTAG.findall(text), "hashtag")
    held |= dict.fromkeys(_NUMBER.findall(text), "number")
    held |= dict.fromkeys(_DOTTED.findall(text), "spelled-out address")
    for found, what in held.items():
        if fold(found, drop_accents=False) not in allowed:
            yield f"holds the {what} {found[:60]!r}, which the brand's voice does not allow"


def _form(text: str) -> Iterator[str]:
    markup = _MARKUP.search(text)
    if markup:
        yield f"holds markup: {markup[0].strip()!r}"
    if text.count("\n") >= MOST_LINES:
        yield f"has more than {MOST_LINES} lines"
    longest = max(map(len, text.split()), default=0)
    if longest > LONGEST_WORD:
        yield f"holds a word of {longest} characters, which may be a code"


def _machine(text: str, brand: Brand) -> Iterator[str]:
    for phrase in said(text, _MACHINE, brand=brand):
        yield f"says {phrase!r}, as machines and scams do"


def _leaks(text: str, asked: Prompt) -> Iterator[str]:
    squeezed = "".join(char for char in fold(text, drop_accents=True) if char.isalnum())
    marks = ("".join(char for char in mark.casefold() if char.isalnum()) for mark in (asked.canary, asked.mark))
    if any(mark in squeezed for mark in marks):
        yield "tells what it was told: the secret word of its rules"
    ours, rules = words(text), words(asked.system)
    told = {tuple(rules[at : at + COPIED_WORDS]) for at in range(len(rules) - COPIED_WORDS + 1)}
    if any(tuple(ours[at : at + COPIED_WORDS]) in told for at in range(len(ours) - COPIED_WORDS + 1)):
        yield "tells what it was told: a sentence of its rules"


def _repeats(text: str, excerpts: Sequence[str]) -> Iterator[str]:
    """Eight words in a row are an echo for every text; of what the model read, less is one as well."""
    ours = normalised(text)
    if len(ours.split()) < FEW_WORDS:
        yield f"has fewer than {FEW_WORDS} words"
        return
    for excerpt in excerpts:
        if fuzz.partial_ratio(ours, normalised(excerpt)) >= REPEATED and len(normalised(excerpt)) >= len(ours) // 2:
            yield "repeats what a stranger wrote"
            return


def _language(text: str, brand: Brand) -> Iterator[str]:
    if not is_in_own_script(text, brand):
        yield f"is not in a script of {brand.title}'s languages"
        return
    told = tongue_of(cut(text))
    if told is not None and told not in brand.languages:
        yield f"sounds like {told}, {brand.title} speaks {', '.join(brand.languages)}"


def _beside_the_point(text: str, fact: Fact | None, brand: Brand) -> Iterator[str]:
    """It has to speak of what the bridge is about: else whatever it says was not asked for."""
    if fact is None or _says(text, fact, brand):
        return
    known = {word for word in words(f"{fact.fact} {fact.name.replace('-', ' ')}") if word not in _SMALL}
    if not known & set(words(text)):
        yield f"does not speak of the fact {fact.name!r}"


def _says(text: str, fact: Fact | None, brand: Brand) -> bool:
    return fact is not None and bool(said(text, fact.terms, brand=brand))
