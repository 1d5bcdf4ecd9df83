"""Where we post: one file a platform, whose name is its YAML key. This file is the promise each of them keeps."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from responders.model import Publication, Receipt


class Publisher(Protocol):
    """Posts exactly one text, perhaps with a picture, on one account, and can look for it afterwards.

    Built by `load(name).build(...)`.
    """

    platform: str
    can_find: bool
    """Whether `find` returning None proves that nothing was published, once `settle_secs` have passed."""
    settle_secs: float
    """How long a lost publication may take to become visible to `find`, in seconds."""
    is_harmless: bool
    """True for the console and for a server on loopback: may be built without `live: true`."""

    async def publish(self, publication: Publication) -> Receipt:
        """Post it. Sends at most one write to the platform; never retries by itself.

        What goes with it is uploaded before that write and is no post; a failure until then is not `sent`.
        Raises Refused (the platform said no for good), AuthNeeded, or Unavailable; `Unavailable.sent` is False only
        with proof that nothing left.
        """
        ...

    async def find(self, publication: Publication) -> Receipt | None:
        """Look for the publication by our mark. Raises Unavailable when the platform cannot be asked."""
        ...

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Delete it and read back that it is gone. Idempotent. Raises Unavailable, Refused or AuthNeeded."""
        ...

    async def close(self) -> None:
        """Release connections; idempotent."""
        ...


def names() -> list[str]:
    """The publishers that exist, by their YAML key."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Any:
    """The module of one publisher: `Settings` (pydantic) and `build(settings, http, clock) -> Publisher`.

    That of a network with a price list (`monitor.prices.TARIFFS`) takes its `purse` as well.
    """
    return import_module(f"{__name__}.{name}")
