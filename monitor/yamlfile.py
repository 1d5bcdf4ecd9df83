"""One YAML file as data plus the place of every value, so that each mistake can say file, line and column."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Trail = tuple[str | int, ...]
"""The way from the top of a file to one value: `("keywords", 0, "weight")`."""

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 100_000
"""Values in one file after aliases are followed; stops a small file that unfolds into gigabytes."""
MAX_DIGITS = 40

_TAG = "tag:yaml.org,2002:"
_AS_TEXT = frozenset({_TAG + "str", _TAG + "timestamp", _TAG + "value", _TAG + "merge"})
_NUMBERS = frozenset({_TAG + "int", _TAG + "float"})
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_TRUE = frozenset({"yes", "true", "on"})

_PLAIN_WORDS = {
    "found character that cannot start any token": "this character cannot start a value; put the text in quotes",
    "found unexpected end of stream": "the text that this quote opens is never closed",
    "mapping values are not allowed in this context": "a second ': ' on one line, or a wrong indentation; put text "
    "with a colon in quotes",
    "did not find expected ',' or ']'": "this [ is not closed by a ], or a comma is missing behind it",
    "did not find expected ',' or '}'": "this { is not closed by a }, or a comma is missing behind it",
    "did not find expected '-' indicator": "a list and keys are mixed at the same indentation",
    "did not find expected key": "expected a key here; look at the indentation of this line and the one before",
    "did not find expected <document start>": "this line starts further left than the lines above",
    "found undefined alias": "an alias (*name) without an anchor (&name) above it; put text that starts with * in "
    "quotes",
    "but found another document": "one file holds one document; remove the line ---",
    "found unknown escape character": "a backslash in double quotes is special; write it twice, or use single quotes",
    "could not find expected ':'": "a key needs a colon and a space behind it",
    "found incompatible YAML document": "remove the %YAML line",
}
_OPENED = frozenset({"while scanning a quoted scalar", "while parsing a flow sequence", "while parsing a flow mapping"})
"""Where the place that was opened tells more than the place where it was noticed."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing a person has to change; as text `file:line:column: where: what`."""

    file: str
    line: int
    column: int
    where: str
    text: str
    mark: tuple[str, ...] = ()
    """Lines that show the place: what stood there, and a mark under it."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.where}: {self.text}" if self.where else f"{place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a key or a value stands (from 1), and how it was written."""

    line: int
    column: int
    raw: str = ""
    is_plain: bool = False
    """Written without quotes."""


@dataclass(slots=True)
class Document:
    """A file's values, their places, and what was wrong with them already while reading."""

    file: str
    data: Any = None
    values: dict[Trail, Spot] = field(default_factory=dict)
    keys: dict[Trail, Spot] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    lines: list[str] = field(default_factory=list, repr=False)
    """The file as it was read."""

    def spot(self, trail: Trail, *, at_key: bool = False) -> Spot:
        """The place of a value (or of its key); of the nearest thing around it where it was not written at all."""
        if at_key and trail in self.keys:
            return self.keys[trail]
        while trail and trail not in self.values:
            trail = trail[:-1]
            if trail in self.keys:
                return self.keys[trail]
        return self.values.get(trail, Spot(1, 1))

    def mistake(self, trail: Trail, text: str, *, at_key: bool = False) -> Mistake:
        """A mistake at the place of a value or its key."""
        spot = self.spot(trail, at_key=at_key)
        return Mistake(self.file, spot.line, spot.column, ".".join(str(part) for part in trail), text)

    def inside(self, trail: Trail, offset: int) -> Spot:
        """The place of a character of a text value; that of the value where its lines are folded or escaped."""
        spot = self.spot(trail)
        line = self.lines[spot.line - 1] if spot.line <= len(self.lines) else ""
        start = spot.column - 1
        quote = line[start : start + 1] if not spot.is_plain else ""
        doubled = {"'": "''"}.get(quote, "")
        written = spot.raw.replace(quote, doubled) if doubled else spot.raw
        if not spot.raw or not line.startswith(written, start + len(quote)):
            return spot
        before = spot.raw[:offset].replace(quote, doubled) if doubled else spot.raw[:offset]
        return Spot(spot.line, spot.column + len(quote) + len(before))


def read(path: Path, shown: str) -> Document:
    """Read one file; `shown` is its name in messages. Whatever is wrong is in `mistakes`; then `data` may be None."""
    document = Document(shown)
    text = _text(path, document)
    if text is None:
        return document
    return parse(text, document)


def parse(text: str, document: Document) -> Document:
    """Fill the document from YAML text."""
    document.lines = text.split("\n")
    try:
        _refuse_depth(text, document)
        node = None if document.mistakes else yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        document.mistakes.append(_broken(error, text, document.file))
        return document
    walk = _Walk(document)
    document.data = None if node is None else walk.value(node, ())
    if document.data is None and not document.mistakes:  # nothing at all, or nothing but `null`
        document.mistakes.append(Mistake(document.file, 1, 1, "", "the file is empty"))
    if walk.left <= 0:
        document.data = None
        text = "anchors and aliases unfold to more than a settings file may hold"
        document.mistakes.append(Mistake(document.file, 1, 1, "", text))
    return document


