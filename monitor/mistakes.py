"""What a schema refuses, said in words: the limit, what was seen, and the nearest right word."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from monitor.visible import visible
from monitor.yamlfile import Document, Mistake, Spot, Trail

M = TypeVar("M", bound=BaseModel)

_PLAIN_BOOLS = frozenset({"yes", "no", "on", "off", "true", "false"})
_KEY = {"description": "a name of lower-case letters, digits, - and _"}
_MAX_SHOWN = 40
_MAX_LISTED = 12


def validated(model: type[M], document: Document, *, data: Any, prefix: Trail = ()) -> M | None:
    """The data as the model, or None with every mistake noted at its place in the document."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        taken = {(mistake.where, mistake.line, mistake.column) for mistake in document.mistakes}
        for item in error.errors(include_url=False):
            mistake = _mistake(item, model, document, prefix=prefix)
            if (mistake.where, mistake.line, mistake.column) not in taken:  # the reading already said it better
                document.mistakes.append(mistake)
        return None


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for a near miss, or what is known; empty where nothing is."""
    choices = sorted(known)
    near = get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    if not choices:
        return ""
    more = ", ..." if len(choices) > _MAX_LISTED else ""
    return f"; known here: {', '.join(choices[:_MAX_LISTED])}{more}"


def _mistake(item: Mapping[str, Any], model: type[BaseModel], document: Document, *, prefix: Trail) -> Mistake:
    loc: Trail = tuple(part for part in item["loc"] if part != "[key]")
    trail = _written(document, prefix + loc, kind=item["type"])
    if item["type"] == "extra_forbidden":
        schema = _schema_at(model, loc[:-1])
        return document.mistake(trail, f"unknown key{nearest(str(loc[-1]), schema.get('properties', {}))}", at_key=True)
    if item["type"] == "missing":
        return document.mistake(trail, _missing(_schema_at(model, loc)), at_key=True)
    if "[key]" in item["loc"]:
        return document.mistake(trail, _text(item, _KEY, Spot(0, 0, str(loc[-1]))), at_key=True)
    spot = document.values.get(trail, Spot(1, 1))
    if item["input"] is None and spot.raw in ("", "~", "null"):
        return document.mistake(trail, "is empty; give it a value or remove the key", at_key=True)
    return document.mistake(trail, _unfilled(_text(item, _schema_at(model, loc), spot), item["input"], spot))


def _written(document: Document, trail: Trail, *, kind: str) -> Trail:
    """The trail without the names of alternatives that a union puts into it."""
    kept: Trail = ()
    for part in trail:
        if (*kept, part) in document.values or (*kept, part) in document.keys:
            kept = (*kept, part)
    return (*kept, trail[-1]) if kind == "missing" else kept


def _missing(schema: Mapping[str, Any]) -> str:
    says = str(schema.get("description", "")).removesuffix(".")
    return f"is missing ({says[:1].lower()}{says[1:]})" if says else "is missing"


def _text(item: Mapping[str, Any], schema: Mapping[str, Any], spot: Spot) -> str:
    """The sentence for one refusal."""
    kind, context = item["type"], item.get("ctx", {})
    if kind == "value_error":
        return f"{context['error']} (got {_seen(item['input'], spot)})"
    if kind in ("literal_error", "enum"):
        choices = [str(choice) for choice in schema.get("enum", [])] or [str(context["expected"])]
        listed = f"must be one of {', '.join(choices)}" if len(choices) > 1 else f"must be {choices[0]}"
        near = get_close_matches(str(item["input"]), choices, n=1, cutoff=0.6)
        return f"{listed} (got {_seen(item['input'], spot)}){_near(near)}"
    says = _SENTENCES.get(kind)
    words = says(context, schema) if says else _lowered(str(item["msg"]))
    return f"{words} (got {_seen(item['input'], spot)}){_hint(kind, item['input'], spot)}"


def _unfilled(text: str, value: Any, spot: Spot) -> str:
    """The sentence with the reference in place of what it stands for: a validator may have quoted the value."""
    is_filled = isinstance(value, str) and spot.raw and value and value != spot.raw
    return text.replace(value, spot.raw) if is_filled else text


def _near(near: list[str]) -> str:
    return f"; did you mean '{near[0]}'?" if near else ""


def _lowered(text: str) -> str:
    text = text.removeprefix("Input should ").removeprefix("Value error, ")
    return text[:1].lower() + text[1:] if not text.startswith("be ") else f"must {text}"


Sentence = Callable[[Mapping[str, Any], Mapping[str, Any]], str]


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"


def _characters(count: int) -> str:
    return f"{count} character" if count == 1 else f"{count} characters"


_SENTENCES: dict[str, Sentence] = {
    "greater_than_equal": lambda c, s: f"must be at least {c['ge']:g}",
    "greater_than": lambda c, s: f"must be more than {c['gt']:g}",
    "less_than_equal": lambda c, s: f"must be at most {c['le']:g}",
    "less_than": lambda c, s: f"must be less than {c['lt']:g}",
    "string_type": lambda c, s: "must be text",
    "int_type": lambda c, s: "must be a whole number",
    "int_from_float": lambda c, s: "must be a whole number",
    "int_parsing": lambda c, s: "must be a whole number",
    "float_type": lambda c, s: "must be a number",
    "float_parsing": lambda c, s: "must be a number",
    "bool_type": lambda c, s: "must be true or false",
    "bool_parsing": lambda c, s: "must be true or false",
    "list_type": lambda c, s: "must be a list",
    "tuple_type": lambda c, s: "must be a list",
    "dict_type": lambda c, s: "must be a group of keys",
    "model_type": lambda c, s: "must be a group of keys",
    "model_attributes_type": lambda c, s: "must be a group of keys",
    "too_short": lambda c, s: f"must have at least {_entries(c['min_length'])}",
    "too_long": lambda c, s: f"must have at most {_entries(c['max_length'])}",
    "string_too_short": lambda c, s: f"must have at least {_characters(c['min_length'])}",
    "string_too_long": lambda c, s: f"must have at most {_characters(c['max_length'])}",
    "string_pattern_mismatch": lambda c, s: f"must be {s.get('description') or 'of the form ' + c['pattern']}",
}


def _seen(value: Any, spot: Spot) -> str:
    """What stood there, short and safe to print; a reference is shown, never what it stands for."""
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    raw = spot.raw or str(value)
    short = raw if len(raw) <= _MAX_SHOWN else raw[: _MAX_SHOWN - 3] + "..."
    return visible(short) if not isinstance(value, str) else f"'{visible(short)}'"


def _hint(kind: str, value: Any, spot: Spot) -> str:
    """A word on what YAML makes of texts without quotes."""
    if kind == "string_type" and spot.is_plain and not isinstance(value, dict | list):
        read = f"YAML reads {spot.raw} as {str(value).lower()}; " if spot.raw.lower() in _PLAIN_BOOLS else ""
        return f"; {read}put it in quotes: '{spot.raw}'"
    if kind in ("float_type", "int_type", "bool_type") and isinstance(value, str):
        if not spot.is_plain and value.lower() in _PLAIN_BOOLS | {"0"}:
            return "; remove the quotes"
        if _is_number(value):
            return f"; write {float(value):.15g}" if spot.is_plain else "; remove the quotes"
    if kind == "list_type" and isinstance(value, str):
        return "; put it on a line of its own behind '- '"
    return ""


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def _schema_at(model: type[BaseModel], loc: Trail) -> Mapping[str, Any]:
    """The JSON schema of one place in a model; empty where there is none."""
    top = _schema(model)
    here: Mapping[str, Any] = top
    for part in loc:
        here = _step(top, _followed(top, here), part)
    return {**_followed(top, here), **{k: v for k, v in here.items() if k == "description"}}


def _step(top: Mapping[str, Any], here: Mapping[str, Any], part: str | int) -> Mapping[str, Any]:
    for choice in [here, *(_followed(top, option) for option in here.get("anyOf", []))]:
        if isinstance(part, int) and isinstance(choice.get("items"), Mapping):
            return dict(choice["items"])
        if part in choice.get("properties", {}):
            return dict(choice["properties"][part])
        free = [*choice.get("patternProperties", {}).values(), choice.get("additionalProperties")]
        if free and isinstance(free[0], Mapping):
            return dict(free[0])
    return {}


def _followed(top: Mapping[str, Any], here: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with its `$ref` looked up."""
    ref = here.get("$ref")
    return dict(top["$defs"][ref.rsplit("/", 1)[-1]]) if ref else here
