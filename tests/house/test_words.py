"""One idea, one word: README's glossary is complete, and words that are not ours name nothing of ours."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from responders.commands import COMMANDS
from tests.house.source import PACKAGES, ROOT, Module, modules

GLOSSARY = (
    *("Source", "Post", "Cursor", "Keyword", "Term", "Burst", "Trend", "Brand", "Account", "Signal", "Score", "veto"),
    *("Bridge", "Opportunity", "Draft", "Proposal", "Decision", "Silence", "Publication", "Receipt", "Outcome"),
    *("Example", "Sandbox", "Fake", "Replay"),
)
NOT_OURS = frozenset({"tweet", "event", "moment", "topic", "alert", "request", "job", "mock"})

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("monitor/clock.py", "moment"): "a point in time, not a happening",
    ("monitor/replay.py", "event"): "the file of listed happenings that replay compares with is called so",
    ("monitor/quality.py", "event"): "the same file",
    ("responders/approvals/inbox", "event"): "server-sent events are the browser's word",
    ("responders/approvals/inbox", "request"): "aiohttp's own parameter",
    ("responders/sandbox", "request"): "aiohttp's own parameter",
    ("monitor/sources/x/client.py", "request"): "the method of aiohttp's session, which tweepy calls",
    ("monitor/sources/reddit/wire.py", "request"): "the method of praw's core that it puts its own in place of",
    ("responders/publishers/reddit/wire.py", "request"): "the same method",
}
"""Folder or file, word: why it may stand there."""


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", GLOSSARY)
def test_the_glossary_explains_every_word_of_the_house(word: str, readme: str) -> None:
    section = re.search(r"^## Words$(.*?)(^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert section, "README has a section '## Words'"
    said = " ".join(line.split("|")[1] for line in section[1].splitlines() if line.startswith("|"))
    assert re.search(rf"\b{word}\b", said), f"{word} stands in the first column of the table under '## Words'"


def test_words_that_are_not_ours_name_nothing_of_ours() -> None:
    found = sorted(
        {
            f"{module.path}:{line}: {name}"
            for module in modules(*PACKAGES)
            for name, line in _given_names(module)
            for word in _words(name)
            if word in NOT_OURS and not _is_excepted(module.path, word)
        }
    )
    assert not found, "say it with a word of README's glossary:\n" + "\n".join(found)


def test_readme_tells_every_command_and_no_other(readme: str) -> None:
    told = set(re.findall(r"`bonmot ([a-z]+)\b", readme))
    assert told == set(COMMANDS), f"missing {set(COMMANDS) - told}, unknown {told - set(COMMANDS)}"


def _words(name: str) -> Iterator[str]:
    """The words of an identifier, in the singular: `live_tweets` and `LiveTweets` hold `tweet`."""
    for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name):
        yield part.lower().removesuffix("s")


def _is_excepted(path: str, word: str) -> bool:
    return any(path.startswith(place) and word == allowed for place, allowed in EXCEPTIONS)


def _is_a_time(node: ast.arg) -> bool:
    """`moment: datetime` is a point in time and no happening."""
    return node.arg == "moment" and "datetime" in ast.unparse(node.annotation or ast.Constant(""))


def _given_names(module: Module) -> Iterator[tuple[str, int]]:
    """The names that this file gives, with their lines: not those it only uses."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg) and not _is_a_time(node):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