def _text(path: Path, document: Document) -> str | None:
    """The file's text, or None with the reason noted."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES:,} bytes; a settings file is small")
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        text = f"is not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        document.mistakes.append(Mistake(document.file, line, column, "", text))
    except OSError as error:
        document.mistakes.append(Mistake(document.file, 1, 1, "", f"cannot be read: {error.strerror}"))
    except ValueError as error:
        document.mistakes.append(Mistake(document.file, 1, 1, "", str(error)))
    return None


def _refuse_depth(text: str, document: Document) -> None:
    """Look at the nesting before composing, which recurses."""
    depth = 0
    for piece in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(piece, yaml.CollectionStartEvent) - isinstance(piece, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            mark = piece.start_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            document.mistakes.append(Mistake(document.file, line, column, "", f"nested deeper than {MAX_DEPTH} levels"))
            return


def _broken(error: yaml.YAMLError, text: str, file: str) -> Mistake:
    """What the parser complained about, in a plain sentence with its place."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        return Mistake(file, line, column, "", f"a control character (#x{error.character:04x}) may not stand here")
    mark = getattr(error, "problem_mark", None)
    if getattr(error, "context", None) in _OPENED:
        mark = getattr(error, "context_mark", mark)
    problem = str(getattr(error, "problem", None) or error)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    here = lines[line] if line < len(lines) else ""
    if "\t" in here[: column + 1] and not here[:column].strip():
        return Mistake(file, line + 1, here.index("\t") + 1, "", "indented with a tab; use spaces")
    return Mistake(file, line + 1, column + 1, "", f"broken YAML: {_PLAIN_WORDS.get(problem, problem)}")


class _Walk:
    """Turns composed nodes into plain values, noting where each one stood."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.left = MAX_VALUES

    def value(self, node: yaml.Node, trail: Trail) -> Any:
        """The plain value of a node; None where it was refused."""
        self.left -= 1
        raw = node.value if isinstance(node, yaml.ScalarNode) else ""
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        self.document.values[trail] = Spot(node.start_mark.line + 1, node.start_mark.column + 1, raw, is_plain)
        if self.left <= 0 or len(trail) > MAX_DEPTH:
            self.left = 0
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, trail)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*trail, i)) for i, child in enumerate(node.value) if self.left > 0]
        return self._scalar(node, trail)

    def _mapping(self, node: yaml.MappingNode, trail: Trail) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if self.left <= 0:
                break
            key = key_node.value
            spot = Spot(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode) or not key:
                place = (self.document.file, spot.line, spot.column, ".".join(map(str, trail)))
                self.document.mistakes.append(Mistake(*place, "a key has to be a word"))
                continue
            here = (*trail, key)
            if key in found:
                first = self.document.keys[here].line
                text = f"written twice; the first is in line {first}"
                self.document.mistakes.append(Mistake(self.document.file, spot.line, spot.column, _dots(here), text))
                continue
            self.document.keys[here] = spot
            if key == "<<":
                self._note(here, "merge keys are not read here; write the keys out")
                continue
            found[key] = self.value(value_node, here)
        return found

    def _scalar(self, node: yaml.Node, trail: Trail) -> Any:
        raw, tag = node.value, node.tag
        if tag in _AS_TEXT:
            return raw
        if tag == _TAG + "null":
            return None
        if tag == _TAG + "bool":
            return raw.lower() in _TRUE
        if tag in _NUMBERS:
            return self._number(node, trail)
        self._note(trail, f"the tag {tag.removeprefix(_TAG)} is not read here; remove it")
        return None

    def _number(self, node: yaml.Node, trail: Trail) -> float | str:
        raw = node.value
        trap = _trap(raw)
        if trap:
            self._note(trail, trap)
            return str(raw)
        try:
            number: float = _constructor.construct_object(node)
        except ValueError:
            self._note(trail, f"is not a number (got {raw!r})")
            return str(raw)
        if math.isfinite(number):
            return number
        self._note(trail, f"must be a finite number (got {raw})")
        return str(raw)

    def _note(self, trail: Trail, text: str) -> None:
        self.document.mistakes.append(self.document.mistake(trail, text))


def _trap(raw: str) -> str | None:
    """Why a number is probably not meant as the number that YAML 1.1 reads."""
    if ":" in raw:
        return f"YAML reads {raw} as a number to the base 60; put it in quotes: '{raw}'"
    if _OCTAL.fullmatch(raw):
        return f"YAML reads {raw} as an octal number; remove the leading 0, or put it in quotes: '{raw}'"
    if len(raw) > MAX_DIGITS:
        return f"is a number of more than {MAX_DIGITS} digits; put it in quotes if it is a name"
    return None


def _dots(trail: Trail) -> str:
    return ".".join(str(part) for part in trail)


_constructor = yaml.constructor.SafeConstructor()
