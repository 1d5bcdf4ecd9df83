"""Walks a person through the windows of a keyword's tuning; everything that is decided lies with the tuner."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from monitor.clock import Clock
from monitor.errors import BonmotError, Refused
from responders.approvals.aides import Progress, Retune, Tuner
from responders.approvals.slack import modals, tuning
from responders.approvals.slack.face import Asked
from responders.approvals.slack.kept import Payload, Received
from responders.approvals.slack.web import Web

SHOW_SECS = 3.0
"""Between two looks at how far a preview is: `views.update` may be asked often, and nobody reads faster."""
NAMES = frozenset({"preview", "propose", "tune_apply", "tune_drop"})


@dataclass(frozen=True, slots=True)
class Step:
    """What the ack of a window says."""

    answer: Payload
    sentence: str
    """For the record."""
    is_final: bool
    """Whether nothing is to be carried out after it."""


@dataclass(slots=True)
class Tunes:
    """Answers windows in their acks, and does the rest aside."""

    tuner: Tuner
    web: Web
    clock: Clock

    def first(self) -> Payload:
        """The window that asks which keyword."""
        return tuning.choose(self.tuner.keywords())

    def step(self, payload: Payload, asked: Asked) -> Step | None:
        """What the ack says; None where it says nothing."""
        if asked.name == "tune_next":
            return self._next(payload, asked.reason)
        if asked.name != "preview":
            return None
        retune = _read(asked.reason)
        wrong = self.tuner.against(retune)
        if not wrong:
            return Step(_update(tuning.counting(retune)), "a preview", is_final=False)
        part, sentence = next(iter(wrong.items()))
        return Step(modals.beside(tuning.block_of(payload, part), sentence), sentence, is_final=True)

    def _next(self, payload: Payload, which: str) -> Step:
        found = tuning.chosen(which, self.tuner.keywords())
        if found is None:
            sentence = "Choose a keyword; that one is gone."
            return Step(modals.beside(tuning.block_of(payload, tuning.WHICH), sentence), sentence, is_final=True)
        return Step(_update(tuning.form(*found)), "chose a keyword", is_final=True)

    async def carry_out(self, asked: Asked, person: str, received: Received) -> str:
        """What to tell the person, where no window shows it. Raises Refused with a sentence."""
        if asked.name in ("tune_apply", "tune_drop"):
            return await self.tuner.settle(asked.number, person, apply=asked.name == "tune_apply")
        retune = _read(asked.reason)
        if asked.name == "propose":
            return await self.tuner.propose(retune, person, received.received_at)
        view = str((received.payload.get("view") or {}).get("id", ""))
        await self._preview(retune, view)
        return ""

    async def _preview(self, retune: Retune, view: str) -> None:
        """Try it and show how far that is, then what came of it."""
        progress, found = Progress(), None
        try:
            async with asyncio.TaskGroup() as group:
                shows = group.create_task(self._show(retune, progress, view), name="show a preview")
                try:
                    found = await self.tuner.preview(retune, progress)
                except BonmotError as error:
                    await self._put(view, tuning.said(f"It could not be tried: {error}"))
                finally:
                    shows.cancel()
        finally:
            progress.is_over = True  # where nobody waits, the counting ends as well
        if found is not None:
            await self._put(view, tuning.shown(retune, found))

    async def _show(self, retune: Retune, progress: Progress, view: str) -> None:
        while True:
            await self.clock.sleep(SHOW_SECS)
            try:
                await self._put(view, tuning.counting(retune, progress.posts))
            except BonmotError:  # a picture that was not drawn; what came of it is shown at the end
                continue

    async def _put(self, view: str, made: Payload) -> None:
        await self.web.ask("views.update", view_id=view, view=made)


def _read(text: str) -> Retune:
    found = tuning.read(text)
    if found is None:
        raise Refused("This form is not one of ours, or of an older version: open it again.")
    return found


def _update(view: Payload) -> Payload:
    return {"response_action": "update", "view": view}
