"""The machine's world: a workspace, a network, and one life of the bot after another on what the last one left."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from monitor.errors import Refused
from responders.approvals import Order, samples
from responders.marks import tid
from responders.model import Draft, Proposal
from responders.publishers import Publisher, bluesky, mastodon
from responders.sandbox import bluesky as bluesky_sandbox
from responders.sandbox import mastodon as mastodon_sandbox
from responders.sandbox import slack
from responders.sandbox.slack import payloads
from tests.machine import hands, people
from tests.machine.bot import Bot, Seam, leave
from tests.machine.hands import Deed, Thing
from tests.machine.loop import Loop, LoopClock

NETWORKS = ("mastodon", "mastodon without keys", "bluesky")
WORDS = """
oven apron batter cinnamon crumb dough fork ginger honey icing jelly kettle ladle muffin nutmeg oats pantry quince
raisin saucer toffee vanilla whisk yeast zest almond biscuit caramel dunk espresso fudge glaze hazel lemon maple napkin
orange pretzel rhubarb sugar tart walnut wafer cocoa cherry berry plum fig
""".split()  # noqa: SIM905 - fifty lines of words are no easier to read


class World:
    """See above. Everything that a person did is a deed in `deeds`; `count` is what happened, for the table."""

    def __init__(self, folder: Path, empty: Path, seam: Seam, *, seed: int, network: str, size: int) -> None:
        self.loop = Loop(seed)
        self.clock = LoopClock(self.loop, samples.START)
        self.chance = Random(seed)
        self.folder, self.seam, self.network, self.size = folder, seam, network, size
        self.count = Counter[str]()
        self.deeds: list[Deed] = []
        self.offers: dict[str, Proposal] = {}
        self.grave: set[str] = set()
        self.ids = people.ids(size)
        self.held: list[tuple[str, Thing, Deed]] = []
        self.is_holding = False
        self.buried: list[Bot] = []
        self.looked: dict[str, list[Thing]] = {}
        """The cards as people saw them, by proposal."""
        self.bot: Bot | None = None
        self.deaths = 0
        self.database = folder / "life0.db"
        shutil.copyfile(empty, self.database)
        self.run(self._open())

    def run(self, act: Any) -> Any:
        """Until it is done; whatever else is due by then happens as well."""
        return self.loop.run_until_complete(act)

    async def _open(self) -> None:
        self.slack = await slack.start(clock=self.clock)
        people.move_in(self.slack)
        self.posts: Any
        if self.network == "bluesky":
            self.posts = await bluesky_sandbox.start(clock=self.clock, accounts={"oreo": "x"})
        else:
            self.posts = await mastodon_sandbox.start(clock=self.clock, accounts={"token": "oreo"})
            self.posts.network.rules.ignores_keys = self.network != "mastodon"

    # --- lives ---------------------------------------------------------------------------------------------------

    def live(self) -> None:
        """Begin a life, where there is none."""
        if self.bot is not None:
            return
        bot = Bot(self.loop, self.clock, self.database)
        bot.life.on_death = lambda: self._died(bot)
        bot.begin(self.slack.url, self.ids, self._publisher, guard=self._judge)
        self.bot = bot
        self.count["life"] += 1

    def kill(self) -> None:
        """Now, wherever every task stands."""
        if self.bot is not None:
            self.count["kill: at rest"] += 1
            self.bot.life.die()

    def _died(self, bot: Bot) -> None:
        self.deaths += 1
        self.database = self.folder / f"life{self.deaths}.db"
        leave(bot.database, self.database)
        self.buried.append(bot)
        self.bot = None
        self.seam.environ.clear()

    def _publisher(self, http: aiohttp.ClientSession) -> Publisher:
        if self.network == "bluesky":
            keys = {"oreo": bluesky.AccountSettings(password="x")}
            settings = bluesky.Settings(accounts=keys, base_url=self.posts.url, timeout_secs=10.0)
            return bluesky.build(settings, http, self.clock)
        tokens = {"oreo": mastodon.AccountSettings(token="token")}
        known = mastodon.Settings(accounts=tokens, base_url=self.posts.url, timeout_secs=10.0)
        return mastodon.build(known, http, self.clock)

    def _judge(self, proposal: Proposal) -> str | None:
        return "it turned grave" if proposal.id in self.grave else None

    def close(self) -> None:
        """Let go of everything."""
        if self.bot is not None:
            self.bot.life.die()
        for bot in self.buried:
            self.run(bot.bury())
        self.run(self.slack.close())
        self.run(self.posts.close())
        self.run(asyncio.sleep(1))
        self.loop.close()

    def pass_time(self, secs: float) -> None:
        """Let time pass."""
        self.run(asyncio.sleep(secs))

    # --- faults --------------------------------------------------------------------------------------------------

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.slack.dial.waiting.clear()
        self.slack.sockets.dial.clear()
        self.slack.sockets.break_lines("fine")
        self.posts.dial.waiting.clear()
        self.seam.environ.clear()
        if self.bot is not None:
            self.bot.life.fuse = None
        self.release()

    def spoil_slack(self, door: str, kind: str, *, secs: float, times: int) -> None:
        """What the next calls of one method meet."""
        self.slack.dial.turn(kind, door=door, secs=secs, times=times)
        self.count[f"fault: web api {kind}"] += times

    def spoil_network(self, act: str, kind: str, *, secs: float, times: int) -> None:
        """What the next posts, looks or deletions meet."""
        if self.network == "bluesky":
            name = {"post": "putRecord", "look": "getRecord", "delete": "deleteRecord"}[act]
            kind = {"broken": "unready", "half": "drop", "page": "error", "silence": "drop"}.get(kind, kind)
            self.posts.dial.turn(kind, nsid=f"com.atproto.repo.{name}", secs=secs, times=times)
        else:
            door = {"post": "post", "look": "own", "delete": "delete"}[act]
            self.posts.dial.turn(kind, door=door, secs=secs, times=times)
        self.count[f"fault: network {kind}"] += times

    def break_sockets(self, kind: str, *, next_ones: bool) -> None:
        """What stands now breaks, or what is opened next."""
        if next_ones:
            self.slack.sockets.turn(kind, after=self.chance.randint(0, 2), times=self.chance.randint(1, 3))
        else:
            self.slack.sockets.break_lines(kind)
        self.count[f"fault: socket {kind}"] += 1

    # --- cards ---------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """One like no other."""
        return " ".join(self.chance.sample(WORDS, 8)).capitalize() + "."

    def offer(self, *, tier: int, needed: int, undo_secs: float, good_secs: float) -> None:
        """A new trend, and a card for it."""
        assert self.bot is not None
        number, now = len(self.offers) + 1, self.clock.now()
        platform = self.network.split()[0]
        account = f"{platform}:oreo"
        found = samples.opportunity(number, of=samples.trend(f"trend {number}", id=f"t{number}"))
        found = replace(found, offered_at=now, deadline=now + timedelta(seconds=good_secs))
        texts = [self.text() for _ in range(self.chance.randint(1, 3))]
        made = samples.proposal(
            f"p{number}", found, account=account, tier=tier, needed=needed, undo_secs=undo_secs, text=texts[0],
            drafts=tuple(Draft(account, text, f"plain{i}") for i, text in enumerate(texts)),
            approvers=people.approvers(self.size), mark=tid(int(now.timestamp()) * 1_000_000 + number, 7),
        )  # fmt: skip
        self.offers[made.id] = made
        self.bot.ledger.save_opportunity(found, [made])
        self.count[f"offer: tier {tier}"] += 1

    def card(self, key: str) -> Thing | None:
        """The message of a proposal, as it stands there."""
        found = self.cards(key)
        return found[-1] if found else None

    def cards(self, key: str) -> list[Thing]:
        """All messages of a proposal."""

        def is_its(one: Thing) -> bool:
            return bool(one.get("metadata", {}).get("event_payload", {}).get("proposal") == key)

        return [one for one in self.slack.messages if is_its(one)]

    # --- what people do ------------------------------------------------------------------------------------------

    def press(self, message: Thing, action: str, user: str, *, draft: int | None = None, choice: str = "") -> None:
        """Press something on a card, as it looks or looked."""
        element = hands.elements(message).get(action)
        if element is None:
            return
        key = message["metadata"]["event_payload"]["proposal"]
        state = hands.touched(message, draft) if draft else None
        made = payloads.click(self.slack.space, message, action, user=user, value=choice or None, state=state)
        act = action.removeprefix("bonmot.")
        number = (draft if state else None) or (hands.preset(message) if act == "approve" else 0)
        text = hands.drafts(message).get(number) if act == "approve" else None
        self.do("interactive", made, Deed(self.loop.time(), user, act, key, text))

    def submit(self, view: Thing, user: str, typed: dict[str, str], deed: Deed) -> None:
        """Send a form."""
        made = payloads.submission(self.slack.space, view, user=user, values=hands.filled(view, typed))
        self.do("interactive", made, deed)

    def say(self, words: str, user: str, deed: Deed) -> None:
        """A slash command."""
        made = payloads.command(self.slack.space, words, user=user, room=slack.CHANNEL)
        self.do("slash_commands", made, deed)

    def do(self, kind: str, payload: Thing, deed: Deed) -> None:
        """On its way, at once or when all that is held back goes out in another order."""
        self._known(deed)
        self.count[f"{'held' if self.is_holding else 'act'}: {deed.act}"] += 1
        if self.is_holding:
            self.held.append((kind, payload, deed))
        else:
            self.put(kind, payload, deed)

    def _known(self, deed: Deed) -> None:
        deed.account = self.offers[deed.proposal].account if deed.proposal else ""
        self.deeds.append(deed)

    def put(self, kind: str, payload: Thing, deed: Deed) -> None:
        """Give it to Slack, once more as another envelope where it went out already."""
        envelope = self.slack.sockets.put(kind, payload, takes_answer=kind == "slash_commands")
        deed.envelopes.append(envelope.id)

    def again(self, number: int) -> None:
        """Slack delivers one of the last acts in another envelope."""
        known = [one for one in self.slack.sockets.envelopes if one.payload.get("event") is None][-6:]
        if known:
            one = known[number % len(known)]
            deed = next(deed for deed in self.deeds if one.id in deed.envelopes)
            self.put(one.kind, one.payload, deed)
            self.count["fault: act twice"] += 1

    def release(self) -> None:
        """What was held back goes out, in any order."""
        self.is_holding = False
        self.chance.shuffle(self.held)
        self.count["fault: reordered"] += len(self.held) > 1
        for kind, payload, deed in self.held:
            self.put(kind, payload, deed)
        self.held.clear()

    def on_page(self, order: Callable[[Proposal], Order], deed: Deed) -> None:
        """Somebody decides on the local page meanwhile."""
        assert self.bot is not None
        bot = self.bot
        now = bot.ledger.proposal(deed.proposal)
        assert now is not None
        deed.via = "inbox"
        self._known(deed)
        self.count[f"page: {deed.act}"] += 1
        bot.life.start(_tried(bot.desk.decide(order(now))), "page")

    def on_page_pause(self, deed: Deed) -> None:
        """The same for the switch."""
        assert self.bot is not None
        desk, person = self.bot.desk, people.who(deed.user)
        deed.via = "inbox"
        self._known(deed)
        self.count[f"page: {deed.act}"] += 1
        act = desk.pause(person, deed.reason, None) if deed.act == "pause" else desk.resume(person, deed.reason)
        self.bot.life.start(_tried(act), "page")


async def _tried(act: Any) -> None:
    try:
        await act
    except Refused:
        return
