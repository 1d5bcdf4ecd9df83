"""Named measurements of one trend for one brand: 0 to 1, each with a why. One file a signal, its name the YAML key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from monitor.model import Brand, Signal, Trend
from monitor.signals.context import Context


class Measure(Protocol):
    """What every signal file holds: a pure function that fits in a few milliseconds for 200 posts."""

    def __call__(self, trend: Trend, brand: Brand, now: datetime, *, context: Context) -> Signal: ...


@cache
def names() -> tuple[str, ...]:
    """The signals in this folder, sorted: every module that has a `measure`."""
    return tuple(sorted(name for name in _modules() if _measure_in(name) is not None))


def load(name: str) -> Measure:
    """The signal's `measure`; raises KeyError for a name that is no signal."""
    found = _measure_in(name) if name in _modules() else None
    if found is None:
        raise KeyError(name)
    return found


@cache
def _modules() -> frozenset[str]:
    return frozenset(info.name for info in iter_modules(__path__) if not info.ispkg)


def _measure_in(name: str) -> Callable[..., Signal] | None:
    return getattr(import_module(f"{__name__}.{name}"), "measure", None)
