"""The widest question to a platform that misses nothing a rule matches: what it cannot be asked falls away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitor.keywords.nodes import All, Any, Node, Not


@dataclass(frozen=True, slots=True)
class Term:
    """One operator of the platform."""

    text: str
    stands: bool = True
    """Whether it may be asked for alone."""
    is_negative: bool = False
    doubt: tuple[str, str] | None = None
    """What the platform reads otherwise than we do: the end of a sentence with a place for a name, and the name."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of several parts."""

    parts: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """At least one of several parts."""

    parts: tuple[Sent, ...]


Sent = Term | AllOf | OneOf
Cover = Sent | bool
"""True: every post, for the platform cannot be asked; False: no post of the platform."""
Say = Callable[[Node, bool], Cover]
"""What the platform can be asked for a part that is neither All, Any nor Not; the flag says that it must not stand."""


def cover(node: Node, say: Say, *, negated: bool = False) -> Cover:
    """What the platform can be asked: every post that surely meets the node (surely fails it, where negated) meets it.

    Negations are carried inwards, so that no group is ever negated.
    """
    if isinstance(node, Not):
        return cover(node.inner, say, negated=not negated)
    if isinstance(node, All | Any):
        parts = [cover(part, say, negated=negated) for part in node.parts]
        return all_of(parts) if isinstance(node, All) != negated else one_of(parts)
    return say(node, negated)


def all_of(parts: list[Cover]) -> Cover:
    """All of some covers; what the platform cannot be asked is left out."""
    if False in parts:
        return False
    kept = _flat(parts, AllOf)
    return _single(AllOf, kept, empty=True)


def one_of(parts: list[Cover]) -> Cover:
    """One of some covers; where the platform cannot be asked for one of them, it cannot be asked at all.

    Nor can it for one that only says what must not stand.
    """
    if any(part is True or (not isinstance(part, bool) and not _has_positive(part)) for part in parts):
        return True
    kept = _flat(parts, OneOf)
    return _single(OneOf, kept, empty=False)


def _single(kind: type[AllOf] | type[OneOf], kept: list[Sent], *, empty: bool) -> Cover:
    if not kept:
        return empty
    return kept[0] if len(kept) == 1 else kind(tuple(kept))


def _flat(parts: list[Cover], kind: type[AllOf] | type[OneOf]) -> list[Sent]:
    """What can be asked, each once, with parts of the same kind taken apart."""
    said = [part for part in parts if not isinstance(part, bool)]
    kept = [one for part in said for one in (part.parts if isinstance(part, kind) else (part,))]
    return list(dict.fromkeys(kept))


def terms_of(sent: Sent) -> Iterator[Term]:
    """Its operators."""
    if isinstance(sent, Term):
        yield sent
    else:
        for part in sent.parts:
            yield from terms_of(part)


def _has_positive(sent: Sent) -> bool:
    return any(not term.is_negative for term in terms_of(sent))


def stands(sent: Sent) -> bool:
    """Does every way to meet it hold an operator that may be asked for alone?"""
    if isinstance(sent, Term):
        return sent.stands and not sent.is_negative
    return any(map(stands, sent.parts)) if isinstance(sent, AllOf) else all(map(stands, sent.parts))


def to_text(sent: Sent) -> str:
    """As the platform reads it: side by side binds before OR."""
    if isinstance(sent, Term):
        return sent.text
    if isinstance(sent, OneOf):
        return " OR ".join(map(to_text, sent.parts))
    return " ".join(f"({to_text(part)})" if isinstance(part, OneOf) else to_text(part) for part in sent.parts)


def split(sent: Sent, most: int) -> list[str]:
    """As texts of at most so many characters, which together ask for all of it: nothing is lost, more may come.

    Choices are dealt out to several texts; what is too long even then sheds parts, those first that only narrow.
    """
    text = to_text(sent)
    if len(text) <= most:
        return [text]
    if isinstance(sent, OneOf):
        return _packed([part for alternative in sent.parts for part in split(alternative, most)], "", most)
    if isinstance(sent, Term):
        return []  # no operator is so long: rules are not
    choices = [part for part in sent.parts if isinstance(part, OneOf)]
    for choice in sorted(choices, key=lambda part: -len(to_text(part))):
        others = [part for part in sent.parts if part is not choice]
        beside = to_text(AllOf(tuple(others)))
        if others and all(len(beside) + len(to_text(part)) + 5 <= most for part in choice.parts):
            return _packed([*map(to_text, choice.parts)], beside, most)
    return split(_shed(sent), most)


def _packed(alternatives: list[str], beside: str, most: int) -> list[str]:
    """Alternatives joined by OR as long as they fit, each text with what must stand beside them."""
    found: list[list[str]] = []
    room = most - (len(beside) + len(" ()") if beside else 0)
    for alternative in alternatives:
        if found and len(" OR ".join([*found[-1], alternative])) <= room:
            found[-1].append(alternative)
        else:
            found.append([alternative])
    joined = (" OR ".join(group) for group in found)
    return [f"{beside} ({group})" if beside else group for group in joined]


def _shed(sent: AllOf) -> Sent:
    """All of its parts but one: the longest of those without which it may still be asked for."""
    best = max(
        (part for part in sent.parts if len(sent.parts) == 1 or any(stands(o) for o in sent.parts if o is not part)),
        key=lambda part: (not stands(part), len(to_text(part))),
    )
    kept = tuple(part for part in sent.parts if part is not best)
    return kept[0] if len(kept) == 1 else AllOf(kept)
