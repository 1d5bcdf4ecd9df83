"""The door to the parser of rules. Lark is loaded with the first rule that is read: many commands read none."""

from __future__ import annotations

from monitor.errors import BadInput
from monitor.keywords.nodes import Listed, Node

MAX_DEPTH = 20
"""Parentheses inside parentheses; far above what a person can read."""


class RuleMistake(BadInput):
    """A rule that cannot be read; the text names the column and shows the place with a mark under it."""

    def __init__(self, text: str, column: int, what: str) -> None:
        super().__init__(f"keyword rule, column {column}: {what}\n  {text}\n  {' ' * (column - 1)}^")
        self.column = column
        """From 1, in characters of the rule."""
        self.what = what


def read(text: str) -> Node | Listed:
    """The root of a rule. Raises RuleMistake."""
    from monitor.keywords import lalr

    return lalr.read(text)
