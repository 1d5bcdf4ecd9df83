"""Each network as the crash suites need it: its sandbox, an account for each evening, and how it can fail.

A shape is a failure of an answer: what becomes of the post, and which fault of the sandbox's dial shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from responders.sandbox import bluesky, mastodon, reddit, webhook, x
from tests.crash.worker import HOOK_SECRET

DELIVERED = ("after_post", "after_receipt")
"""Seams behind an answer: a life that is to die there needs one to come."""
SLOW_SECS = 0.6
"""How long a life waits for an answer where one is slow; ten times as long elsewhere."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`kinds` are the faults by network; a network that is missing has no such failure."""

    kinds: dict[str, str]
    is_delivered: bool = False
    """Posted, and nobody was told: a read-back has to find it."""
    is_final: bool = False
    """The network says no for good: the card fails, and nothing stands there."""
    is_slow: bool = False


NETWORKS = ("bluesky", "mastodon", "x", "reddit", "webhook")


def _everywhere(kind: str, **other: str) -> dict[str, str]:
    return dict.fromkeys(NETWORKS, kind) | other


SHAPES: dict[str, Shape] = {
    "fine": Shape(_everywhere("fine")),
    "cut before": Shape(_everywhere("cut")),
    "delivered then cut": Shape(_everywhere("drop"), is_delivered=True),
    "5xx after delivery": Shape(_everywhere("error"), is_delivered=True),
    "503": Shape(_everywhere("unready")),
    "429": Shape(_everywhere("limit")),
    "slow": Shape(_everywhere("silence", bluesky="late"), is_delivered=True, is_slow=True),
    "401": Shape(_everywhere("auth")),
    "expired token": Shape({"bluesky": "expired", "reddit": "expired"}),
    "402": Shape({"x": "credits"}),
    "403": Shape({name: "forbidden" for name in NETWORKS if name != "bluesky"}, is_final=True),
    "half an answer": Shape({name: "half" for name in NETWORKS if name != "bluesky"}, is_delivered=True),
}


def shapes_of(network: str) -> tuple[str, ...]:
    """The failures that a network has."""
    return tuple(name for name, shape in SHAPES.items() if network in shape.kinds)


def dial(network: str, sandbox: Any, kind: str, *, times: int = 1) -> None:
    """Let the next posts meet a fault."""
    if network == "bluesky":
        for name in ("putRecord", "createRecord"):
            sandbox.dial.turn(kind, nsid=f"com.atproto.repo.{name}", times=times, secs=1.0)
    elif kind == "credits":
        sandbox.has_credits = False
    elif kind == "expired":
        sandbox.end_tokens()
    else:
        _dial_of(network, sandbox).turn(kind, door=_DOORS[network][0], times=times, secs=1.0)


def calm(network: str, sandbox: Any) -> None:
    """Nothing goes wrong any more."""
    _dial_of(network, sandbox).waiting.clear()
    if network == "x":
        sandbox.has_credits = True


def blind(network: str, sandbox: Any) -> None:
    """Nothing can be read back any more."""
    if network == "bluesky":
        for name in ("getRecord", "listRecords"):
            sandbox.dial.turn("unready", nsid=f"com.atproto.repo.{name}", times=1000)
    else:
        _dial_of(network, sandbox).turn("unready", door=_DOORS[network][1], times=1000)


def welcome(network: str, sandbox: Any, handle: str, *, is_kind: bool) -> None:
    """An account of its own; without `is_kind` on a network that takes the same post twice, where it can be one."""
    if network == "mastodon":
        sandbox.network.tokens[f"token-of-{handle}"] = handle
        sandbox.network.rules.ignores_keys = not is_kind
    elif network == "x":
        sandbox.desk.keys.skew_secs = 3600.0  # a life's own time runs ahead of the sandbox's
        sandbox.desk.keys.accounts[f"token-of-{handle}"] = ("secret", handle)
        sandbox.desk.takes_copies = not is_kind
    elif network == "reddit":
        sandbox.rules.users[handle] = "x"
    elif network == "webhook":
        sandbox.knows_marks = is_kind


def written(network: str, sandbox: Any, handle: str) -> list[str]:
    """The texts of what was ever posted on the account, deleted or not."""
    if network == "webhook":
        return [one.message["text"] for one in sandbox.taken if one.message["account"] == f"webhook:{handle}"]
    if network == "reddit":
        return [one.title for one in sandbox.desk.written if one.author == handle]
    if network == "x":
        return [one.text for one in sandbox.desk.written if one.author == handle]
    author = (lambda one: one.handle) if network == "bluesky" else (lambda one: one.author)
    return [one.text for one in sandbox.network.written if author(one) == handle]


def lose(network: str, sandbox: Any, chance: Random, shape: str, *, seam: str | None) -> bool:
    """The next posts meet the shape, or do not; whether one may be slow."""
    calm(network, sandbox)
    known = SHAPES[shape]
    if seam in DELIVERED and (known.is_delivered or known.is_final or shape == "402"):
        return False
    for kind in chance.sample((known.kinds[network], "fine", known.kinds[network]), chance.randint(0, 3)):
        dial(network, sandbox, kind)
    return known.is_slow


async def start(network: str, clock: Any) -> Any:
    """Its sandbox, with an account for a life before all others."""
    makers: dict[str, Callable[[], Any]] = {
        "bluesky": lambda: bluesky.start(clock=clock),
        "mastodon": lambda: mastodon.start(clock=clock, accounts={"token-of-warm.test": "warm.test"}),
        "x": lambda: x.start(clock=clock, accounts={"token-of-warm.test": ("secret", "warm.test")}),
        "reddit": lambda: reddit.start(clock=clock),
        "webhook": lambda: webhook.start(clock=clock, secret=HOOK_SECRET),
    }
    made = await makers[network]()
    welcome(network, made, "warm" if network == "reddit" else "warm.test", is_kind=True)
    return made


def _dial_of(network: str, sandbox: Any) -> Any:
    return sandbox.desk.dial if network in ("x", "reddit") else sandbox.dial


_DOORS = {"mastodon": ("post", "own"), "x": ("post", "own"), "reddit": ("submit", "own"), "webhook": ("post", "find")}
"""Where one posts, and where one reads back."""
