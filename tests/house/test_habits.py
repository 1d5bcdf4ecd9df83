"""What the source text may not do: swallow a cancellation, lose a task, read another clock, leave a note to self."""

from __future__ import annotations

import ast
import re

import pytest

from monitor.telemetry import LOGGED
from tests.house.source import PACKAGES, Module, dotted, kept_files, modules

OURS = modules(*PACKAGES)

BARE_TASKS: dict[str, str] = {
    "monitor/clock.py": "two waits race in one function, which cancels both before it returns",
    "monitor/watch.py": "two waits race in one function, which awaits or cancels both before it returns",
    "monitor/stream/flow.py": "the reading outlives single steps of the iterator that owns it, and ends with it",
}
"""Files that may call `asyncio.ensure_future`, and why."""

OTHER_CLOCKS: dict[str, str] = {
    "monitor/clock.py": "the clock itself",
    "monitor/storage/database.py": "waits milliseconds for another process's lock on the file, in a thread of its own",
}
"""Files that may read or wait on the machine's time, and why."""

_LOG_CALLS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_OTHER_CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|sleep|localtime|gmtime))$"
)
_MACHINE = re.compile(
    "|".join(["/" + "work/", "/" + "root/", r"/home" + r"/\w", "/" + r"Users/\w", r"index[-_]ur" + "l *="])
)
_NOTES = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
_BARE = re.compile(r"asyncio\.(gather|ensure_future)|(asyncio|loop|asyncio\.get_\w+)\.create_task")


def test_every_task_lives_in_a_group_and_has_a_name() -> None:
    found = []
    for module in OURS:
        for call in module.calls():
            called = dotted(call.func)
            may_be_bare = called == "asyncio.ensure_future" and module.path in BARE_TASKS
            if _BARE.fullmatch(called) and not may_be_bare:
                found.append(f"{module.path}:{call.lineno}: {called}: use a TaskGroup")
            elif called.endswith(".create_task") and "name" not in {keyword.arg for keyword in call.keywords}:
                found.append(f"{module.path}:{call.lineno}: this task has no name")
    assert not found, "\n".join(found)


def test_no_cancellation_is_swallowed() -> None:
    found = [f"{m.path}:{node.lineno}" for m in OURS for node in ast.walk(m.tree) if _swallows(node)]
    assert not found, f"end the handler with `raise`: {found}"


def test_broad_handlers_say_why_they_stand_there() -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in OURS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and "Exception" in _catches(node)
        if not isinstance(node.body[-1], ast.Raise) and not _has_comment(module, node)
    ]
    assert not found, f"`except Exception` stands only at the edge of a task, with a comment that says so: {found}"


def test_there_is_one_clock() -> None:
    found = [
        f"{module.path}:{call.lineno}: {dotted(call.func)}"
        for module in OURS
        if module.path not in OTHER_CLOCKS
        for call in module.calls()
        if _OTHER_CLOCKS.search(dotted(call.func))
    ]
    assert not found, f"take the time from a monitor.clock.Clock: {found}"


def test_every_log_line_is_a_registered_fact() -> None:
    found = [
        f"{module.path}:{call.lineno}: {ast.unparse(call.args[0])}"
        for module in OURS
        for call in module.calls()
        if _is_log_call(call) and call.args and not _is_registered(call.args[0], module)
    ]
    assert not found, f"add the name to LOGGED in monitor/telemetry.py: {found}"


def test_every_registered_fact_is_logged_somewhere() -> None:
    text = "\n".join(module.text for module in OURS if module.path != "monitor/telemetry.py")
    silent = [name for name in LOGGED if f'"{name}"' not in text]
    assert not silent or silent == ["library_said"], f"nobody logs {silent}: remove them from LOGGED"


def test_modules_functions_and_classes_keep_a_promise_in_words() -> None:
    found = []
    for module in OURS:
        if module.text.strip() and not ast.get_docstring(module.tree):
            found.append(module.path)
        for node in module.tree.body:
            is_public = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_"
            if is_public and not ast.get_docstring(node):
                found.append(f"{module.path}:{node.lineno}: {node.name}")
    assert not found, "a docstring is a promise in one line:\n" + "\n".join(found)


@pytest.mark.parametrize(("pattern", "what"), [(_NOTES, "a note to self"), (_MACHINE, "a place of one machine")])
def test_nothing_kept_holds(pattern: re.Pattern[str], what: str) -> None:
    found = []
    for path in kept_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{path.name}:{i}: {line.strip()[:80]}" for i, line in enumerate(lines, 1) if pattern.search(line)]
    assert not found, f"{what}:\n" + "\n".join(found)


def _catches(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {dotted(kind).rsplit(".", 1)[-1] for kind in types}


def _swallows(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and dotted(node.func).endswith("suppress"):
        return any(dotted(kind).endswith(("CancelledError", "BaseException")) for kind in node.args)
    if not isinstance(node, ast.ExceptHandler) or not _catches(node) & {"CancelledError", "BaseException"}:
        return False
    return not isinstance(node.body[-1], ast.Raise)


def _has_comment(module: Module, node: ast.ExceptHandler) -> bool:
    return "#" in module.lines[node.lineno - 1] or module.lines[node.lineno].lstrip().startswith("#")


def _is_log_call(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _LOG_CALLS:
        return False
    return dotted(call.func.value).rsplit(".", 1)[-1].strip("_") in ("log", "logger")


def _is_registered(node: ast.expr, module: Module) -> bool:
    """A name of the registry, a choice of two, or a variable `name` that every caller in the file fills with one."""
    if isinstance(node, ast.IfExp):
        return _is_registered(node.body, module) and _is_registered(node.orelse, module)
    if isinstance(node, ast.Name) and node.id == "name":
        given = [_keyword(call, "name") for call in module.calls() if not dotted(call.func).endswith("create_task")]
        return all(_is_registered(value, module) for value in given if value is not None)
    return isinstance(node, ast.Constant) and node.value in LOGGED


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
