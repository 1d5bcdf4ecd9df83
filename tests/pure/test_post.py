"""A post is a value: equal by what it says, unchangeable, kept and loaded again whole."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import msgspec
import pytest

from monitor.model import Post

POST = Post("1", "x", datetime(2026, 11, 22, 20, tzinfo=UTC), "lights out", author="ann", likes=3)


def test_posts_that_say_the_same_are_one_in_a_set() -> None:
    twin = Post("1", "x", datetime(2026, 11, 22, 20, tzinfo=UTC), "lights out", author="ann", likes=3)
    assert len({POST, twin, msgspec.structs.replace(twin, likes=4)}) == 2


def test_a_post_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        POST.text = "lights on"  # type: ignore[misc]


def test_a_post_survives_being_kept() -> None:
    assert pickle.loads(pickle.dumps(POST)) == POST
    assert msgspec.json.decode(msgspec.json.encode(POST), type=Post) == POST
