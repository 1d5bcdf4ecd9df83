"""How fast each stage is, as a ratio to bare JSON decoding of the same lines in the same run."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import msgspec

from monitor.bench.stream import Planted, Talk, made_up
from monitor.clock import to_text
from monitor.detect.detector import Detector
from monitor.language import load, load_lexicon
from monitor.model import Brand, Post
from monitor.pipeline import Pipeline
from monitor.rules import RuleSet
from monitor.sources import Tally
from monitor.sources.recording import read

POSTS = 200_000
"""At a thousand a second a little over three minutes: long enough that caches are full and bursts are told."""
RULES = 1_000
BATCH_POSTS = 1_000
RUNS = 3
"""The best of so many counts: it is the one the rest of the machine disturbed least."""
SEED = 2013
START = datetime(2024, 1, 1, 18, 0, tzinfo=UTC)
BURSTS = (
    Planted(60, 60, ("stadium", "dark")),
    Planted(95, 40, ("halfway", "line", "goal")),
    Planted(140, 50, ("zamboni", "fire")),
)
BARE = "bare JSON decoding (msgspec)"
BARE_ORJSON = "bare JSON decoding (orjson)"
"""What is promised is a share of this one; it is measured where it is installed."""
DETECTED = "+ detection"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow, the stages before it included."""

    name: str
    posts_per_sec: float
    """Posts a second of one core's time."""
    ratio: float
    """Of bare JSON decoding (orjson's, where it is installed) of the same lines in the same run: comparable between
    machines."""


def write_lean(path: Path, posts: int = POSTS) -> float:
    """Keep a made-up stream as lean JSON lines; returns the mean bytes of a line."""
    with path.open("w", encoding="ascii") as file:
        for post in Talk(SEED, planted=BURSTS).posts(START, 0.0, posts):
            file.write(lean_line(post) + "\n")
    return path.stat().st_size / max(1, posts)


def lean_line(post: Post) -> str:
    """What a platform sends when asked for little: no counts, no profile of the author."""
    line = {
        "id": post.id,
        "platform": post.platform,
        "created_at": to_text(post.created_at),
        "author": post.author,
        "text": post.text,
        "lang": post.lang,
        "reply_to": post.reply_to,
        "repost_of": post.repost_of,
        "url": f"https://x.example/i/web/status/{post.id}",
    }
    return json.dumps(line)


def rule_texts(count: int = RULES) -> list[str]:
    """Rules as people write them, over the words of the made-up stream: words, tags, phrases, choices, exclusions."""
    forms = ("{0}", "{0} {1}", '"{0} {1}"', "{0} OR {1}", "#{0}", "{0}*", "({0} OR {1}) -{2}", "@{0}")
    rules = []
    for number in range(count):
        words = [made_up(150 + number * 37 % 20_000 + step * 11) for step in range(3)]
        rules.append(forms[number % len(forms)].format(*words))
    return rules


def stages(path: Path, brands: Sequence[Brand], *, rules: Sequence[str], tell: Callable[[str], None]) -> list[Stage]:
    """Measure every stage on the posts of one plain JSONL file, each from the file on."""
    lines = path.read_bytes().splitlines()
    bare = {BARE: lambda: _drain(msgspec.json.decode(line) for line in lines)}
    if find_spec("orjson") is not None:
        loads = import_module("orjson").loads
        bare[BARE_ORJSON] = lambda: _drain(loads(line) for line in lines)
    measured: dict[str, Callable[[], None]] = {
        **bare,
        "decode to posts, checked, in order": lambda: _drain(_posts(path)),
        f"+ {RULES:,} rules": lambda: _drain(_matched(_posts(path), RuleSet(rules))),
        DETECTED: lambda: _detect(_posts(path), rules),
        "+ judged for every brand": lambda: _judge(_posts(path), brands, rules),
    }
    secs = dict.fromkeys(measured, math.inf)
    for number in range(1, RUNS + 1):  # in turns, so that a busy minute of the machine slows all stages alike
        for name, run in measured.items():
            tell(f"measuring {name}, {number} of {RUNS}")
            secs[name] = min(secs[name], _secs(run))
    rates = {name: len(lines) / max(best, 1e-9) for name, best in secs.items()}
    return [Stage(name, rate, rate / rates.get(BARE_ORJSON, rates[BARE])) for name, rate in rates.items()]


def _posts(path: Path) -> Iterator[Post]:
    return read([path], tally=Tally())


def _matched(posts: Iterator[Post], rules: RuleSet) -> Iterator[Post]:
    """The same posts, each batch matched on its way."""
    while batch := list(islice(posts, BATCH_POSTS)):
        rules.matches([post.text for post in batch])
        yield from batch


def _secs(run: Callable[[], None]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _drain(items: Iterable[object]) -> None:
    for _ in items:
        pass


def _detect(posts: Iterable[Post], rules: Sequence[str]) -> None:
    detector = Detector(rules=rules)
    for post in posts:
        detector.add(post)
        detector.advance(post.created_at)


def _judge(posts: Iterable[Post], brands: Sequence[Brand], rules: Sequence[str]) -> None:
    pipeline = Pipeline(brands, detector=Detector(rules=rules), hear=load().hear, near=load_lexicon().near)
    for post in posts:
        pipeline.add(post)
