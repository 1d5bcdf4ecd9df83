"""Secrets are references to the environment, `${NAME}`, and never stand in a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from monitor.yamlfile import Document, Mistake, Trail

_REFERENCE = re.compile(r"(\$?)\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_KEY = re.compile(r"(^|_)(password|passwd|passphrase|secret|token|credential|api_?key|private_key)s?$")
_SECRET_SHAPES = {
    "a Slack token": re.compile(r"\b(xox[a-z]|xapp)-[0-9A-Za-z-]{8,}"),
    "a bearer token": re.compile(r"\bBearer\s+[0-9A-Za-z._~+/-]{16,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password in an address": re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@$]*:[^\s/@$]+@"),
}


def resolve(document: Document, environ: Mapping[str, str]) -> None:
    """Put the environment's values in place of the references; what is missing or written out becomes a mistake."""
    document.data = _walk(document, document.data, trail=(), environ=environ)


def refuse(document: Document) -> None:
    """For files whose texts are public: a reference or a secret in them is a mistake."""
    for trail, spot in document.values.items():
        found = _REFERENCE.search(spot.raw)
        if found and not found[1] and _NAME.fullmatch(found[2]):
            text = f"{found[0]} is a reference to a secret, and texts of this file may be posted; only bot.yaml has any"
            document.mistakes.append(document.mistake(trail, text))
        else:
            document.mistakes.extend(_literal(document, trail, spot.raw, by_key=False))


def is_secret(trail: Trail) -> bool:
    """Whether a field of this name holds a secret."""
    names = [part for part in trail if isinstance(part, str)]  # a list of secrets is named by its key
    return bool(names) and _SECRET_KEY.search(names[-1]) is not None


def _walk(document: Document, value: Any, *, trail: Trail, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {k: _walk(document, v, trail=(*trail, k), environ=environ) for k, v in value.items()}
    if isinstance(value, list):
        return [_walk(document, v, trail=(*trail, i), environ=environ) for i, v in enumerate(value)]
    if not isinstance(value, str):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        document.mistakes.extend(_literal(document, trail, str(value), by_key=True) if is_number else [])
        return value
    if not _REFERENCE.search(value):
        document.mistakes.extend(_literal(document, trail, value, by_key=True))
        return value

    def fill(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        problem = _missing(found[2], environ)
        if problem:
            document.mistakes.append(document.mistake(trail, problem))
        return environ.get(found[2], "")

    return _REFERENCE.sub(fill, value)


def _missing(name: str, environ: Mapping[str, str]) -> str | None:
    """Why a reference cannot be filled."""
    if not _NAME.fullmatch(name):
        return f"${{{name}}} is not a reference: a name has letters, digits and _"
    if environ.get(name):
        return None
    state = "is empty" if name in environ else "is not set"
    near = get_close_matches(name, [known for known in environ if environ[known]], n=1, cutoff=0.85)
    hint = f"; did you mean ${{{near[0]}}}?" if near else "; export it before the start"
    return f"the environment variable {name} {state}{hint}"


def _literal(document: Document, trail: Trail, value: str, *, by_key: bool) -> list[Mistake]:
    """The mistake of writing a secret out. Its text never repeats the secret."""
    shape = next((shape for shape, pattern in _SECRET_SHAPES.items() if pattern.search(value)), None)
    if shape is None and not (by_key and value and is_secret(trail)):
        return []
    names = [part for part in trail if isinstance(part, str)]
    name = re.sub(r"\W+", "_", "_".join(names[-2:])).upper()
    what = f"{shape} is written out" if shape else "a secret is written out"
    return [document.mistake(trail, f"{what}; put it in the environment and write ${{{name}}} here")]
