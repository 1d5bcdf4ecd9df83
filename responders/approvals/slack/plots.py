"""A card's pictures in Slack, its trend's plot and its drafts': uploaded beside it, shown once Slack is through.

No card ever waits for its picture, and none is without buttons for want of one. A picture is a row before its bytes
are sent, so that a crash leaves nothing in Slack that nobody knows of.
Files are taken in three steps and looked at for a while; until `files.info` tells their `mimetype`, a message that
shows one is refused (docs.slack.dev, working-with-files; slackapi/python-slack-sdk issue 1521).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor.clock import Clock, sleep_unless
from monitor.errors import AuthNeeded, BadState, BonmotError, Refused, Unavailable
from monitor.model import Stage, Trend
from responders.approvals import Card
from responders.approvals.slack.kept import Kept, Plot, PlotState
from responders.approvals.slack.kit import cut
from responders.approvals.slack.pictures import showable
from responders.approvals.slack.trouble import PLOTS, Trouble
from responders.approvals.slack.web import Said, Web
from responders.crashpoints import crashpoint
from responders.model import Picture, State
from responders.plot import of_trend
from responders.plot_png import png

log = structlog.get_logger()

REFRESH = timedelta(minutes=3)
"""The least between two pictures of one card."""
GROWTH = 1.5
"""A newer picture shows at least so many times the posts."""
LOOK_SECS = 1.0
"""Between two looks at a file that Slack is not through with."""
PATIENCE_SECS = 30.0
AWAY_SECS = 60.0
PERSON_SECS = 600.0
"""Until pictures are tried again after Slack was away, and after it said no."""
MOST_ALT = 1000
"""Letters that an upload's `alt_txt` takes; a block's `alt_text` takes 2,000."""
UNKNOWN = frozenset({"file_not_found", "file_deleted"})

Trends = Callable[[], Awaitable[Iterable[Trend]]]


async def drawn(trend: Trend) -> bytes:
    """The picture of a trend, made in a thread. Holds nothing that a stranger wrote."""
    return await asyncio.to_thread(png, of_trend(trend))


@dataclass(slots=True)
class Plots:
    """Makes one picture after the other. `of` is asked by whoever shows a card."""

    web: Web
    kept: Kept
    clock: Clock
    trouble: Trouble
    tell: Callable[[str], None] = lambda _: None
    """Told the proposal whose card may look different now."""
    trends: Trends | None = None
    """The trends as they are this second; without it a picture shows what the card was offered for."""
    draw: Callable[[Trend], Awaitable[bytes]] = drawn
    picture: Callable[[str], bytes] | None = None
    """The bytes of a draft's picture by their SHA-256. Blocking; raises Refused where they are gone, or others."""
    aside: Callable[[Callable[[], bytes]], Awaitable[bytes]] = asyncio.to_thread
    """Where `picture` is called."""
    _known: dict[str, list[Plot]] = field(default_factory=dict)
    _wanted: dict[str, Card] = field(default_factory=dict)
    _unseen: dict[str, Picture] = field(default_factory=dict)
    """Drafts' pictures that are wished for, by the key of their rows."""
    _gone: set[str] = field(default_factory=set)
    """Those whose bytes are not what was drafted any more, or gone."""
    _off_until: datetime | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def of(self, card: Card) -> Plot | None:
        """The picture that the card shows now, and a wish for a newer one where it is time. Asks nobody but the store.

        A card that nobody has to decide any more shows none.
        """
        key = card.proposal.id
        if not self._is_asked(card):
            self._known.pop(key, None)
            self._wanted.pop(key, None)
            return None
        known = await self._of(key)
        ready = _ready(known)
        if self._is_due(known, ready):
            self._wanted[key] = card
            self._news.set()
        return ready

    async def files(self, card: Card) -> dict[str, str]:
        """Slack's files of the pictures of its drafts, by their hash, as far as it has them; and a wish for the others.

        What is there stays on the card until it is over: what was said yes to can be seen until it is posted.
        """
        p, found = card.proposal, {}
        for sha256, picture in showable(p).items():
            key = f"{p.id} {sha256}"
            if not p.is_open:
                self._known.pop(key, None)
                self._unseen.pop(key, None)
                continue
            known = await self._of(key)
            ready = _ready(known)
            if ready is not None:
                found[sha256] = ready.file
            elif self._is_asked(card) and self.picture and key not in self._gone and self._is_due(known, None):
                self._unseen[key] = picture
                self._news.set()
        return found

    async def refuse(self, file: str, proposal: str, why: str) -> None:
        """Slack does not show the file after all: its card goes without from now on."""
        keys = [key for key in self._known if _proposal(key) == proposal]
        for plot in [plot for key in keys for plot in self._known[key] if plot.file == file]:
            await self._keep(replace(plot, state=PlotState.REFUSED))
        self._put_off(why, PERSON_SECS)
        self.tell(proposal)

    async def run(self, stop: asyncio.Event) -> None:
        """Make what is wished for until `stop`; what Slack is not through with then is asked for at the next start."""
        async with asyncio.TaskGroup() as group:
            leaving = group.create_task(self._leave(stop), name="leave slack pictures")
            while not stop.is_set():
                self._news.clear()
                wanted, self._wanted = self._wanted, {}
                unseen, self._unseen = self._unseen, {}
                await self._upload_all(unseen, stop)
                await self._make_all(wanted, stop)
                if not self._wanted and not self._unseen:
                    await self._news.wait()
            leaving.cancel()

    async def _leave(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._news.set()

    async def _make_all(self, wanted: dict[str, Card], stop: asyncio.Event) -> None:
        live = {trend.id: trend for trend in await self.trends()} if wanted and self.trends else {}
        for card in wanted.values():
            if stop.is_set() or self._is_off():
                return
            trend = live.get(card.opportunity.trend.id, card.opportunity.trend)
            await self._try(partial(self._make, card.proposal.id, trend, stop))

    async def _upload_all(self, unseen: dict[str, Picture], stop: asyncio.Event) -> None:
        """Drafts' pictures go before plots: somebody says yes to them."""
        for key, picture in unseen.items():
            if stop.is_set() or self._is_off():
                return
            await self._try(partial(self._upload, key, picture, stop))

    async def _try(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except (AuthNeeded, Refused) as error:
            self._put_off(str(error), PERSON_SECS)
        except Unavailable as error:
            self._put_off(str(error), max(AWAY_SECS, error.retry_after_secs or 0.0))
        except BadState:  # our own store makes no sense: stop rather than guess
            raise
        except Exception as error:  # a picture is never worth a card, whatever draws it
            log.exception("task_failed", task="slack picture")
            self._put_off(f"it cannot be drawn: {type(error).__name__}", PERSON_SECS)

    async def _upload(self, key: str, picture: Picture, stop: asyncio.Event) -> None:
        known = await self._of(key)
        if _ready(known) is not None or not self._is_due(known, None):
            return  # wished for while it was under way
        under_way = next((one for one in known if one.state is PlotState.SENT), None)
        if under_way is None:
            body = await self._read(key, picture)
            if body is None:
                return
            about = Plot(key, "", picture.alt, 0, PlotState.SENT, self.clock.now())
            under_way = await self._sent(about, body, name=picture.name, title="Picture of a draft")
        await self._settle(under_way, stop)

    async def _read(self, key: str, picture: Picture) -> bytes | None:
        """None where it is not what was drafted any more: that is no fault of Slack's, and words tell of it."""
        if self.picture is None:
            return None
        try:
            return await self.aside(partial(self.picture, picture.sha256))
        except Refused as error:
            self._gone.add(key)
            log.warning("slack_picture_left_out", proposal=_proposal(key), reason=str(error))
            return None

    async def _make(self, key: str, trend: Trend, stop: asyncio.Event) -> None:
        known = await self._of(key)
        under_way = next((one for one in known if one.state is PlotState.SENT), None)
        ready = _ready(known)
        if under_way is None and ready is not None and sum(trend.volume) < GROWTH * ready.posts:
            return
        if under_way is None:
            body = await self.draw(trend)
            about = Plot(key, "", in_words(trend), sum(trend.volume), PlotState.SENT, self.clock.now())
            under_way = await self._sent(about, body, name="plot.png", title="Posts about the trend")
        await self._settle(under_way, stop)

    async def _sent(self, about: Plot, body: bytes, *, name: str, title: str) -> Plot:
        """Upload a new one. No channel is named, so nobody but us sees it until a card shows it."""
        alt = cut(about.alt, MOST_ALT)
        asked = await self.web.ask("files.getUploadURLExternal", filename=name, length=len(body), alt_txt=alt)
        url, file = asked.get("upload_url"), asked.get("file_id")
        if not isinstance(url, str) or not isinstance(file, str) or not file:
            raise Refused("Slack names no place for a file")
        # The row before the bytes: a crash behind it is a file to ask for, never one that nobody knows of.
        plot = replace(about, file=file, moved_at=self.clock.now())
        await self._keep(plot)
        crashpoint("slack_picture_kept")
        try:
            await self.web.upload(url, body)
            await self.web.ask("files.completeUploadExternal", files=[{"id": file, "title": title}])
        except BonmotError as error:
            if not isinstance(error, Unavailable) or error.sent is False:  # proven: it will never be there
                await self._keep(replace(plot, state=PlotState.LOST))
            raise
        crashpoint("slack_picture_sent")
        return plot

    async def _settle(self, plot: Plot, stop: asyncio.Event) -> None:
        """Wait until Slack is through with a file. Raises as `ask` does, and Refused where it takes too long."""
        until = self.clock.now() + timedelta(seconds=PATIENCE_SECS)
        while not stop.is_set():
            try:
                about = (await self.web.ask("files.info", file=plot.file)).get("file")
            except Said as error:
                if error.error not in UNKNOWN:
                    raise
                # It never came to be there, or somebody deleted it. Once more, then, when the card is looked at next.
                await self._keep(replace(plot, state=PlotState.LOST))
                return
            if isinstance(about, dict) and about.get("mimetype"):
                await self._keep(replace(plot, state=PlotState.READY, moved_at=self.clock.now()))
                self.trouble.tell(PLOTS, "")
                self.tell(_proposal(plot.proposal))
                return
            if self.clock.now() >= until:
                await self._keep(replace(plot, state=PlotState.REFUSED))
                raise Refused(f"Slack is not through with a picture after {PATIENCE_SECS:.0f} s")
            await sleep_unless(stop, self.clock, LOOK_SECS)

    async def _of(self, key: str) -> list[Plot]:
        """The pictures of a key: a proposal, or a proposal and one of its drafts' pictures (see `Plot.proposal`)."""
        if key not in self._known:
            self._known[key] = await self.kept.plots(key)
        return self._known[key]

    async def _keep(self, plot: Plot) -> None:
        await self.kept.keep_plot(plot)
        known = [one for one in await self._of(plot.proposal) if one.file != plot.file]
        self._known[plot.proposal] = [*known, plot]

    def _is_due(self, known: list[Plot], ready: Plot | None) -> bool:
        if self._is_off() or any(one.state is PlotState.REFUSED for one in known):
            return False
        lost = [one for one in known if one.state is PlotState.LOST]
        newest = max((one.moved_at for one in (*lost, *((ready,) if ready else ()))), default=None)
        return newest is None or self.clock.now() - newest >= REFRESH

    def _is_asked(self, card: Card) -> bool:
        """Whether somebody has to decide on it."""
        return card.proposal.state is State.PENDING and card.proposal.deadline > self.clock.now()

    def _is_off(self) -> bool:
        return self._off_until is not None and self.clock.now() < self._off_until

    def _put_off(self, why: str, secs: float) -> None:
        self.trouble.tell(PLOTS, why)
        self._off_until = self.clock.now() + timedelta(seconds=secs)


def in_words(trend: Trend) -> str:
    """What the picture shows: `1,356 posts a minute at 01:38 UTC, rising since 01:36; at most 1,572 a minute so far.`

    Its newest bar is still growing, so the one before says how it stands.
    """
    values, step = trend.volume, trend.volume_step_secs
    if not values:
        return "No posts were counted yet."
    last = max(0, len(values) - 2)
    at = trend.volume_started_at + timedelta(seconds=step * (last + 1))
    rate, most = (round(value * 60 / step) for value in (values[last], max(values)))
    life = {
        Stage.RISING: f"rising since {trend.started_at:%H:%M}",
        Stage.PEAKING: f"at its peak since {trend.peaked_at or trend.detected_at:%H:%M}",
    }.get(trend.stage, f"fading since {trend.peaked_at or trend.detected_at:%H:%M}")
    return f"{rate:,} posts a minute at {at:%H:%M} UTC, {life}; at most {most:,} a minute so far."


def _proposal(key: str) -> str:
    """Whose picture is kept under a key."""
    return key.partition(" ")[0]


def _ready(known: list[Plot]) -> Plot | None:
    return next((one for one in reversed(known) if one.state is PlotState.READY), None)
