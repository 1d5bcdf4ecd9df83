"""As much of JSON Schema as the recorded schema of Block Kit uses; a word it does not know is an error, not a pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any, Any, "Schema"], Iterator[str]]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
}
_SILENT = frozenset({"$schema", "title", "description", "$defs", "format"})


class Schema:
    """One document with its definitions."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def errors(self, value: Any, at: str = "#") -> list[str]:
        """What is wrong with the value by the rule at `#/$defs/...`."""
        rule: Any = self._document
        for step in at.removeprefix("#").strip("/").split("/"):
            rule = rule[step] if step else rule
        return list(self.check(value, rule))

    def check(self, value: Any, rule: dict[str, Any]) -> Iterator[str]:
        """The sentences of one rule."""
        for word, asked in rule.items():
            if word == "$ref":
                yield from self.errors(value, asked)
            elif word == "additionalProperties":
                unknown = set(value) - set(rule["properties"]) if isinstance(value, dict) and not asked else set()
                yield from (f"unknown key {key}" for key in sorted(unknown))
            elif word not in _SILENT:
                yield from _CHECKS[word](value, asked, self)


def _properties(value: Any, asked: Any, schema: Schema) -> Iterator[str]:
    for key, rule in asked.items() if isinstance(value, dict) else ():
        if key in value:
            yield from (f"{key}: {error}" for error in schema.check(value[key], rule))


def _items(value: Any, asked: Any, schema: Schema) -> Iterator[str]:
    for i, one in enumerate(value) if isinstance(value, list) else ():
        yield from (f"{i}: {error}" for error in schema.check(one, asked))


def _of(least: int, most: int) -> Check:
    def check(value: Any, asked: Any, schema: Schema) -> Iterator[str]:
        failed = [list(schema.check(value, rule)) for rule in asked]
        if not least <= sum(not errors for errors in failed) <= most:
            same = [e for e, rule in zip(failed, asked, strict=True) if not _is_other_type(value, rule, schema)]
            yield f"fits {sum(not errors for errors in failed)} of {len(asked)} rules: {same}"

    return check


def _is_other_type(value: Any, rule: Any, schema: Schema) -> bool:
    return any(error.startswith("type: ") for error in schema.check(value, rule))


def _says(test: Callable[[Any, Any], bool], kind: type, what: str) -> Check:
    def check(value: Any, asked: Any, schema: Schema) -> Iterator[str]:
        if isinstance(value, kind) and not test(value, asked):
            yield f"{what} {asked!r:.80}, got {value!r:.80}"

    return check


def _type(value: Any, asked: Any) -> bool:
    return isinstance(value, _TYPES[asked]) and (asked == "boolean" or not isinstance(value, bool))


def _all(value: Any, asked: Any, schema: Schema) -> Iterator[str]:
    for rule in asked:
        yield from schema.check(value, rule)


def _not(value: Any, asked: Any, schema: Schema) -> Iterator[str]:
    if not list(schema.check(value, asked)):
        yield f"must not be {asked!r:.80}"


_CHECKS: dict[str, Check] = {
    "properties": _properties,
    "items": _items,
    "allOf": _all,
    "oneOf": _of(1, 1),
    "anyOf": _of(1, 10**6),
    "not": _not,
    "type": _says(_type, object, "a"),
    "const": _says(lambda value, asked: value == asked, object, "is"),
    "enum": _says(lambda value, asked: value in asked, object, "one of"),
    "required": _says(lambda value, asked: set(asked) <= set(value), dict, "has"),
    "minLength": _says(lambda value, asked: len(value) >= asked, str, "at least"),
    "maxLength": _says(lambda value, asked: len(value) <= asked, str, "at most"),
    "pattern": _says(lambda value, asked: re.search(asked, value) is not None, str, "like"),
    "minItems": _says(lambda value, asked: len(value) >= asked, list, "at least"),
    "maxItems": _says(lambda value, asked: len(value) <= asked, list, "at most"),
    "uniqueItems": _says(lambda value, asked: all(value.count(one) == 1 for one in value), list, "unique"),
    "minProperties": _says(lambda value, asked: len(value) >= asked, dict, "at least"),
    "minimum": _says(lambda value, asked: value >= asked, int, "at least"),
    "maximum": _says(lambda value, asked: value <= asked, int, "at most"),
}
