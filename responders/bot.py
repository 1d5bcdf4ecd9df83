"""The only place that builds everything: settings in, a running house out, and an orderly end."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

import aiohttp
import structlog

from monitor import saved
from monitor.aside import Aside, Thread
from monitor.clock import Clock
from monitor.errors import BadInput
from monitor.language import load, load_lexicon
from monitor.pipeline import Pipeline
from monitor.record import Limits, keeping
from monitor.schema import SlackSettings
from monitor.settings import Settings
from monitor.signals.context import Hear, Near, Tragedy
from monitor.sources import Tally
from monitor.storage import alone, open_database
from monitor.telemetry import metrics_page
from monitor.watch import Watch
from responders import watch_state
from responders.adapters import Purses, chosen_sources, probes_of, publishers_of, sources_of, writer_of
from responders.album import FOLDER, Album
from responders.approvals.aides import Aides
from responders.approvals.changes import Changes
from responders.approvals.inbox.app import build as build_inbox
from responders.approvals.slack.channel import Line, Names, SlackChannel
from responders.approvals.slack.look import Look
from responders.counsel import LiveCounsel
from responders.credentials import Credentials
from responders.desk import Books, LedgerDesk
from responders.erasing import Eraser
from responders.guard import Guard
from responders.house import House, Office, ids_in, paces_in, people_in, titles_in
from responders.intake import Intake
from responders.ledger import Ledger
from responders.mailroom import BookedMail
from responders.outbox import Outbox
from responders.permits import Permits
from responders.pictures.gallery import Gallery
from responders.policy import policy_of
from responders.publishers import Publisher
from responders.redraft import LiveRedraft
from responders.trying import Trial
from responders.tuning import LiveTuner

log = structlog.get_logger()

T = TypeVar("T")

HTTP_SECS = 30.0
TURN_SECS = 0.0005
TOKEN_FILE = "inbox.token"  # noqa: S105 - a file name
"""In the data folder, readable by its owner alone: lets the command line ask the running page for sign-in links."""
TOKEN_BYTES = 32


@asynccontextmanager
async def office(
    settings: Settings,
    *,
    clock: Clock,
    run_id: str = "",
    pipeline: Pipeline | None = None,
    hear: Hear | None = None,
    near: Near | None = None,
    think: Aside | None = None,
) -> AsyncIterator[Office]:
    """Open the ledger and whatever posts; close both on the way out. Without a `pipeline` it begins with an empty one.

    `hear` are the trained heads, `near` the lexicon; a command that judges nothing does without, for they take a while
    to load. The
    pipeline lives in a thread of its own, or where `think` says.
    Raises BadInput for a ledger that cannot be opened or a publisher that cannot be built.
    """
    async with AsyncExitStack() as stack:
        timeout = aiohttp.ClientTimeout(total=HTTP_SECS)
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        listeners: list[Callable[[str], None]] = []
        loop = asyncio.get_running_loop()
        ledger = Ledger(open_database(database(settings)), on_move=partial(_tell, loop, listeners))
        stack.callback(ledger.close)
        books = Books(ledger)
        stack.callback(books.close)
        purses = Purses(settings, clock)
        posts_to = publishers_of(settings, http=http, clock=clock, purses=purses)
        for publisher in {id(p): p for p in posts_to.values()}.values():
            stack.push_async_callback(publisher.close)
        pipeline = pipeline or watch_state.empty(settings, run_id)
        pipeline.context = replace(await books.call(books.ledger.context, clock.now()), hear=hear, near=near)
        if think is None:
            think = thread = Thread("pipeline")
            stack.callback(thread.close)
        preview = Thread("preview")
        stack.callback(preview.close)
        rooms = _office(
            settings, clock=clock, pipeline=pipeline, think=think, books=books, posts_to=posts_to, purses=purses
        )
        probes = probes_of(settings, posts_to=posts_to, http=http, clock=clock, purses=purses)
        rooms = replace(
            rooms, writer=writer_of(settings, http=http, clock=clock), credentials=Credentials(probes, clock),
            preview=preview,
        )  # fmt: skip
        listeners += [rooms.changes.tell, rooms.outbox.wake]
        yield rooms


@asynccontextmanager
async def built(settings: Settings, *, clock: Clock, run_id: str, think: Aside | None = None) -> AsyncIterator[House]:
    """Build everything and open the page; close it in the right order on the way out.

    `run_id` keeps the trends of two runs apart in one ledger: what is new in this run is called after it, and what
    lives on from the last one keeps its name. `think` as for `office`: on a fake clock nothing may happen aside.
    Raises BadInput for settings that cannot run here.
    """
    with alone(database(settings)), _short_turns():
        heads, lexicon = await asyncio.to_thread(load), await asyncio.to_thread(load_lexicon)
        pipeline, cursors = watch_state.resumed(settings, clock.now(), run_id)
        async with (
            office(
                settings, clock=clock, run_id=run_id, pipeline=pipeline, hear=heads.hear, near=lexicon.near, think=think
            ) as rooms,
            _opened(rooms, cursors) as house,
        ):
            yield house


@contextmanager
def _short_turns() -> Iterator[None]:
    """Threads take shorter turns: the pipeline gives the interpreter up only when its turn is over, and a click needs
    it back some fifty times between its rows. Python's usual five milliseconds would make that a quarter of a second.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@asynccontextmanager
