"""What a model answered, read as data that may be anything. Pure.

Wire facts: chat completions of the OpenAI API description (2026-08-21): `finish_reason` is stop, length, tool_calls or
content_filter; `content` may be null beside `refusal`. No server's promise of a format is believed.
"""

from __future__ import annotations

from typing import Any

import msgspec
import regex

MOST_DRAFTS = 6
LONGEST = 2000

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["drafts", "refuse"],
    "properties": {
        "refuse": {"type": "boolean"},
        "drafts": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "angle"],
                "properties": {"text": {"type": "string"}, "angle": {"type": "string"}},
            },
        },
    },
}
"""The part of JSON schema that `strict` supports: all required, nothing beside, no lengths."""

_THOUGHTS = regex.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", regex.S | regex.I)
_FENCE = regex.compile(r"\A\s*```[\w-]*\s*\n?(.*?)\n?\s*```\s*\Z", regex.S)


class Unreadable(Exception):
    """The answer is not what was asked for; the text says what is wrong, in our words alone."""


class Declined(Exception):
    """The model or its filter says no. Nobody asks again in other words."""


class _One(msgspec.Struct):
    text: str
    angle: str = ""


class _Answer(msgspec.Struct):
    drafts: list[_One]
    refuse: bool = False


def read(body: Any) -> list[str]:
    """The texts of an answer. Raises Unreadable or Declined."""
    choice = _first(body)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise Unreadable("it holds no message")
    if choice.get("finish_reason") == "content_filter":
        raise Declined("the endpoint's content filter stopped it")
    if message.get("refusal"):
        raise Declined("the model refused")
    content = message.get("content")
    if choice.get("finish_reason") == "length":
        raise Unreadable("it was cut at its longest length")
    if not isinstance(content, str) or not content.strip():
        raise Unreadable("it is empty")
    return _texts(content)


def _texts(content: str) -> list[str]:
    try:
        answer = msgspec.json.decode(_bare(content), type=_Answer)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        what = "it does not match the schema" if isinstance(error, msgspec.ValidationError) else "it is no JSON"
        raise Unreadable(what) from error
    if answer.refuse:
        raise Declined("the model refused")
    texts = [one.text.strip()[:LONGEST] for one in answer.drafts[:MOST_DRAFTS] if one.text.strip()]
    if not texts:
        raise Unreadable("it holds no draft")
    return list(dict.fromkeys(texts))


def _bare(content: str) -> str:
    """The object alone: small models think aloud, fence it and say a word before it."""
    content = _THOUGHTS.sub("", content)
    fenced = _FENCE.match(content)
    content = fenced[1] if fenced else content
    start, end = content.find("{"), content.rfind("}")
    return content[start : end + 1] if 0 <= start < end else content


def _first(body: Any) -> dict[str, Any]:
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Unreadable("it holds no choice")
    return choices[0]
