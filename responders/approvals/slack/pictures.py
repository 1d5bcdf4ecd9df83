"""The pictures of a card in Slack, in words: whoever uploads them to Slack one day changes this file alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from responders.approvals.shapes import PictureView
from responders.approvals.slack.kit import Piece, line, say, section, size


def said(pictures: Sequence[PictureView]) -> list[Piece]:
    """What goes with a text: the file's name and, whole, the alt text, which is posted as well."""
    return [
        section(
            [
                say(f"With the picture {line(one.name, 100)} ({one.width} x {one.height}), ", italic=True),
                say("shown on the page of bonmot. Its alt text: ", italic=True),
                say(one.alt),
            ]
        )
        for one in pictures
    ]


def letters(pictures: Sequence[PictureView]) -> int:
    """How much of a message's room they take."""
    return sum(size(one.alt) + 200 for one in pictures)
