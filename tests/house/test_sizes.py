"""Small functions, small files, little nesting, few positional parameters; each exception has its reason."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import PACKAGES, Function, Module, modules

MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 400
MAX_NESTING = 3
MAX_POSITIONAL = 3

EXCEPTIONS: dict[str, str] = {
    "responders/model.py:digest": "its four parts, in this order, are what a person says yes to",
}
"""`path:function` or `path`, and why it may be larger."""

_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
ALL = modules(*PACKAGES, "tests")
OURS = modules(*PACKAGES)


def test_no_file_is_longer_than_a_person_reads_in_one_go() -> None:
    long = [
        f"{m.path}: {len(m.lines)} lines" for m in ALL if len(m.lines) > MAX_FILE_LINES and m.path not in EXCEPTIONS
    ]
    assert not long, f"at most {MAX_FILE_LINES} lines a file: {long}"


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{_name(module, function)}: {lines} lines"
        for module in ALL
        for function in module.functions()
        if (lines := _lines(function)) > MAX_FUNCTION_LINES and _name(module, function) not in EXCEPTIONS
    ]
    assert not long, f"at most {MAX_FUNCTION_LINES} lines a function: {long}"


def test_no_block_stands_in_more_than_two_others() -> None:
    deep = [
        f"{_name(module, function)}: {depth} deep"
        for module in OURS
        for function in module.functions()
        if (depth := _depth(function.body)) > MAX_NESTING and _name(module, function) not in EXCEPTIONS
    ]
    assert not deep, f"at most {MAX_NESTING} levels: {deep}"


def test_more_than_three_parameters_are_given_by_name() -> None:
    many = [
        f"{_name(module, function)}: {count}"
        for module in OURS
        if not module.path.startswith("responders/commands/")  # there a parameter is an option of the command line
        for function in module.functions()
        if (count := _positional(function)) > MAX_POSITIONAL and _name(module, function) not in EXCEPTIONS
    ]
    assert not many, f"at most {MAX_POSITIONAL} positional parameters, then keyword-only: {many}"


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_every_exception_still_exists(name: str) -> None:
    assert name in {m.path for m in ALL} | {_name(m, f) for m in ALL for f in m.functions()}


def _name(module: Module, function: Function) -> str:
    return f"{module.path}:{function.name}"


def _lines(function: Function) -> int:
    """Lines of the body; the docstring is a promise and not counted."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def _depth(body: list[ast.stmt]) -> int:
    """How many blocks stand in each other; `elif` is not deeper than its `if`, a nested function counts for itself."""
    return max((_own_depth(statement) for statement in body), default=0)


def _own_depth(statement: ast.stmt) -> int:
    if not isinstance(statement, _BLOCKS):
        return 0
    inner = 0
    for field in ("body", "orelse", "finalbody"):
        part = getattr(statement, field, [])
        is_elif = field == "orelse" and len(part) == 1 and isinstance(part[0], ast.If) and isinstance(statement, ast.If)
        inner = max(inner, _depth(part) - is_elif)
    for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        inner = max(inner, _depth(part.body))
    return inner + 1


def _positional(function: Function) -> int:
    given = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
    return len(given) - (given[:1] in (["self"], ["cls"]))
