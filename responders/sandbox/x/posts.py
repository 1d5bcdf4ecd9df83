"""Posts as the sandbox X keeps and shows them: ids that tell the time, and the fields that were asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from monitor.clock import to_text

EPOCH_MS = 1_288_834_974_657
ALWAYS = ("id", "text", "edit_history_tweet_ids")


def id_at(at: datetime, number: int) -> str:
    """An id of that time; later ones are larger."""
    return str((round(at.timestamp() * 1000) - EPOCH_MS << 22) + number % (1 << 22))


def made(number: str, text: str, at: datetime, **changes: Any) -> dict[str, Any]:
    """A post with every field; names in `changes` replace those of it."""
    return {
        "id": number,
        "text": text,
        "edit_history_tweet_ids": [number],
        "created_at": to_text(at),
        "author_id": "7",
        "username": "ann",
        "lang": "en",
        "conversation_id": number,
        "possibly_sensitive": False,
        "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0},
        "followers": 13,
        **changes,
    }


def shown(post: Mapping[str, Any], request: web.Request) -> dict[str, Any]:
    """The post with the fields that the call named."""
    asked = [*request.query.get("tweet.fields", "").split(","), *request.query.get("expansions", "").split(",")]
    hidden = ("username", "followers")
    return {name: value for name, value in post.items() if name in ALWAYS or (name in asked and name not in hidden)}


def included(posts: list[dict[str, Any]], request: web.Request) -> dict[str, Any]:
    """The users behind posts, where the call asked to see them; else nothing."""
    if "author_id" not in request.query.get("expansions", "").split(","):
        return {}
    fields = request.query.get("user.fields", "").split(",")
    users = {}
    for post in posts:
        user = {"id": post["author_id"], "name": post["username"].title(), "username": post["username"]}
        if "public_metrics" in fields:
            user["public_metrics"] = {"followers_count": post["followers"], "following_count": 1}
        users[post["author_id"]] = user
    return {"includes": {"users": list(users.values())}} if users else {}


def line(value: Mapping[str, Any]) -> bytes:
    """One line of the stream."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\r\n"
