"""What of Slack does not work just now: logged once when it goes and once when it is back, and told on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from monitor.clock import Clock

log = structlog.get_logger()


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
        if not self.parts:
            return ""
        since = min(at for at, _ in self.parts.values())
        whys = "; ".join(f"{part}: {why}" for part, (_, why) in sorted(self.parts.items()))
        return f"Slack does not work since {since:%H:%M} UTC ({whys}). Decide here."
