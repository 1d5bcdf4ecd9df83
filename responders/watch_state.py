"""What counting knew when the last run ended, and how this one goes on with it; kept in one file, see monitor.saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from monitor import saved
from monitor.clock import to_text
from monitor.detect.detector import Detector
from monitor.errors import BadInput
from monitor.pipeline import Pipeline, rules_of
from monitor.saved import Saved
from monitor.settings import Settings

log = structlog.get_logger()

STATE_FILE = "watch.state"
"""In the data folder."""


def resumed(settings: Settings, now: datetime, run_id: str) -> tuple[Pipeline, Mapping[str, str]]:
    """The pipeline as the last run saved it, with its cursors; an empty one where nothing can be used."""
    path = settings.data_dir / STATE_FILE
    try:
        state = saved.read(path, now, recordings=_recordings(settings)) if can_go_on(settings) else None
        if state is None:
            return empty(settings, run_id), {}
        pipeline = Pipeline.restore(
            state.pipeline,
            settings.domain_brands(),
            restore_detector=partial(
                Detector.restore, id_prefix=f"{run_id}-t", rules=rules_of(settings.domain_brands())
            ),
            id_prefix=f"{run_id}-",
        )
    except Exception as error:  # the edge of what other versions wrote: whatever is wrong with it, the bot starts
        _put_aside(path, str(error) if isinstance(error, BadInput) else repr(error))
        return empty(settings, run_id), {}
    log.info("state_restored", saved_at=to_text(state.at), trends=len(pipeline.detector.live()))
    return pipeline, state.cursors


def can_go_on(settings: Settings) -> bool:
    """Whether the stream's clock goes on over a restart; that of a recording shifted to now may jump back."""
    return settings.bot.sources.get("recording", {}).get("shift") != "now"


def _recordings(settings: Settings) -> tuple[str, ...]:
    """What sets another clock than ours: the files and how far they are shifted."""
    block = settings.bot.sources.get("recording", {})
    shift = [f"shifted by {block['shift']} s"] if block.get("shift") else []
    return (*block.get("files", ()), *shift)


def _put_aside(path: Path, reason: str) -> None:
    """A file that cannot be used must not stop the bot: cards and tragedies are in the ledger."""
    try:
        place = str(saved.put_aside(path))
    except OSError as error:
        place = f"{path}: {error.strerror or error}"
    log.warning("state_put_aside", reason=reason, place=place)


def empty(settings: Settings, run_id: str) -> Pipeline:
    """A pipeline that knows nothing yet."""
    brands = settings.domain_brands()
    detector = Detector(id_prefix=f"{run_id}-t", rules=rules_of(brands))
    return Pipeline(brands, detector=detector, id_prefix=f"{run_id}-")


def save(path: Path, pipeline: Pipeline, settings: Settings, *, now: datetime, cursors: dict[str, str]) -> None:
    """Write down what counting knows. Nobody feeds the pipeline meanwhile; a full disk costs the next restart only."""
    try:
        state = Saved(now, cursors, pipeline.save(), _recordings(settings))
        size = saved.write(path, state)
    except OSError as error:
        log.warning("state_not_saved", place=str(path), reason=error.strerror or str(error))
    else:
        log.debug("state_saved", place=str(path), bytes=size)