async def _opened(rooms: Office, cursors: Mapping[str, str]) -> AsyncIterator[House]:
    """The house with its page open; sources resume at the cursors, the others where the ledger says."""
    settings = rooms.settings
    intake = _intake(rooms)
    watch = _watch(rooms, intake, cursors)
    house = House(rooms, watch, intake, people_in(settings), titles_in(settings), ids_in(settings))
    token = _token(settings.data_dir / TOKEN_FILE)
    house.inbox = build_inbox(
        rooms.desk,
        people=house.people,
        brands=house.titles,
        host=settings.bot.inbox.host,
        port=settings.bot.inbox.port,
        clock=rooms.clock,
        token=token,
        secret=hashlib.sha256(token.encode()).digest(),  # keeps the cookie's name over restarts
        ready=house.ready,
        metrics=metrics_page,
        last_read=house.last_read,
        listening=lambda: house.watch.listening,
        notice=house.notice,
        trends=partial(rooms.think.call, rooms.pipeline.detector.live),
        picture=rooms.album.read,
    )
    house.url = await house.inbox.start()
    try:
        async with AsyncExitStack() as stack:
            if settings.bot.slack is not None:
                http = await stack.enter_async_context(aiohttp.ClientSession())
                house.slack = slack_of(settings.bot.slack, rooms, house, http=http)
                await house.slack.open()
                stack.push_async_callback(house.slack.close)
            if (block := settings.bot.record) is not None:
                limits = Limits(int(block.max_gb * 1e9), timedelta(days=block.max_days))
                keeper = await stack.enter_async_context(keeping(settings.data_dir / block.folder, limits, rooms.clock))
                keeper.attach(house.watch)
            yield house
    finally:
        rooms.changes.close()  # ends the pages' open streams, which would hold the page open
        await house.inbox.close()


def slack_of(block: SlackSettings, rooms: Office, house: House, *, http: aiohttp.ClientSession) -> SlackChannel:
    """The Slack channel of a house; nothing is asked yet. It works beside the page, never in its place."""
    channel = SlackChannel(
        rooms.desk,
        BookedMail(rooms.books),
        Look(),
        line=_line(block),
        names=Names(house.ids, house.people, house.titles, block.channels, block.groups),
        http=http,
        clock=rooms.clock,
        trends=partial(rooms.think.call, rooms.pipeline.detector.live),
        aides=aides_of(rooms, house),
        picture=rooms.album.read,
    )
    rooms.permits.ask(channel.groups.members)
    return channel


def _line(block: SlackSettings) -> Line:
    line, door = Line(block.bot_token, block.app_token, block.base_url), block.door
    if door is None:
        return line
    return replace(line, signing_secret=block.signing_secret, host=door.host, port=door.port)


def aides_of(rooms: Office, house: House) -> Aides:
    """Who may be asked beside the desk; they work aside, in the threads that are there."""
    counsel = LiveCounsel(rooms.brands, rooms.books, rooms.desk, rooms.pipeline, rooms.think, rooms.clock)
    redraft = LiveRedraft(lambda: house.settings, rooms.brands, rooms.books, rooms.desk, rooms.clock, rooms.writer)
    return Aides(counsel, redraft, _tuner(rooms, house))


def _tuner(rooms: Office, house: House) -> LiveTuner:
    def folder() -> Path | None:
        block = house.settings.bot.record
        return None if block is None else house.settings.data_dir / block.folder

    context = partial(getattr, rooms.pipeline, "context")
    trial = Trial(folder, context, rooms.books, rooms.desk, rooms.clock, rooms.preview)
    return LiveTuner(lambda: house.settings, rooms.books, rooms.clock, trial, rooms.permits.members)


