"""Two to five people and a bot that dies again and again, in random order: the design's rules hold in every run.

One run is at most thirty steps. `BONMOT_MACHINE_RUNS` says how many runs, `BONMOT_MACHINE_SEED` which others than ever.
The kills here are kills within one process: at a seam, behind any callback, or at rest, all that runs in a life stops
for good, the database is left as it lies on disk, the wires end. Real processes are killed in tests/crash.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, integers, sampled_from

from monitor.storage import open_database
from responders import crashpoints, outbox
from responders.approvals import Order
from responders.crashpoints import CHANNEL_SEAMS, SEAMS
from responders.sandbox.slack.methods import METHODS
from tests.machine import ends, hands, people
from tests.machine.bot import Seam
from tests.machine.hands import Deed
from tests.machine.rules import Rules
from tests.machine.world import NETWORKS, World

RUNS = int(os.environ.get("BONMOT_MACHINE_RUNS", "60"))
SEED = os.environ.get("BONMOT_MACHINE_SEED")
STEPS = 30
PHASES = (Phase.generate, *([] if "BONMOT_MACHINE_RAW" in os.environ else [Phase.shrink]))
"""What fails is made smaller, which takes minutes; raw it is shown as it came."""
POLL_SECS = 5.0
"""The outbox is woken by what people do; this is for what comes due by itself."""
MOST_CARDS = 5
MOST_HELD = 3
"""Acts that are held back; then they go out in another order."""
DOWN_STEPS = 2
"""So many steps go on while the bot is dead, until it is started again."""

DOORS = ("chat.postMessage", "chat.update", "chat.postEphemeral", "conversations.history", "users.info", "views.open",
         "auth.test", "apps.connections.open")  # fmt: skip
WEB_FAULTS = ("cut", "unready", "broken", "limit", "drop", "drop", "half", "error", "error", "page", "auth", "silence")
NETWORK_FAULTS = ("cut", "unready", "limit", "auth", "refuse", "drop", "drop", "half", "error", "error", "silence")
SOCKET_FAULTS = ("close", "cut", "silence", "deaf", "duplicate", "warning", "refresh", "nonsense")
KILLED_AT = tuple(seam for seam in (*SEAMS, *CHANNEL_SEAMS) if seam not in ("before_save", "after_save"))
assert set(DOORS) <= {*METHODS, "apps.connections.open"}

TOTAL = Counter[str]()
FAILED: list[str] = []
"""Traces of what surprised the bot."""


class Machine(RuleBasedStateMachine):
    """The steps."""

    folder: Path
    empty: Path
    seam: Seam

    @initialize(seed=integers(0, 2**32), network=sampled_from(NETWORKS), size=integers(2, 5))
    def begin(self, seed: int, network: str, size: int) -> None:
        outbox.POLL_SECS = POLL_SECS
        FAILED.clear()
        self.place = Path(tempfile.mkdtemp(dir=self.folder))
        self.world = World(self.place, self.empty, self.seam, seed=seed, network=network, size=size)
        self.rules = Rules(size)
        self.luck = Random(seed)
        self.down = self.number = 0
        self.world.live()
        for _ in range(self.luck.randint(1, 3)):
            self._offer(self.luck.randint(1, 2))
        self.pass_a(4.0)

    # --- cards and time ------------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.bot is not None and len(self.world.offers) < MOST_CARDS)
    @rule(tier=integers(1, 2))
    def offer(self, tier: int) -> None:
        self._offer(tier)
        self.pass_a(1.5)

    @rule(secs=sampled_from((0.02, 0.2, 1.0, 4.0, 12.0, 40.0, 100.0)))
    def wait(self, secs: float) -> None:
        self.pass_a(secs)

    @precondition(lambda self: self.world.bot is not None)
    @rule()
    def turn_grave(self) -> None:
        if self.luck.random() < 0.3:
            self.world.grave.add(self._key())
            self.world.count["act: it turns grave"] += 1

    # --- people --------------------------------------------------------------------------------------------------

    @rule(is_old=booleans())
    def approve(self, is_old: bool) -> None:
        self._press("bonmot.approve", self._key(), self._user(), draft=self.luck.randint(0, 3), is_old=is_old)
        self.pass_a(self.luck.choice((0.0, 0.05, 1.0)))

    @rule()
    def everybody_approves(self) -> None:
        self._all_approve(pause_secs=1.2)

    @rule()
    def two_click_at_once(self) -> None:
        key, act = self._key(), self.luck.choice(("approve", "snooze", "withdraw", "undo", "give_up"))
        for _ in range(2):
            self._press(f"bonmot.{act}", key, self._user(), draft=self.luck.randint(0, 3))
        self.pass_a(0.5)

    @rule()
    def press_anything(self) -> None:
        key = self._key()
        message = self.world.card(key)
        if message is not None and (found := sorted(hands.elements(message))):
            self._press(self.luck.choice(found), key, self._user())
        self.pass_a(0.3)

    @rule(act=sampled_from(("snooze", "withdraw", "undo", "give_up")))
    def press(self, act: str) -> None:
        keys = [key for key in self.world.offers if self._shows(key, f"bonmot.{act}")]
        if keys:
            self._press(f"bonmot.{act}", self.luck.choice(keys), self._user(), is_old=self.luck.random() < 0.2)
        self.pass_a(0.2)

    @rule(form=sampled_from(("edit", "edit", "reject")))
    def fill_a_form(self, form: str) -> None:
        views = self.world.slack.space.views
        known, user = set(views), self._user()
        self._press(f"bonmot.{form}", self._key(), user)
        self.pass_a(0.5)
        fresh = [view for key, view in views.items() if key not in known]
        if fresh:
            self._submit(fresh[-1], user, is_bad=self.luck.random() < 0.1)
            self.pass_a(0.3)

    @precondition(lambda self: len(self.world.slack.space.views) > 0)
    @rule()
    def send_an_old_form(self) -> None:
        self._submit(self.luck.choice(list(self.world.slack.space.views.values())), self._user(), is_bad=False)
        self.pass_a(0.3)

    @rule(act=sampled_from(("pause", "resume", "resume")), is_page=booleans())
    def turn_the_switch(self, act: str, is_page: bool) -> None:
        deed = self._deed(self._user(), act, reason=self._reason())
        if is_page and self.world.bot is not None:
            deed.user = self._user(of_team=True)
            self.world.on_page_pause(deed)
        else:
            span = self.luck.choice(("", "1m ", "2m ")) if act == "pause" else ""
            self.world.say(f"/bonmot {act} {span}{deed.reason}", deed.user, deed)
        self.pass_a(0.3)

    @precondition(lambda self: self.world.bot is not None)
    @rule(act=sampled_from(("approve", "edit", "reject", "snooze", "withdraw")))
    def decide_on_the_page(self, act: str) -> None:
        deed = self._deed(self._user(of_team=True), act, self._key(), reason=self._reason())
        until = self.world.clock.now() + timedelta(seconds=30)
        person = people.who(deed.user)

        def order(now: Any) -> Order:
            deed.text = {"approve": now.text, "edit": self.world.text()}.get(act)
            text = deed.text if act == "edit" else None
            return Order(now.id, act, person, "inbox", now.revision, text=text, reason=deed.reason, until=until)  # type: ignore[arg-type]

        self.world.on_page(order, deed)
        self.pass_a(0.1)

    @rule()
    def delete_the_message(self) -> None:
        message = self.world.card(self._key())
        if message is not None:
            self.world.slack.space.messages.remove(message)
            self.world.count["act: message deleted"] += 1

    # --- faults --------------------------------------------------------------------------------------------------

    @rule(how=sampled_from(("again", "again", "hold", "release")))
    def disorder(self, how: str) -> None:
        if how == "again":
            self.world.again(self.luck.randint(0, 5))
        elif how == "hold":
            self.world.is_holding = True
        else:
            self.world.release()
        self.pass_a(0.3)

    @rule(is_next=booleans())
    def break_sockets(self, is_next: bool) -> None:
        self.world.break_sockets(self.luck.choice(SOCKET_FAULTS), next_ones=is_next)
        self.pass_a(0.1)

    @rule()
    def spoil_slack(self) -> None:
        times, secs = self.luck.randint(1, 3), self.luck.choice((1.0, 20.0))
        self.world.spoil_slack(self.luck.choice(DOORS), self.luck.choice(WEB_FAULTS), secs=secs, times=times)

    @rule()
    def spoil_network(self) -> None:
        act = self.luck.choice(("post", "post", "look", "delete"))
        self.world.spoil_network(act, self.luck.choice(NETWORK_FAULTS), secs=5.0, times=self.luck.randint(1, 2))

    # --- deaths --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.bot is not None)
    @rule(how=sampled_from(("at rest", "callback", "seam")))
    def kill(self, how: str) -> None:
        self._arm(how)
        self.pass_a(0.2)

    @precondition(lambda self: self.world.bot is not None)
    @rule(how=sampled_from(("callback", "seam", "seam")))
    def kill_in_the_act(self, how: str) -> None:
        self._arm(how)
        self._all_approve(pause_secs=0.2)

    # --- inside --------------------------------------------------------------------------------------------------

    def pass_a(self, secs: float) -> None:
        """Time passes, and what must hold is looked at; who is dead for long is started again."""
        if self.world.is_holding and len(self.world.held) >= MOST_HELD:
            self.world.release()
        deaths = self.world.deaths
        self.world.pass_time(secs)
        self.down = self.down + 1 if self.world.bot is None else 0
        if self.down > DOWN_STEPS:
            self.world.live()
            ends.reborn(self.world, self.rules)
            self.world.pass_time(2.0)
        self.world.count["died"] += self.world.deaths - deaths
        ends.after_a_step(self.world, self.rules)
        assert not FAILED, FAILED[0]

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        try:
            ends.at_the_end(world, self.rules)
        finally:
            TOTAL.update(world.count + self.rules.count)
            TOTAL.update(f"killed at {seam}" for seam in self.seam.died)
            self.seam.died.clear()
            world.close()
            shutil.rmtree(self.place)
        TOTAL[f"run: {world.network}, {world.size} people"] += 1

    def _offer(self, tier: int) -> None:
        needed = min(self.luck.choice((1, 1, 2, 3)), self.world.size)
        undo_secs, good_secs = self.luck.choice((0.0, 2.0, 20.0)), self.luck.choice((60.0, 300.0, 600.0, 900.0))
        self.world.offer(tier=tier, needed=needed, undo_secs=undo_secs, good_secs=good_secs)

    def _arm(self, how: str) -> None:
        assert self.world.bot is not None
        if how == "at rest":
            self.world.kill()
            return
        self.world.count[f"armed: {how}"] += 1
        if how == "callback":
            self.world.bot.life.fuse = self.luck.randint(1, 300)
        else:
            self.seam.arm(f"{self.luck.choice(KILLED_AT)}:{self.luck.choice((1, 1, 2))}")

    def _all_approve(self, *, pause_secs: float) -> None:
        keys = [key for key in self.world.offers if self._shows(key, "bonmot.approve")]
        key = self.luck.choice(keys) if keys else self._key()
        for user in list(people.TEAM_OF_FIVE)[: self.world.size]:
            self._press("bonmot.approve", key, user)
            self.pass_a(pause_secs)

    def _key(self) -> str:
        return f"p{self.luck.randint(1, len(self.world.offers))}"

    def _shows(self, key: str, action: str) -> bool:
        message = self.world.card(key)
        return message is not None and action in hands.elements(message)

    def _reason(self) -> str:
        self.number += 1
        return f"reason number {self.number}"

    def _user(self, *, of_team: bool = False) -> str:
        team = list(people.TEAM_OF_FIVE)[: self.world.size]
        others = [user for user in people.USERS if user not in people.TEAM_OF_FIVE]
        return self.luck.choice(team if of_team or self.luck.random() < 0.75 else others)

    def _deed(self, user: str, act: str, key: str = "", *, reason: str = "") -> Deed:
        return Deed(self.world.loop.time(), user, act, key, reason=reason)

    def _press(self, action: str, key: str, user: str, *, draft: int = 0, is_old: bool = False) -> None:
        """On the card as it stands, or as it was at some time."""
        now = self.world.card(key)
        if now is not None:
            self.world.looked.setdefault(key, []).append(dict(now))
        seen = self.world.looked.get(key, [])
        message = self.luck.choice(seen) if is_old and seen else now
        element = hands.elements(message).get(action) if message else None
        if message is None or element is None:
            return
        options = [option["value"] for option in element.get("options", [])]
        choice = self.luck.choice(options) if options else ""
        self.world.press(message, action, user, draft=draft or None, choice=choice)

    def _submit(self, view: dict[str, Any], user: str, *, is_bad: bool) -> None:
        form = view.get("callback_id", "")
        stamp = view.get("private_metadata", "")
        key = next((key for key in self.world.offers if f'"{key}"' in stamp), "")
        if form == "bonmot.edit" and key:
            text = "too long " * 300 if is_bad else self.world.text()
            deed = self._deed(user, "edit", key)
            deed.text = text
            self.world.submit(view, deed.user, {"texta": text}, deed)
        elif form == "bonmot.reject" and key:
            deed = self._deed(user, "reject", key, reason="" if is_bad else self._reason())
            self.world.submit(view, deed.user, {"reason": deed.reason}, deed)


def _note(_logger: Any, _method: str, event: Any) -> Any:
    """Keep what ended at an edge where anything may be caught: it is a mistake of ours all the same."""
    if event["event"] == "task_failed":
        FAILED.append("".join(traceback.format_exception(*sys.exc_info())))
    raise structlog.DropEvent


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("empty") / "empty.db"
    open_database(place).dispose()
    return place


@pytest.fixture
def machine(empty: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Machine]]:
    memory = Path("/dev/shm")
    seam = Seam()
    monkeypatch.setattr(crashpoints, "os", seam.shim)
    monkeypatch.setattr(outbox, "POLL_SECS", POLL_SECS)
    structlog.configure(processors=[_note], wrapper_class=structlog.make_filtering_bound_logger("error"))
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        Machine.folder, Machine.empty, Machine.seam = Path(folder), empty, seam
        yield Machine


def test_whatever_happens_nothing_is_posted_twice_lost_or_without_the_yes_it_needs(machine: type[Machine]) -> None:
    how = settings(
        max_examples=RUNS, stateful_step_count=STEPS, derandomize=SEED is None, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=PHASES,
    )  # fmt: skip
    run_state_machine_as_test(machine if SEED is None else seeded(int(SEED))(machine), settings=how)
    print("\n" + "\n".join(f"{times:8}  {what}" for what, times in sorted(TOTAL.items())))
