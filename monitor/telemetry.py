"""What the program says about itself: the names of log lines and metrics, and how both are written."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Literal, TextIO

import prometheus_client
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from monitor.visible import visible

LOGGED: dict[str, str] = {
    "bot_started": "everything is built and running",
    "bot_stopped": "the drain is over",
    "stop_asked": "a signal came; nothing new is taken",
    "stop_forced": "a second signal came, or the grace time is over",
    "source_connected": "a source delivers",
    "source_lost": "a source went away; said once",
    "source_gap": "a stretch of a stream was not delivered and cannot be had any more",
    "source_ended": "a source has no more to give",
    "death_heard": "a source says that somebody died; what speaks of them is not joked with",
    "death_taken_back": "a source says no longer that somebody died",
    "part_lost": "a part of a source (a feed, a subreddit) gives nothing, and why; said once, the others stand",
    "part_back": "a part of a source gives again",
    "rule_started": "a rule of a paid source is read from now on, and why",
    "rule_stopped": "a rule of a paid source is read no more, and why",
    "source_narrowed": "a source reads less, or nothing until a known time, because of what it costs",
    "part_moved": "a feed moved for good: write the new address into bot.yaml",
    "post_dropped": "a post could not be used; said of the first few, the metrics count all",
    "rule_timed_out": "a rule's regular expression took too long on a post, and counts as not met there; said once",
    "state_restored": "counting goes on where the last run saved it",
    "state_put_aside": "what the last run saved cannot be used, and why; counting starts anew",
    "state_saved": "all that counting knows is in its file",
    "state_not_saved": "what counting knows could not be written, and why",
    "book_put_aside": "what was spent cannot be read, and why; the most that the caps allow is taken to be spent",
    "trend_announced": "a trend was announced",
    "trend_judged": "a trend got a verdict for one brand, and why",
    "opportunity_saved": "a trend is worth a person's look",
    "opportunity_repeated": "a happening that was already offered came again",
    "posts_erased": "strangers' posts left cards or files, and why",
    "picture_refused": "a card goes without the picture that its text wants, and why",
    "pictures_pruned": "pictures of cards that closed a while ago were deleted, and how many",
    "recording_dropped": "an old segment went, for the recordings are larger than allowed",
    "recording_failed": "what comes in is not recorded any more, and why",
    "settings_need_restart": "keys changed that count from the next start on",
    "settings_not_watched": "saving a settings file is not noticed here; SIGHUP is",
    "settings_refused": "changed settings have mistakes; the old ones still count",
    "settings_unchanged": "the settings were read again and are what counts already",
    "settings_taken": "changed settings count from now on",
    "posts_to_console": "a platform's posts go to the console, and why",
    "draft_refused": "no draft passed the checks",
    "model_answered": "the language model answered: how long it took and what it counted",
    "model_missed": "a card goes without the language model, and why",
    "model_draft_refused": "a text of the language model failed a check and was dropped",
    "writer_off": "the language model is asked no more until the next start, and why",
    "order_refused": "a person's order was not carried out",
    "publication_claimed": "the outbox takes a publication in hand",
    "publication_waits": "its account has spoken too often, or it is quiet there; the card says until when",
    "publication_sent": "a platform accepted",
    "publication_failed": "a platform refused for good",
    "publication_lost": "nobody knows whether it was posted",
    "publication_found": "a lost publication was found",
    "publication_absent": "a lost publication was proven absent",
    "publication_retracted": "a publication was deleted, and read back as gone",
    "publisher_lost": "a publisher went away; said once",
    "publisher_back": "a publisher answers again",
    "credential_dead": "a network does not let an account in any more; said once",
    "credential_back": "a network lets an account in again",
    "slack_frame_dropped": "Slack sent a frame that nobody knows",
    "slack_lost": "a part of Slack went away, and why; said once",
    "slack_back": "a part of Slack works again",
    "slack_refused": "somebody in Slack may not, or came too late, and why",
    "slack_not_looked_at": "what a window was sent with could not be looked at before its ack, and why",
    "keywords_tuned": "a person applied a change of a brand's keywords",
    "tuning_dropped": "a person dropped a change of a brand's keywords that waited",
    "slack_done": "what somebody did in Slack was worked off, and what became of it",
    "slack_not_told": "somebody in Slack could not be told why nothing happened",
    "slack_card_lost": "nobody knows whether a card was posted; it is looked for",
    "slack_picture_left_out": "a draft's picture cannot be read as it was drafted; Slack gets words in its place",
    "slack_card_refused": "Slack does not take a card as it is, and gets its text alone",
    "slack_turned_away": "something came to Slack's HTTP door that is not Slack's or comes again, and why; counted",
    "slack_not_stored": "a click could not be stored, so it was not acked and comes again",
    "act_refused": "somebody tried what they may not; it stands in the second audit",
    "proposal_escalated": "nobody decided in time, so more people may",
    "silence_began": "a person silenced a term, a trend or an author, and until when",
    "silence_ended": "a person ended a silence early",
    "absence_began": "a person is away, who decides meanwhile, and until when",
    "absence_ended": "a person came back early",
    "hold_began": "a tragedy broke and everything waits, for what and until when",
    "guard_turned": "a trend turned bad after it was offered",
    "undo_incomplete": "what was to be undone everywhere stands, or may stand, on one network",
    "task_failed": "an unexpected failure at the edge of a task",
    "library_said": "a library logged",
}
"""Every log line is one of these facts, in the past tense, with fields."""

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types here
METRICS = CollectorRegistry()
"""Ours alone, so that a test or a second bot in one process starts from zero."""

_SECS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LONG_SECS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0)

POSTS_READ = Counter("bonmot_posts_read", "Posts that sources delivered", ["source"], registry=METRICS)
POSTS_DROPPED = Counter("bonmot_posts_dropped", "Posts that could not be used", ["reason"], registry=METRICS)
TRENDS_ANNOUNCED = Counter("bonmot_trends_announced", "Trends announced", registry=METRICS)
VERDICTS = Counter("bonmot_verdicts", "Verdicts given", ["brand", "verdict"], registry=METRICS)
OPPORTUNITIES = Counter("bonmot_opportunities", "Opportunities saved", ["brand"], registry=METRICS)
MODEL_ASKED = Counter(
    "bonmot_model_asked", "Questions to the language model by what became of them", ["result"], registry=METRICS
)
PROPOSALS = Gauge("bonmot_proposals", "Proposals in each state", ["state"], registry=METRICS)
PUBLICATIONS = Counter(
    "bonmot_publications", "Publications by what became of them", ["platform", "result"], registry=METRICS
)
SLACK_TURNED_AWAY = Counter(
    "bonmot_slack_turned_away",
    "What came to Slack's HTTP door and was not taken, or came again",
    ["reason"],
    registry=METRICS,
)
CARD_SECS = Histogram("bonmot_card_secs", "From a trend announced to its card", registry=METRICS, buckets=_SECS)
DECISION_SECS = Histogram(
    "bonmot_decision_secs", "From a card to a person's decision", registry=METRICS, buckets=_LONG_SECS
)
POSTING_SECS = Histogram(
    "bonmot_posting_secs", "From the claim to the platform's stored answer", registry=METRICS, buckets=_SECS
)
SOURCE_UP = Gauge("bonmot_source_up", "1 while a source delivers", ["source"], registry=METRICS)
SOURCE_LOST = Counter("bonmot_source_lost", "Connections that a source lost", ["source"], registry=METRICS)
SOURCE_GAP_SECS = Counter(
    "bonmot_source_gap_secs", "Seconds of a stream that were not delivered", ["source"], registry=METRICS
)
IS_PAUSED = Gauge("bonmot_paused", "1 while a pause is in force", registry=METRICS)

_LONGEST = 2000
"""Characters of one logged value; strangers' texts do not fill the disk."""
_HIDDEN = ("password", "passwd", "secret", "token", "api_key", "authorization", "cookie")

