"""The rules that X holds for our stream, made to be those that are wanted. Others than ours are left alone.

X cannot change a rule: it is deleted and added again. Ours are known by their tag, `bonmot:NAME:HASH of the text`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from monitor.errors import Refused, Unavailable
from monitor.sources.x.answers import Answer, BadQuery
from monitor.sources.x.api import Api
from monitor.visible import visible

PATH = "/2/tweets/search/stream/rules"
OURS = "bonmot:"
TOGETHER = 100
MOST_ROUNDS = 5
"""Of leaving out what X refuses and sending the rest again."""


class _Standing(msgspec.Struct):
    id: str
    value: str
    tag: str | None = None


class _Problem(msgspec.Struct):
    type: str = ""
    title: str = ""
    detail: str = ""
    value: str = ""
    details: list[str] = []


class _Answer(msgspec.Struct):
    data: list[_Standing] = []
    errors: list[_Problem] = []


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: rules to add, by name, and ids to delete."""

    add: Mapping[str, str]
    delete: tuple[str, ...]


def tag_of(name: str, text: str) -> str:
    """How a rule of ours is known again, and whether its text is still the same."""
    return f"{OURS}{name}:{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def name_of(tag: str) -> str | None:
    """The name in a tag of ours; None for others."""
    return tag.removeprefix(OURS).rpartition(":")[0] or None if tag.startswith(OURS) else None


def plan(standing: Sequence[_Standing], wanted: Mapping[str, str]) -> Plan:
    """What makes the rules that stand to those that are wanted, by name."""
    tags = {tag_of(name, text): name for name, text in wanted.items()}
    kept = {rule.tag: rule.id for rule in standing if rule.tag in tags}
    ours = [rule for rule in standing if rule.tag is not None and rule.tag.startswith(OURS)]
    add = {name: wanted[name] for tag, name in tags.items() if tag not in kept}
    return Plan(add, tuple(rule.id for rule in ours if rule.id not in kept.values()))


async def standing_names(api: Api, texts: Mapping[str, str]) -> set[str]:
    """The names of ours that stand with these very texts, from an earlier run."""
    tags = {tag_of(name, text): name for name, text in texts.items()}
    return {tags[rule.tag] for rule in await _listed(api) if rule.tag in tags}


async def sync(api: Api, wanted: Mapping[str, str]) -> dict[str, str]:
    """Make X hold the rules that are wanted; those it does not take, by name, with the reason in words.

    Raises Refused where X takes no more rules at all, and what any other answer means.
    """
    todo = plan(await _listed(api), wanted)
    for start in range(0, len(todo.delete), TOGETHER):
        ids = list(todo.delete[start : start + TOGETHER])
        await api.send("POST", PATH, door="rules_change", body={"delete": {"ids": ids}})
    refused: dict[str, str] = {}
    names = list(todo.add)
    for start in range(0, len(names), TOGETHER):
        refused |= await _add(api, {name: wanted[name] for name in names[start : start + TOGETHER]})
    return refused


async def wrong_rules(api: Api, rules: Mapping[str, str]) -> dict[str, str]:
    """The rules that X would not take, by name, with the reason in words; nothing is changed. Raises as `sync` does."""
    found, names = dict[str, str](), list(plan(await _listed(api), rules).add)
    for start in range(0, len(names), TOGETHER):
        found |= await _add(api, {name: rules[name] for name in names[start : start + TOGETHER]}, is_dry=True)
    return found


async def _listed(api: Api) -> list[_Standing]:
    return _read(await api.get(PATH, door="rules")).data


async def _add(api: Api, wanted: Mapping[str, str], *, is_dry: bool = False) -> dict[str, str]:
    """X takes a list of rules whole or not at all: what it refuses is left out, and the rest sent again."""
    left, refused = dict(wanted), dict[str, str]()
    for _ in range(MOST_ROUNDS):
        if not left:
            break
        body = {"add": [{"value": text, "tag": tag_of(name, text)} for name, text in left.items()]}
        answer = await _asked(api, body, {"dry_run": "true"} if is_dry else {})
        taken = {rule.tag for rule in answer.data}
        left = {name: text for name, text in left.items() if tag_of(name, text) not in taken}
        told = _refused(answer.errors, left)
        refused |= told
        left = {name: text for name, text in left.items() if name not in told}
        if not told:
            break
    return refused if is_dry else refused | dict.fromkeys(left, "X did not take it, and does not say why")


async def _asked(api: Api, body: Any, params: Mapping[str, str]) -> _Answer:
    try:
        return _read(await api.send("POST", PATH, door="rules_change", params=params, body=body))
    except BadQuery as error:  # some deployments answer 400 where others answer 200 with the same errors
        if error.answer is None:
            raise
        read = _read(error.answer)
        if not read.errors:
            raise
        return read


def _refused(errors: Sequence[_Problem], sent: Mapping[str, str]) -> dict[str, str]:
    """What X says of each rule that it refuses, by name. Raises Refused where there is no room for more."""
    told = {}
    names = {text: name for name, text in sent.items()}
    for error in errors:
        name = names.get(error.value)
        kind = error.type.rpartition("/")[2]
        if kind == "rule-cap":
            said = f"X takes no more rules (rule-cap{_words(error)})"
            raise Refused(f"{said}: the first that is too many is {name or 'one of ours'}; take rules out")
        if name is None:
            continue
        if kind == "duplicate-rules":
            told[name] = "the same rule stands already under a tag that is not ours (duplicate-rules): delete it there"
        else:
            told[name] = f"X does not take it ({kind or 'no reason'}{_words(error)}): {visible(error.value)[:80]}"
    return told


def _words(error: _Problem) -> str:
    said = "; ".join(part for part in (error.detail, *error.details) if part)
    return f": {visible(said)[:200]}" if said else ""


def _read(answer: Answer) -> _Answer:
    try:
        return msgspec.json.decode(answer.body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable(f"an odd answer about rules: {visible(str(error))[:100]}") from error
