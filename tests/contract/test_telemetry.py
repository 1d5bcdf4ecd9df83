"""What is logged is one line, in one form, and never obeyed by whoever reads it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from monitor import telemetry

log = structlog.get_logger()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the logs go; the set-up of the process is put back afterwards."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield io.StringIO()
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_a_fact_and_its_fields(written: io.StringIO) -> None:
    telemetry.configure(stream=lambda: written)
    log.info("post_dropped", source="x", reason="too old")
    assert written.getvalue().split(" ", 1)[1] == 'info    post_dropped source=x reason="too old"\n'


def test_strangers_text_stays_on_its_line_and_steers_nothing(written: io.StringIO) -> None:
    telemetry.configure(stream=lambda: written)
    log.info("post_dropped", text='a\n2026 error bot_stopped b="1"\x1b[31m\x00\u202e', more={"k\n": ["\r"]})
    text = written.getvalue()
    assert text.count("\n") == 1
    assert not [c for c in "\x1b\x00\u202e\r" if c in text]
    assert r"\"1\"" in text


def test_a_long_text_is_cut(written: io.StringIO) -> None:
    telemetry.configure(stream=lambda: written)
    log.info("post_dropped", text="x" * 1_000_000)
    assert len(written.getvalue()) < 2200


def test_a_secret_is_not_written(written: io.StringIO) -> None:
    telemetry.configure(stream=lambda: written)
    log.info("bot_started", slack_token="xoxb-1", password="hunter2")
    assert "slack_token=*** password=***" in written.getvalue()


def test_a_machine_reads_json(written: io.StringIO) -> None:
    telemetry.configure(style="json", stream=lambda: written)
    log.warning("source_lost", source="x", reason="żółć \x00")
    line = json.loads(written.getvalue())
    assert {key: line[key] for key in ("event", "level", "reason")} == {
        "event": "source_lost",
        "level": "warning",
        "reason": "żółć \\x00",
    }


def test_less_important_lines_are_left_out(written: io.StringIO) -> None:
    telemetry.configure("warning", stream=lambda: written)
    log.info("bot_started")
    assert written.getvalue() == ""


def test_libraries_speak_through_the_same_door(written: io.StringIO) -> None:
    telemetry.configure(stream=lambda: written)
    logging.getLogger("aiohttp.access").info("GET /")
    logging.getLogger("aiohttp.server").error("bad %s", "line\x1b")
    assert written.getvalue().split(" ", 1)[1] == 'error   library_said library=aiohttp.server text="bad line\\x1b"\n'


def test_a_failure_comes_with_its_traceback(written: io.StringIO) -> None:
    telemetry.configure(stream=lambda: written)
    try:
        raise ValueError("from a stranger \x1b")
    except ValueError:
        log.exception("task_failed", task="outbox")
    assert "ValueError: from a stranger \\x1b" in written.getvalue()


def test_metrics_are_a_page_for_prometheus() -> None:
    telemetry.POSTS_DROPPED.labels(reason="too_old").inc(2)
    page = telemetry.metrics_page().decode()
    assert 'bonmot_posts_dropped_total{reason="too_old"} ' in page
    assert "_created" not in page
