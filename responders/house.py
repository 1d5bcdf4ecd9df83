"""Everything that runs, as one house with its office: built by responders.bot, run and furnished anew here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import structlog

from monitor.aside import Aside, Here
from monitor.clock import Clock
from monitor.model import Brand
from monitor.pipeline import Pipeline
from monitor.settings import Settings
from monitor.watch import Watch
from responders import escalating
from responders.adapters import Purses
from responders.album import Album
from responders.approvals.changes import Changes
from responders.approvals.inbox.app import InboxApp
from responders.approvals.slack.channel import SlackChannel
from responders.credentials import Credentials
from responders.desk import Books, LedgerDesk
from responders.drafting.writer import Writer
from responders.erasing import Eraser
from responders.intake import Intake
from responders.outbox import Outbox
from responders.pacing import Pace, pace_of
from responders.permits import Permits
from responders.policy import policy_of

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Office:
    """The answering half without its page: what the command line needs to act on the ledger."""

    settings: Settings
    clock: Clock
    brands: dict[str, Brand]
    books: Books
    changes: Changes
    pipeline: Pipeline
    think: Aside
    """Where the pipeline lives."""
    desk: LedgerDesk
    outbox: Outbox
    eraser: Eraser
    paces: dict[str, Pace]
    """By brand."""
    purses: Purses
    """What paid networks may cost."""
    permits: Permits
    """Who may say yes."""
    album: Album
    """The pictures of cards."""
    preview: Aside = field(default_factory=Here)
    """Where keywords are tried, for up to a minute."""
    writer: Writer | None = None
    """The language model, where the settings name one."""
    credentials: Credentials | None = None
    """Whether the accounts are let in, looked at once a day."""


@dataclass(slots=True)
class House:
    """Everything that runs, for whoever needs a door to it (the command line, the demo, the journey tests)."""

    office: Office
    watch: Watch
    intake: Intake
    people: dict[str, str]
    """Who may sign in, by key; the page reads these two whenever it is asked."""
    titles: dict[str, str]
    """Of the brands."""
    ids: dict[str, str]
    """Slack's id of a person -> their key."""
    inbox: InboxApp = field(init=False)
    slack: SlackChannel | None = None
    url: str = ""
    refused: str = ""
    """Why changed settings do not count, for the page."""

    def take(self, settings: Settings) -> None:
        """Work by other settings from now on; called when the pipeline does already, and nothing is under way."""
        rooms = self.office
        self.office = replace(rooms, settings=settings)
        put(rooms.brands, {brand.name: brand for brand in settings.domain_brands()})
        put(rooms.paces, paces_in(settings))
        rooms.permits.take(settings)
        put(self.people, people_in(settings))
        put(self.titles, titles_in(settings))
        put(self.ids, ids_in(settings))
        self.intake.settings = settings
        rooms.desk.policy = policy_of(settings.bot.policy)
        rooms.desk.templates = settings.texts()

    @property
    def settings(self) -> Settings:
        return self.office.settings

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; then take nothing new and finish what is in hand within the grace time.

        Raises an ExceptionGroup with TimeoutError when the grace time was too short. Cancelling ends it at once. What
        either leaves behind is settled by the next start.
        """
        office = self.office
        async with asyncio.TaskGroup() as limit:
            grace = limit.create_task(self._grace(stop), name="grace")
            async with asyncio.TaskGroup() as house:
                house.create_task(self.watch.run(stop), name="watch")
                house.create_task(office.outbox.run(stop), name="outbox")
                house.create_task(office.desk.follow(stop), name="follow moves")
                house.create_task(office.eraser.run(stop), name="eraser")
                house.create_task(escalating.run(office, stop), name="escalation")
                if self.slack is not None:
                    house.create_task(self.slack.run(stop), name="slack")
                if office.writer is not None:
                    house.create_task(office.writer.run(stop), name="writer")
                if office.credentials is not None:
                    house.create_task(office.credentials.run(stop), name="credentials")
                await stop.wait()
                log.info("stop_asked", grace_secs=self.settings.bot.grace_secs)
            grace.cancel()

    def ready(self) -> tuple[bool, str]:
        """Whether it takes part in the world: for /readyz."""
        away = [name for name, source in self.watch.listening.items() if source.is_away]
        if not self.url:
            return False, "starting"
        if away and len(away) == len(self.watch.listening):
            now = self.office.clock.now()
            told = [self.watch.listening[name].sentence(name, now) for name in sorted(away)]
            return False, f"no source answers: {'; '.join(told)}"
        return True, "ready"

    def notice(self) -> str:
        """What people have to know of the program itself, for the page."""
        credentials = self.office.credentials
        told = (self.refused, credentials.notice() if credentials else "", self.slack.notice() if self.slack else "")
        return " ".join(filter(None, told))

    def last_read(self) -> datetime | None:
        """When the newest post was written that any source delivered."""
        times = [source.last_post_at for source in self.watch.listening.values() if source.last_post_at]
        return max(times, default=None)

    async def _grace(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await self.office.clock.sleep(self.settings.bot.grace_secs)
        raise TimeoutError(f"work was still in hand {self.settings.bot.grace_secs:g} s after the stop")


def people_in(settings: Settings) -> dict[str, str]:
    """Key -> name, of everybody who may decide."""
    return {name: person.title for name, person in settings.bot.people.items()}


def ids_in(settings: Settings) -> dict[str, str]:
    """Slack's id -> key, of the people who have one."""
    return {person.slack: name for name, person in settings.bot.people.items() if person.slack}


def titles_in(settings: Settings) -> dict[str, str]:
    """Key -> name, of the brands."""
    return {name: brand.title for name, brand in settings.brands.items()}


def paces_in(settings: Settings) -> dict[str, Pace]:
    """By brand, how often its accounts may speak."""
    return {name: pace_of(brand) for name, brand in settings.brands.items()}


def put(known: dict[str, T], new: dict[str, T]) -> None:
    """Make one the other, for whoever holds it."""
    known.clear()
    known.update(new)
