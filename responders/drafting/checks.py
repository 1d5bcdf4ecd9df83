"""What stands against posting a text, in sentences for the person who has to mend it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

import regex
from rapidfuzz import fuzz

from monitor.errors import BadInput
from monitor.model import Account, Brand, Post
from responders.drafting import harm, voice
from responders.drafting.lengths import measure
from responders.drafting.letters import hidden, is_unspaced, named, normalised, words
from responders.drafting.no_go import said

NEAR_COPY = 85.0
"""Per cent of letters in common, in any order of the words: above it fewer than about one letter in seven differs,
and a follower reads the same post again."""

COPIED_WORDS = 8
"""So many words in a row are no accident: they are somebody's sentence. Common phrases are shorter."""
COPIED_CHARS = 16
"""The same in a script without spaces, at two characters a word."""

READ_CHARS = 2000
"""Of a stranger's post so much is compared: more than any network's ordinary post holds."""

SHOUTED_LETTERS = 12
SHOUTED_SHARE = 0.7
"""A short name may be all capitals; from a dozen letters on, seven in ten capitals are shouting."""

MAX_MARKS = 3
"""Combining marks on one letter: no living script stacks more."""

_MENTION = regex.compile(r"(?<![\w@＠])[@＠](\w[\w.-]*(?:@[\w.-]*\w)?)")
_SLOT = regex.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_SCHEME = regex.compile(r"(?<![\w+.-])(?:([a-z][a-z0-9+.-]{1,20})://|(javascript|data|file|mailto|tel):)\S+", regex.I)
_PILED_MARKS = regex.compile(rf"\p{{Mn}}{{{MAX_MARKS + 1},}}")
_WEB_LINK = regex.compile(r"https?://\S+", regex.I)
_HASHTAG = regex.compile(r"[#＃]\w+")
_MANY_BANGS = regex.compile(r"[!！]{3,}")


def problems(
    text: str, *, brand: Brand, account: Account, recent: Sequence[str] = (), evidence: Sequence[Post] = ()
) -> list[str]:
    """Every reason not to post `text` as `account`, worst first; empty when there is none.

    `recent` are earlier texts of the brand, `evidence` the strangers' posts it answers.
    """
    if not text.strip():
        return ["the text is empty"]
    return [
        *_hidden(text),
        *_leftovers(text),
        *_length(text, account),
        *_words(text, brand),
        *voice.against(text, brand),
        *harm.against(text, brand),
        *_mentions(text, brand),
        *_links(text),
        *_shouting(text),
        *_own_copies(text, recent),
        *_foreign_copies(text, evidence),
    ]


def spoken(text: str, brand: Brand) -> list[str]:
    """Every reason not to say this in the brand's name, on a picture for one, whatever the network."""
    return [
        *_hidden(text),
        *_leftovers(text),
        *_words(text, brand),
        *voice.against(text, brand),
        *harm.against(text, brand),
        *_mentions(text, brand),
    ]


def is_near_copy(text: str, other: str) -> bool:
    """Whether a follower would take the two for the same post."""
    return likeness(text, other) >= NEAR_COPY


def likeness(text: str, other: str) -> float:
    """0 to 100: how alike the words of two texts are, whatever their order; links, case and punctuation left out."""
    one, two = normalised(text), normalised(other)
    if not one or not two:
        return 100.0 if text.split() == other.split() else 0.0
    return max(fuzz.ratio(one, two), fuzz.token_sort_ratio(one, two))


def _hidden(text: str) -> Iterator[str]:
    for char in sorted(set(hidden(text))):
        yield f"holds the invisible character {named(char)}; take it out"
    if _PILED_MARKS.search(text):
        yield f"piles more than {MAX_MARKS} marks on one letter; write it plainly"


def _leftovers(text: str) -> Iterator[str]:
    left = _SLOT.search(text)
    if left:
        yield f"still holds a piece of a template: {left[0]}"


def _length(text: str, account: Account) -> Iterator[str]:
    try:
        length = measure(account.platform, text)
    except BadInput as error:
        yield f"cannot be measured: {error}"
        return
    if not length.fits:
        yield f"too long: {length.used} {length.unit} of {length.limit} ({account.platform}), {length.over} too many"


def _words(text: str, brand: Brand) -> Iterator[str]:
    for word in said(text, brand.no_go, brand=brand):
        yield f"says {word!r}, which {brand.title} never says"
    for rival in said(text, brand.competitors, brand=brand):
        yield f"names the competitor {rival!r}; naming one is a decision of its own, not a quick post"


def _mentions(text: str, brand: Brand) -> Iterator[str]:
    ours = {account.handle.casefold() for account in brand.accounts}
    ours |= {name[1:].casefold() for name in brand.own_names if name.startswith("@")}
    for name in dict.fromkeys(match.rstrip(".-") for match in _MENTION.findall(_WEB_LINK.sub(" ", text))):
        if name.casefold() not in ours:
            yield f"mentions @{name}, not one of {brand.title}'s own accounts; nobody is called unasked"


def _links(text: str) -> Iterator[str]:
    for match in _SCHEME.finditer(text):
        scheme, link = (match[1] or match[2]).lower(), match[0]
        if scheme not in {"http", "https"}:
            yield f"links to {_short(link)}: only http and https links may be posted"
        elif _has_login(link):
            yield f"links to {_short(link)}: what stands before the @ hides where the link goes"


def _has_login(link: str) -> bool:
    try:
        return "@" in urlsplit(link).netloc
    except ValueError:
        return True


def _shouting(text: str) -> Iterator[str]:
    letters = [char for char in _HASHTAG.sub("", text) if char.isupper() or char.islower()]
    capitals = sum(1 for char in letters if char.isupper())
    if len(letters) >= SHOUTED_LETTERS and capitals > SHOUTED_SHARE * len(letters):
        yield f"shouts: {capitals} of {len(letters)} letters are capitals"
    if _MANY_BANGS.search(text):
        yield "shouts: three exclamation marks in a row"


def _own_copies(text: str, recent: Sequence[str]) -> Iterator[str]:
    alike = max(((likeness(text, earlier), earlier) for earlier in recent), default=(0.0, ""))
    if alike[0] >= NEAR_COPY:
        share = f"{alike[0]:.0f} % the same (from {NEAR_COPY:.0f} % on it reads as a repeat)"
        yield f"is {share} as our earlier post {_short(alike[1])!r}"


def _foreign_copies(text: str, evidence: Sequence[Post]) -> Iterator[str]:
    ours = words(text)
    size = COPIED_CHARS if is_unspaced(text) else COPIED_WORDS
    runs = set(_runs(ours, size))
    if not runs:
        return
    for post in evidence:
        shared = next((run for run in _runs(_foreign_words(post.text[:READ_CHARS]), size) if run in runs), None)
        if shared is not None:
            what = "".join(shared) if is_unspaced(text) else " ".join(shared)
            yield f"copies somebody else's words: {_short(what)!r} stands in post {post.id}"
            return


@lru_cache(maxsize=256)
def _foreign_words(text: str) -> list[str]:
    """The words of one stranger's post; every draft of an opportunity is held against the same posts."""
    return words(text)


def _runs(tokens: list[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1))


def _short(text: str) -> str:
    """One line of at most 60 characters, without anything a terminal would obey."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= 60 else line[:59] + "…"
