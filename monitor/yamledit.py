"""One keyword of a brand's file added, changed or removed where it stands; every other byte stays as it is. Pure.

The text is cut at the places that the YAML parser names, and read again afterwards: what does not say exactly what was
wanted is refused, and a person edits the file by hand.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from monitor.errors import BadInput
from monitor.yamlfile import Document, parse

KEY = "keywords"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one keyword."""

    act: Literal["add", "change", "remove"]
    place: int = 0
    """Which keyword, from 0; for `add` nothing."""
    match: str = ""
    weight: float = 1.0
    before: str = ""
    """The rule that stood there when the change was thought of; for `add` nothing."""


def changed(text: str, change: Change) -> str:
    """The file's text with the change. Raises BadInput where the file is not as it was, or written in an odd way."""
    old = _data(text)
    wanted = _wanted(old, change)
    try:
        made = _cut(text, change)
    except (LookupError, AttributeError, ValueError, yaml.YAMLError) as error:
        raise BadInput("the keywords are written in a way that cannot be changed here; edit the file") from error
    if _data(made) != wanted:
        raise BadInput("the keywords are written in a way that cannot be changed here; edit the file")
    return made


def _data(text: str) -> dict[str, Any]:
    document = parse(text, Document("brand"))
    if document.mistakes or not isinstance(document.data, dict):
        raise BadInput(f"the file cannot be read: {'; '.join(map(str, document.mistakes[:3]))}")
    return document.data


def _wanted(old: dict[str, Any], change: Change) -> dict[str, Any]:
    """What the file has to say afterwards."""
    data = copy.deepcopy(old)
    rules = data.get(KEY) or []
    if change.act == "add":
        data[KEY] = [*rules, {"match": change.match, "weight": change.weight}]
        return data
    if change.place >= len(rules) or rules[change.place].get("match") != change.before:
        raise BadInput("that keyword stands there no more; look at the list again")
    if change.act == "remove":
        data[KEY] = rules[: change.place] + rules[change.place + 1 :]
        return data
    data[KEY][change.place] |= {"match": change.match, "weight": change.weight}
    return data


def _cut(text: str, change: Change) -> str:
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    found = [(key, value) for key, value in root.value if key.value == KEY]  # type: ignore[union-attr]
    if not found:
        return _appended(text, change)
    (key, rules) = found[0]
    if not isinstance(rules, yaml.SequenceNode):  # `keywords:` with nothing behind it
        at = key.end_mark.index + 1
        return text[:at] + _block(change, 2, _newline(text)) + text[at:]
    if change.act == "add":
        return _added(text, key, rules, change=change)
    item = rules.value[change.place]
    if change.act == "change":
        return _replaced(text, item, change)
    return _removed(text, key, rules, change=change)


def _appended(text: str, change: Change) -> str:
    end = _newline(text)
    gap = "" if text.endswith("\n") else end
    return f"{text}{gap}{KEY}:{_block(change, 2, end)}{end}"


def _added(text: str, key: yaml.Node, rules: yaml.SequenceNode, *, change: Change) -> str:
    if not rules.flow_style and rules.value:
        at = _line_end(text, _last(rules.value[-1]).end_mark.index)
        return text[:at] + _block(change, rules.start_mark.column, _newline(text)) + text[at:]
    if not rules.value:  # `[]`
        return text[: key.end_mark.index + 1] + _block(change, 2, _newline(text)) + text[rules.end_mark.index :]
    at = rules.value[-1].end_mark.index
    return f"{text[:at]}, {{match: {quoted(change.match)}, weight: {number(change.weight)}}}{text[at:]}"


def _replaced(text: str, item: Any, change: Change) -> str:
    fields = {key.value: value for key, value in item.value}
    match, weight = fields["match"], fields.get("weight")
    pieces = [(match, quoted(change.match))]
    if weight is not None:
        pieces.append((weight, number(change.weight)))
    elif item.flow_style:
        pieces[0] = (match, f"{quoted(change.match)}, weight: {number(change.weight)}")
    else:
        column = " " * item.start_mark.column
        at = _line_end(text, match.end_mark.index)
        text = f"{text[:at]}{_newline(text)}{column}weight: {number(change.weight)}{text[at:]}"
    for node, new in sorted(pieces, key=lambda piece: -piece[0].start_mark.index):
        old = text[node.start_mark.index : node.end_mark.index]
        if new not in (old, f"'{old}'") and not (node is weight and float(old) == change.weight):
            text = text[: node.start_mark.index] + new + text[node.end_mark.index :]
    return text


def _removed(text: str, key: yaml.Node, rules: yaml.SequenceNode, *, change: Change) -> str:
    item = rules.value[change.place]
    last = len(rules.value) == 1
    if rules.flow_style:
        start, end = item.start_mark.index, item.end_mark.index
        if change.place + 1 < len(rules.value):
            end = rules.value[change.place + 1].start_mark.index
        elif change.place:
            start = rules.value[change.place - 1].end_mark.index
        return text[:start] + text[end:]
    start = text.rfind("\n", 0, item.start_mark.index) + 1
    end = _line_end(text, _last(item).end_mark.index)
    end += len(_newline(text)) if end < len(text) else 0
    made = text[:start] + text[end:]
    at = key.end_mark.index + 1
    return f"{made[:at]} []{made[at:]}" if last else made


def _block(change: Change, column: int, end: str) -> str:
    indent = " " * column
    return f"{end}{indent}- match: {quoted(change.match)}{end}{indent}  weight: {number(change.weight)}"


def quoted(text: str) -> str:
    """The text as a single-quoted scalar, in which nothing but the quote itself is special."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def number(weight: float) -> str:
    """`2.0` as people write it."""
    return f"{weight:.4g}" if weight % 1 else f"{weight:.1f}"


def _last(node: Any) -> Any:
    """The scalar that ends a node: the end of a block reaches over the comments behind it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return _last(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return _last(node.value[-1])
    return node


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    if found < 0:
        return len(text)
    return found - 1 if text[found - 1 : found] == "\r" else found


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
