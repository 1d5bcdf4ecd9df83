"""The finder of names that the settings ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.language.names import installed
from monitor.language.names.finder import Entity, load, tongues_of
from monitor.settings import NO_NAMES, OWN_NAMES

Find = Callable[[Sequence[str], Sequence[str | None]], Sequence[tuple[Entity, ...] | None]]
"""Texts and the languages their source gave in, the names of each out; None for a language the finder does not know."""


def chosen(name: str = OWN_NAMES) -> Find | None:
    """What `language.names` says: `own`, `none` (None), or a spaCy pipeline. A second or less, so not on the loop.

    Raises BadInput for a pipeline that cannot be used, BadState where our own weights are damaged.
    """
    if name == NO_NAMES:
        return None
    return load().find if name == OWN_NAMES else installed.load(name, tongues_of).find
