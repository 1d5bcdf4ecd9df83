"""Posts nowhere: prints what would be posted. What every account uses until the bot is live."""

from __future__ import annotations

import aiohttp
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from monitor.clock import Clock
from monitor.visible import visible
from responders.model import Publication, Receipt
from responders.pictures.attached import check_pictures, with_files
from responders.pictures.limits import LIMITS
from responders.publishers import Publisher


class Settings(BaseModel):
    """What stands under `publishers: console:` in bot.yaml: nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def build(_settings: Settings, _http: aiohttp.ClientSession, clock: Clock) -> Publisher:
    """A publisher that prints on standard output."""
    return ConsolePublisher(Console(), clock)


class ConsolePublisher:
    """See `responders.publishers.Publisher`."""

    platform = "console"
    can_find = False  # what was printed before a crash, nobody can ask for
    settle_secs = 0.0
    is_harmless = True

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._receipts: dict[str, Receipt] = {}

    async def publish(self, publication: Publication) -> Receipt:
        """Print it, once for each mark."""
        check_pictures(publication, LIMITS["console"], "the console")
        with_files(publication)
        known = self._receipts.get(publication.mark)
        if known is not None:
            return known
        self._print(publication, "posted")
        receipt = Receipt(f"console:{publication.mark}", None, self._clock.now())
        self._receipts[publication.mark] = receipt
        return receipt

    async def find(self, publication: Publication) -> Receipt | None:
        """What this run printed."""
        return self._receipts.get(publication.mark)

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Say that it would be deleted."""
        if self._receipts.pop(publication.mark, None) is not None:
            self._print(publication, "deleted")

    async def close(self) -> None:
        """Nothing to let go of."""

    def _print(self, publication: Publication, act: str) -> None:
        # Text objects carry no markup, and nothing in them is obeyed by the terminal.
        lines = "\n".join(visible(line) for line in publication.text.split("\n"))
        for picture in publication.media:
            lines += f"\n\n[{visible(picture.name)}, {picture.width} x {picture.height}: {visible(picture.alt)}]"
        title = Text(f"{act} on {visible(publication.account)} (console only)")
        self._console.print(Panel(Text(lines), title=title, title_align="left"))