def database(settings: Settings) -> Path:
    """Where the ledger lies."""
    return settings.data_dir / "bonmot.db"


def _tell(loop: asyncio.AbstractEventLoop, listeners: Sequence[Callable[[str], None]], proposal: str) -> None:
    """Pass a move on from the ledger's thread to the event loop: pages and outbox need not wait for their next look."""
    for listener in listeners:
        loop.call_soon_threadsafe(listener, proposal)


def _office(
    settings: Settings,
    *,
    clock: Clock,
    pipeline: Pipeline,
    think: Aside,
    books: Books,
    posts_to: dict[str, Publisher],
    purses: Purses,
) -> Office:
    brands = {brand.name: brand for brand in settings.domain_brands()}
    changes = Changes()
    permits = Permits(settings)
    desk = LedgerDesk(books, clock=clock, brands=brands, changes=changes, permits=permits)
    desk.policy = policy_of(settings.bot.policy)
    desk.templates = settings.texts()
    desk.rehearsed = frozenset(name for name, one in posts_to.items() if one.platform == "console" != name)
    guard = Guard(pipeline, think, brands, desk)
    paces = paces_in(settings)
    album = Album(settings.data_dir / FOLDER)
    desk.outbox = Outbox(
        books,
        publishers=posts_to,
        guard=guard.look,
        paces=paces,
        promised=desk.promised,
        album=album,
        clock=clock,
        grace_secs=settings.bot.grace_secs,
    )
    aside = saved.aside_of(settings.data_dir / watch_state.STATE_FILE)
    eraser = Eraser(books, desk, clock, aside=aside, album=album)
    return Office(
        settings,
        clock,
        brands,
        books,
        changes,
        pipeline,
        think,
        desk,
        desk.outbox,
        eraser,
        paces,
        purses,
        permits,
        album,
    )


def _watch(rooms: Office, intake: Intake, cursors: Mapping[str, str]) -> Watch:
    books, tally = rooms.books, Tally()
    path = rooms.settings.data_dir / watch_state.STATE_FILE

    async def save_cursor(source: str, cursor: str) -> None:
        await books.call(books.ledger.save_cursor, source, cursor)

    async def load_cursor(source: str) -> str | None:
        return cursors.get(source) or await books.call(books.ledger.cursor, source)

    async def mourn(tragedies: Sequence[Tragedy]) -> None:
        await books.call(books.ledger.save_tragedies, tragedies, rooms.clock.now())

    async def comfort(tragedies: Sequence[Tragedy]) -> None:
        await books.call(books.ledger.drop_tragedies, tragedies)

    async def save_state(reached: Mapping[str, str]) -> None:
        if watch_state.can_go_on(rooms.settings):
            save = partial(watch_state.save, now=rooms.clock.now(), cursors=dict(reached))
            await rooms.think.call(save, path, rooms.pipeline, rooms.settings)

    return Watch(
        sources=sources_of(
            chosen_sources(rooms.settings), rooms.settings, tally=tally, clock=rooms.clock, purses=rooms.purses
        ),
        pipeline=rooms.pipeline,
        clock=rooms.clock,
        receive=intake.receive,
        save_cursor=save_cursor,
        load_cursor=load_cursor,
        save_state=save_state,
        save_every_secs=rooms.settings.bot.save_every_secs,
        tally=tally,
        random=Random(),  # noqa: S311 - spreads retries, hides nothing
        think=rooms.think,
        forget=rooms.eraser.forget,
        mourn=mourn,
        comfort=comfort,
    )


def _intake(rooms: Office) -> Intake:
    return Intake(
        rooms.settings,
        rooms.brands,
        rooms.books,
        rooms.desk,
        rooms.clock,
        give_back=rooms.pipeline.give_back,
        writer=rooms.writer,
        gallery=Gallery(rooms.album, rooms.clock),
    )


def _token(path: Path) -> str:
    """The bearer token in the file; made, for its owner's eyes only, when missing."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return token_in(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(TOKEN_BYTES))
    return token_in(path)


def token_in(path: Path) -> str:
    """The bearer token kept in the file. Raises BadInput for a file that cannot be read or holds none."""
    try:
        token = path.read_text("ascii").strip()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; `bonmot run` makes it") from error
    except UnicodeDecodeError:
        token = ""
    if len(token) < TOKEN_BYTES or not token.isprintable():  # an empty one would let everybody in
        raise BadInput(f"{path}: holds no token; remove the file, and `bonmot run` makes a new one")
    return token
