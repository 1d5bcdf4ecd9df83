"""`bonmot replay` on what files really hold: each broken thing is a clear message or a count, never a traceback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import to_text
from responders import cli
from responders.commands.replay import cards

BASE = Path(__file__).resolve().parent.parent / "golden" / "config" / "base"
START = datetime(2013, 2, 4, 1, 0, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script> stadium dark",
    "@everyone \u202e stadium went dark",
    "\x1b[31m dark stadium",
    "<script> stadium, so dark",
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `bonmot replay`; gives exit code, standard output and standard error."""

    def run(*argv: str | Path) -> tuple[int, str, str]:
        code = cli.run(["replay", "--config", str(BASE), *(str(part) for part in argv)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def report_of(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out)
    return found


def stream(texts: Iterable[str], *, every_secs: float = 1.0) -> str:
    """Posts of different people, one after the other."""
    lines = []
    for n, text in enumerate(texts):
        at = to_text(START + timedelta(seconds=n * every_secs))
        lines.append(json.dumps({"id": str(n), "created_at": at, "text": text, "author": f"a{n}"}))
    return "\n".join(lines) + "\n"


@pytest.fixture
def evening(tmp_path: Path) -> Path:
    """Half an hour of chatter in which strangers with bad manners speak of a stadium in the dark."""
    words = ["train", "tea", "rain", "bus", "work", "lunch", "song", "cat", "dog", "book", "film", "game", "walk"]
    chatter = [f"{words[n % 13]} {words[n * 7 % 13]} and {words[n * 5 % 13]} number {n}" for n in range(600)]
    burst = [f"{HOSTILE[n % 4]} {words[n % 13]}" if n % 3 else chatter[n] for n in range(200)]
    path = tmp_path / "evening.jsonl"
    path.write_text(stream(chatter + burst, every_secs=2.0), encoding="utf-8")
    return path


def test_the_report_has_the_keys_that_scripts_rely_on(replay: Run, evening: Path) -> None:
    code, out, err = replay(evening, "--json", "-")
    report = report_of(out)
    assert (code, err) == (0, "")
    assert report["posts"] == 800
    assert {"first", "last", "wall_secs", "posts_per_sec", "peak_rss_mb", "dropped"} <= set(report)
    assert {"trends", "opportunities", "events"} <= set(report)
    assert report["first"] == "2013-02-04T01:00:00.000Z"


def test_hostile_posts_steer_neither_the_terminal_nor_the_page(replay: Run, evening: Path, tmp_path: Path) -> None:
    code, out, _ = replay(evening, "--html", tmp_path / "out.html", "--json", tmp_path / "out.json")
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert code == 0
    assert report_of((tmp_path / "out.json").read_text(encoding="utf-8"))["trends"], "the burst is a trend"
    for shown in (out, page):
        assert not [sign for sign in ("\x1b", "\u202e", "<script") if sign in shown]
    assert "&lt;script&gt;" in page


def test_what_we_would_have_said_is_told_with_the_summary() -> None:
    drafts = [{"account": "bluesky:oreo.example", "text": "Dunk on.", "template": "dunk"}]
    card = {"trend": "t1", "brand": "oreo", "offered_at": "2013-02-04T01:36:00.000Z", "drafts": drafts}
    told = list(cards({"trends": [{"id": "t1", "name": "Lights out"}], "opportunities": [card]}))
    assert told == ["2013-02-04 01:36:00  a card for oreo: Lights out", "  bluesky:oreo.example  Dunk on.", ""]


def test_only_the_brands_asked_for_are_judged(replay: Run, evening: Path) -> None:
    code, out, _ = replay(evening, "--brand", "oreo", "--json", "-")
    assert code == 0
    assert all(set(trend["verdicts"]) == {"oreo"} for trend in report_of(out)["trends"])
    assert replay(evening, "--brand", "oero") == (1, "", "there is no brand 'oero'; did you mean 'oreo'?\n")


def test_times_can_be_moved(replay: Run, evening: Path) -> None:
    _, out, _ = replay(evening, "--shift", "3600", "--json", "-")
    assert report_of(out)["first"] == "2013-02-04T02:00:00.000Z"


def test_a_wrong_number_of_shifts_is_a_clear_error(replay: Run, evening: Path) -> None:
    code, out, err = replay(evening, "--shift", "1", "--shift", "2")
    assert (code, out) == (1, "")
    assert "--shift is given 2 times for 1 file:" in err


def test_the_same_evening_twice_is_a_duplicate_of_itself(replay: Run, evening: Path) -> None:
    _, out, _ = replay(evening, evening, "--shift", "align", "--json", "-")
    assert report_of(out)["dropped"]["duplicate"] == 800


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "bad_json"),
        (b"\x00\xff\x1f binary", None),
        (b'{"id": 1, "text": "' + b"x" * 1_000_000 + b'"}', None),
        (json.dumps({"id": "f", "created_at": "3000-01-01T00:00:00Z", "text": "hello"}).encode(), None),
        (b"", None),
    ],
    ids=["half an object", "binary", "a line of 1 MB", "the year 3000", "nothing"],
)
def test_a_broken_line_is_counted_and_the_rest_is_read(
    replay: Run, tmp_path: Path, line: bytes, reason: str | None
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(stream(["one", "two"]).encode() + line + b"\n")
    code, out, err = replay(path, "--json", "-")
    report = report_of(out)
    assert (code, err, report["posts"]) == (0, "", 2)
    if reason:
        assert report["dropped"][reason] == 1
    if line:
        assert sum(report["dropped"].values()) == 1
        assert report["places"][0].startswith("s.jsonl:3: ")


def test_an_empty_stream_is_a_report_with_nothing_in_it(replay: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"")
    code, out, _ = replay(path, "--html", tmp_path / "out.html")
    assert code == 0
    assert "0 posts in " in out
    assert "No trend stood out." in (tmp_path / "out.html").read_text()


def test_a_truncated_archive_gives_what_it_holds(replay: Run, tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.gz"
    path.write_bytes(gzip.compress(stream(f"post number {n} {n * n}" for n in range(1000)).encode())[:-1000])
    code, out, err = replay(path, "--json", "-")
    report = report_of(out)
    assert (code, err) == (0, "")
    assert 0 < report["posts"] < 1000
    assert report["places"]


@pytest.mark.parametrize("name", ["nowhere.jsonl", "."])
def test_what_cannot_be_opened_is_named(replay: Run, name: str) -> None:
    code, out, err = replay(BASE / name)
    assert (code, out) == (1, "")
    assert str(BASE / name) in err


def test_what_cannot_be_written_is_named_before_the_work_begins(replay: Run, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "out.json"
    said = f"{out}: cannot be written: no such folder {out.parent}\n"
    assert replay(tmp_path / "missing.jsonl", "--json", out) == (1, "", said)
    assert replay(tmp_path / "missing.jsonl", "--html", tmp_path)[2] == f"{tmp_path}: cannot be written: is a folder\n"
