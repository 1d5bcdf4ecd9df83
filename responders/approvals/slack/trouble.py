"""What of Slack does not work just now: logged once when it goes and once when it is back, and told on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from monitor.clock import Clock

log = structlog.get_logger()

PLOTS = "pictures"
"""The one part without which everything else works."""


@dataclass(slots=True)
class Trouble:
    """By part of Slack: since when, and why."""

    clock: Clock
    parts: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def tell(self, part: str, why: str) -> None:
        """Why a part does not work; empty: it does."""
        known = self.parts.get(part)
        if why:
            self.parts[part] = (known[0] if known else self.clock.now(), why)
            if known is None:
                log.warning("slack_lost", part=part, reason=why)
        elif known is not None:
            del self.parts[part]
            log.info("slack_back", part=part)

    def notice(self) -> str:
        """A sentence for the local page, where people can decide meanwhile; empty for nothing."""
        parts = {part: told for part, told in self.parts.items() if part != PLOTS}
        said = []
        if parts:
            since = min(at for at, _ in parts.values())
            whys = "; ".join(f"{part}: {why}" for part, (_, why) in sorted(parts.items()))
            said.append(f"Slack does not work since {since:%H:%M} UTC ({whys}). Decide here.")
        if PLOTS in self.parts:
            at, why = self.parts[PLOTS]
            said.append(f"New cards in Slack have no picture since {at:%H:%M} UTC ({why}).")
        return " ".join(said)