Line = MutableMapping[str, Any]


def metrics_page() -> bytes:
    """All metrics in the text format of Prometheus."""
    return generate_latest(METRICS)


def configure(
    level: str = "info", style: Literal["text", "json"] = "text", *, stream: Callable[[], TextIO] = lambda: sys.stderr
) -> None:
    """Write logs to `stream()` (standard error), ours and those of libraries from `warning` on. May be called again."""
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            printable,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str) if style == "json" else as_text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: structlog.WriteLogger(stream()),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler for handler in root.handlers if not isinstance(handler, _FromLibraries)]
    root.addHandler(_FromLibraries())
    root.setLevel(max(least, logging.WARNING))


def printable(_logger: Any, _method: str, line: Line) -> Line:
    """Make control and direction characters of every value visible, cut long ones, hide secrets."""
    for key, value in line.items():
        if any(word in key.lower() for word in _HIDDEN):
            line[key] = "***"
        elif key == "exception":
            line[key] = "\n".join(visible(part) for part in str(value).split("\n"))
        else:
            line[key] = _shown(value)
    return line


def as_text(_logger: Any, _method: str, line: Line) -> str:
    """`2026-11-22T14:00:00Z info source_lost source=x reason=timeout`."""
    at, level, name = line.pop("at", ""), line.pop("level", ""), line.pop("event", "")
    trace = line.pop("exception", None)
    fields = "".join(f" {key}={_quoted(value)}" for key, value in line.items())
    return f"{at} {level:<7} {name}{fields}" + (f"\n{trace}" if trace else "")


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {visible(str(key)): _shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(item) for item in value]
    text = visible(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def _quoted(value: Any) -> str:
    text = str(value)
    if text and not any(c in text for c in ' "='):
        return text
    return '"' + text.replace('"', r"\"") + '"'


class _FromLibraries(logging.Handler):
    """Passes what libraries log through the same door, so that one format and one escaping hold for all."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno, "library_said", library=record.name, text=record.getMessage(), exc_info=record.exc_info
        )
