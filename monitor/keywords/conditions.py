"""What a rule may ask of a post beside its text: who wrote it, in which language, whether it is a repost."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.errors import BadInput
from monitor.model import Post

KEYS = ("from", "lang", "site", "is", "has", "min_followers", "platform")
STANDALONE = frozenset({"from", "site"})
"""Conditions that few posts meet; the others say nothing of what a post is about, so a rule needs something beside."""
KINDS = {"repost": "repost", "retweet": "repost", "reply": "reply"}
"""What `is:` knows, and how it is written here; X says retweet."""
CONTENTS = ("links", "media")

_OLD_CODES = {"iw": "he", "in": "id"}
_LINK = re.compile(r"(?:https?://|\bwww\.)([^\s/?#:\"'<>…]+\.[^\W\d_]{2,})", re.IGNORECASE)
_FORMS = {
    "from": re.compile(r"[^\s:]+(?::[^\s]*)?"),
    "lang": re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*"),
    "site": re.compile(r"[^\s/:]+\.[^\W\d_]{2,}"),
    "min_followers": re.compile(r"\d{1,12}"),
    "platform": re.compile(r"[a-z][a-z0-9_-]*"),
}
_SHOULD_BE = {
    "from": "an author as in from:nasa",
    "lang": "a language code as in lang:en",
    "site": "a site as in site:example.com, without https:// and without a path",
    "min_followers": "a whole number as in min_followers:1000",
    "platform": "a platform as in platform:bluesky",
    "is": "is:repost or is:reply",
    "has": "has:links or has:media",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a post, such as `lang:en`; `value` is folded and of a form that `key` knows."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}:{self.value}"

    def holds(self, post: Post | None) -> bool | None:
        """Whether it does; None where there is no post, or where its source does not tell."""
        if post is None:
            return None
        if self.key == "from":
            return None if post.author is None else post.author.lstrip("@").casefold() == self.value
        if self.key == "lang":
            return None if post.lang is None else self._is_language(post.lang.casefold())
        if self.key == "min_followers":
            return None if post.author_followers is None else post.author_followers >= int(self.value)
        if self.key == "platform":
            return post.platform == self.value
        if self.key == "is":
            return (post.repost_of if self.value == "repost" else post.reply_to) is not None
        if self.value == "media":
            return post.has_media
        sites = [site.casefold() for site in _LINK.findall(post.text)]
        if self.key == "has":
            return bool(sites)
        return any(site == self.value or site.endswith(f".{self.value}") for site in sites)

    def _is_language(self, spoken: str) -> bool:
        """`lang:en` is met by `en` and `en-gb`; X still writes iw for he."""
        spoken = _OLD_CODES.get(spoken, spoken)
        return spoken == self.value or spoken.startswith(f"{self.value}-")


def condition(key: str, value: str) -> Condition:
    """A condition as a person wrote it. Raises BadInput with the end of a sentence."""
    key, value = key.casefold(), value.casefold()
    if key == "from":
        value = value.lstrip("@")
    elif key == "lang":
        value = _OLD_CODES.get(value, value)
    elif key == "site":
        value = value.removeprefix("www.").rstrip(".")
    elif key == "is":
        value = KINDS.get(value, "")
    elif key == "has":
        value = value if value in CONTENTS else ""
    form = _FORMS.get(key)
    if not value or (form is not None and not form.fullmatch(value)):
        raise BadInput(f"{key}: needs {_SHOULD_BE[key]}")
    return Condition(key, str(int(value)) if key == "min_followers" else value)
