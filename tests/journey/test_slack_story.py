"""The story of the dark stadium in Slack, as `bonmot demo --slack --headless` tells it: each stage with its time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from monitor.clock import SystemClock
from responders.demo.slack_story import play
from responders.demo.stage import set_up

STAGES = ["first post", "announced", "card", "picture", "click", "ack", "decision", "posted", "in all", "card edited",
          "blocked", "ignored"]  # fmt: skip


async def test_from_the_first_post_to_the_card_that_says_so(tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with (
        set_up(tmp_path, clock=SystemClock(), run_id="run", speed=None, with_slack=True) as stage,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(stage.house.run(stop), name="house")
        story = await play(stage)
        stop.set()
    assert [what for _, what, _ in story.chapters] == STAGES
    at = {what: secs for secs, what, _ in story.chapters}
    order = [at[name] for name in STAGES[:8]]
    assert order == sorted(order)
    assert at["posted"] <= at["card edited"]
    assert at["decision"] - at["click"] < 1.0
    told = {what: detail for _, what, detail in story.chapters}
    [posted] = stage.sandbox.posts
    assert posted.text in told["click"]
    assert "posts a minute" in told["picture"]
    assert "ferry" in told["blocked"]
    assert stage.slack is not None
    assert [str(one["blocks"]).count("Posted to") for one in stage.slack.messages if one["channel"] == "C01APPR"] == [1]
