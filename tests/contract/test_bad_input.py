"""Whatever a person gives the command line by mistake: a sentence or a count, the designed exit code, no traceback."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from rich.console import Console

from monitor.clock import to_text
from monitor.errors import BadInput
from monitor.storage import open_database, writing
from monitor.storage.database import HEAD
from responders import cli
from responders.commands.office import print_proposal
from tests.samples import a_proposal

BASE = Path(__file__).resolve().parent.parent / "golden" / "config" / "base"
START = datetime(2013, 2, 4, 1, 0, tzinfo=UTC)

Run = Callable[..., tuple[int, str, str]]
Break = Callable[[Path], object]


@pytest.fixture
def bonmot(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; gives exit code, standard output and standard error. No traceback in either, ever."""

    def run(*argv: str | Path) -> tuple[int, str, str]:
        code = cli.run([str(part) for part in argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert code != cli.OUR_BUG, said.err
        return code, said.out, said.err

    return run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of one's own: what they write to goes into the test's folder."""
    shutil.copytree(BASE, tmp_path / "config")
    return tmp_path / "config"


def post(key: object = 1, *, at: str = "2013-02-04T01:00:00Z", text: str = "tea and rain") -> str:
    return json.dumps({"id": key, "created_at": at, "text": text, "author": "ann"})


def lines(count: int, *, start: datetime = START) -> bytes:
    """So many good posts."""
    every = (post(str(n), at=to_text(start + timedelta(seconds=n)), text=f"{n} and {n * n}") for n in range(count))
    return "".join(f"{line}\n" for line in every).encode()


def raw(**fields: str) -> bytes:
    """A line whose fields are written as given, valid or not."""
    whole = {"id": '"x"', "created_at": '"2013-02-04T01:00:00Z"', "text": '"tea"'} | fields
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in whole.items()) + "}\n").encode()


GOOD = lines(20)
PACKED = zstandard.ZstdCompressor().compress(GOOD)
NOISE = bytes(range(256)) * 200

RECORDINGS: dict[str, tuple[bytes, int, dict[str, int]]] = {
    "lines that end in CRLF": (GOOD.replace(b"\n", b"\r\n"), 20, {}),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 20, {}),
    "UTF-16": (GOOD.decode().encode("utf-16"), 0, {"not_text": 21}),
    "UTF-16 without a mark": (GOOD.decode().encode("utf-16-be"), 0, {"not_text": 20}),
    "a Latin-1 letter": (GOOD + b'{"id": "caf\xe9"}\n', 20, {"not_text": 1}),
    "a line of 1 MB": (GOOD + post(text="x" * 1_000_000).encode() + b"\n" + raw(), 21, {"too_long": 1}),
    "10 MB without an end": (b"x" * 10_000_000, 0, {"too_long": 1}),
    "nothing": (b"", 0, {}),
    "blank lines": (b"\n\n  \r\n", 0, {}),
    "an empty archive": (gzip.compress(b""), 0, {}),
    "text, whatever its name": (GOOD, 20, {}),
    "an archive, whatever its name": (gzip.compress(GOOD), 20, {}),
    "a gz of two parts": (gzip.compress(GOOD[:700]) + gzip.compress(GOOD[700:]), 20, {}),
    "a gz cut in its head": (gzip.compress(GOOD)[:10], 0, {"truncated": 1}),
    "a gz with rubbish behind": (gzip.compress(GOOD) + b"rubbish", 20, {"truncated": 1}),
    "a zst cut short": (PACKED[:-20], 0, {"truncated": 1}),
    "a zst cut in its head": (PACKED[:5], 0, {"truncated": 1}),
    "half a letter": (raw(text='"a \\ud800 b"'), 0, {"bad_json": 1}),
    "a null byte in a text": (raw(text='"a \\u0000 b"'), 1, {}),
    "not a number": (raw(id="NaN"), 0, {"bad_json": 1}),
    "a number beyond all numbers": (raw(id="1e400"), 0, {"bad_shape": 1}),
    "an id of nothing": (raw(id='""'), 0, {"bad_shape": 1}),
    "an id of the wrong type": (b"".join(raw(id=x) for x in ("null", "true", "1.5", "[]", "{}")), 0, {"bad_shape": 5}),
    "a long number as an id": (raw(id="9" * 40), 1, {}),
    "other fields of odd types": (raw(author="{}", lang="[1]", likes="-5", author_followers="9" * 30, url="0"), 1, {}),
    "brackets without end": (b"[" * 100_000 + b"\n", 0, {"bad_shape": 1}),
    "deep nesting in a field": (raw(more="[" * 5000 + "]" * 5000), 0, {"bad_json": 1}),
    "JSON that is no post": (b'[]\n1\n"s"\nnull\n{}\n', 0, {"bad_shape": 5}),
    "something behind the post": (raw().strip() + b" more\n", 0, {"bad_json": 1}),
    "the year 3000": (raw(created_at='"3000-01-01T00:00:00Z"'), 0, {"bad_time": 1}),
    "the year 1": (raw(created_at='"0001-01-01T00:00:00+14:00"'), 0, {"bad_time": 1}),
    "a day that never was": (raw(created_at='"2013-02-30T00:00:00Z"'), 0, {"bad_time": 1}),
    "a time without a zone": (raw(created_at='"2013-02-04T01:00:00"'), 0, {"bad_time": 1}),
    "a time as a number": (raw(created_at="1359939600"), 0, {"bad_time": 1}),
    "a time of no type": (raw(created_at="null"), 0, {"bad_time": 1}),
    "a clock that jumps back by days": (
        lines(600) + lines(50, start=START - timedelta(days=9)).replace(b'"id": "', b'"id": "old '),
        650,
        {"too_old": 50},
    ),
}
"""What stands in a file, how many posts that makes, and what is counted as dropped."""


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_gives_what_it_holds_and_counts_the_rest(bonmot: Run, tmp_path: Path, name: str) -> None:
    data, posts, dropped = RECORDINGS[name]
    path = tmp_path / "evening.jsonl.gz"
    path.write_bytes(data)
    code, out, err = bonmot("replay", "--config", BASE, path, "--json", "-")
    report: dict[str, Any] = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["posts"], {reason: n for reason, n in report["dropped"].items() if n}) == (posts, dropped)
    pointed = [place for place in report["places"] if place.startswith("evening.jsonl.gz:")]
    assert len(pointed) == len(report["places"]) == min(5, sum(n for r, n in dropped.items() if r != "too_old"))


def test_a_file_without_a_single_post_is_told_apart_from_a_quiet_evening(bonmot: Run, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(NOISE)
    code, out, _ = bonmot("replay", "--config", BASE, path)
    assert code == 0
    assert "not one line was a post: FILE has to be JSON lines, plain, .gz or .zst" in out
    assert "picture.png:1: " in out
    assert "not one line" not in bonmot("replay", "--config", BASE, "/dev/null")[1]


def test_the_same_file_twice_is_one_evening(bonmot: Run, tmp_path: Path) -> None:
    path = tmp_path / "evening.jsonl"
    path.write_bytes(GOOD)
    _, out, _ = bonmot("replay", "--config", BASE, path, path, "--json", "-")
    assert json.loads(out)["dropped"]["duplicate"] == 20


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["replay", "FOLDER"], 1, "FOLDER: is a folder; name the recorded files in it"),
        (["replay", "FOLDER/none.jsonl"], 1, "FOLDER/none.jsonl: cannot be read: No such file or directory"),
        (["replay", "a" * 5000], 1, "File name too long"),
        (["replay", "POSTS", "--shift", "nan"], 2, "Invalid value for '--shift'"),
        (["replay", "POSTS", "--shift", "1e300"], 2, "Invalid value for '--shift'"),
        (["replay", "POSTS", "--shift", "soon"], 2, "Invalid value for '--shift'"),
        (["replay", "POSTS", "--json", "/dev/full"], 1, "/dev/full: cannot be written: No space left on device"),
        (["replay", "POSTS", "--html", "POSTS"], 1, "POSTS: cannot be written: it is one of the files to read"),
        (["replay", "POSTS", "--json", "-", "--html", "-"], 1, "only one of them can be printed"),
        (["replay", "POSTS", "--brand", "\x1b[2J\u202e"], 1, r"there is no brand '\x1b[2J\u202e'"),
        (["replay", "POSTS", "--events", "FOLDER/none.yaml"], 1, "FOLDER/none.yaml: cannot be read"),
        (["replay", "POSTS", "--events", "POSTS"], 1, "POSTS: is no"),
        (["explain", "--text", "  "], 1, "--text: is empty; give what people write"),
        (["explain", "FOLDER"], 1, "FOLDER: cannot be read: Is a directory"),
        (["explain", "/dev/null"], 1, "/dev/null holds no post; write one a line"),
        (["explain", "NOISE"], 1, "is not UTF-8: invalid start byte at byte 128"),
        (["explain", "--text", "tea", "--voices", "0"], 2, "Invalid value for '--voices'"),
        (["check", "--config", "a" * 5000], 1, "File name too long"),
        (["init", "POSTS"], 1, "POSTS"),
        (["init", "a" * 5000], 1, "File name too long"),
        (["pause", "rain", "--person", "maya", "--minutes", "inf"], 2, "Invalid value for '--minutes'"),
        (["pause", " ", "--person", "maya"], 1, "WHY: say why, for those who wonder why nothing goes out"),
        (["pause", "a \udcff", "--person", "maya"], 1, "WHY: is not UTF-8 at character 3; type it again"),
        (["pause", "rain", "--person", "\x1b[2J"], 1, "--person: '\\x1b[2J' is not in bot.yaml; known: jon, maya"),
        (["outbox", "--days", "1e300"], 2, "Invalid value for '--days'"),
        (["inbox", "approve", "\x1b[2J", "--person", "maya"], 1, "there is no proposal '\\x1b[2J'"),
        (["inbox", "link", "--person", "maya"], 1, "inbox.token: cannot be read"),
    ],
    ids=lambda value: " ".join(map(str, value))[:40].encode("unicode_escape").decode() if type(value) is list else "",
)
def test_a_slip_is_answered_with_what_was_seen(
    bonmot: Run, config: Path, tmp_path: Path, argv: list[str], code: int, said: str
) -> None:
    (tmp_path / "posts.jsonl").write_bytes(GOOD)
    (tmp_path / "noise.bin").write_bytes(NOISE[:256])
    places = {"FOLDER": tmp_path, "POSTS": tmp_path / "posts.jsonl", "NOISE": tmp_path / "noise.bin"}

    def put(text: str) -> str:
        for name, place in places.items():
            text = text.replace(name, str(place))
        return text

    where = [] if "--config" in argv or argv[0] == "init" else ["--config", config]
    got, out, err = bonmot(*map(put, argv), *where)
    assert (got, out) == (code, "")
    assert put(said) in err
    assert (tmp_path / "posts.jsonl").read_bytes() == GOOD


def nothing_but_text(data: Path) -> None:
    data.mkdir()
    (data / "bonmot.db").write_bytes(b"Dear diary, " * 500)


def of_another_program(data: Path) -> None:
    change(data, "CREATE TABLE birds (name)")


def of_a_later_version(data: Path) -> None:
    cli.run(["inbox", "--config", str(data.parent / "config")])
    change(data, "UPDATE alembic_version SET version_num = '9999'")


def without_its_version(data: Path) -> None:
    cli.run(["inbox", "--config", str(data.parent / "config")])
    change(data, "DELETE FROM alembic_version")


def change(data: Path, statement: str) -> None:
    data.mkdir(exist_ok=True)
    connection = sqlite3.connect(data / "bonmot.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (nothing_but_text, "data/bonmot.db: it cannot be opened as our database: file is not a database"),
        (of_another_program, "data/bonmot.db: it holds tables that are not ours: birds; name another place"),
        (of_a_later_version, f"data/bonmot.db: it has schema 9999, this version knows {HEAD}: install the newer one"),
        (without_its_version, "data/bonmot.db: it has lost the number of its schema; bring back a copy of the file"),
        (lambda data: data.write_text("x"), "data: cannot be made a folder for the ledger: File exists"),
        (lambda data: data.symlink_to("/proc/none/x"), "/proc/none/x: cannot be made a folder for the ledger"),
        (lambda data: (data / "bonmot.db").mkdir(parents=True), "cannot be opened, and the ledger needs it"),
        (lambda data: (data / "bonmot.db.lock").mkdir(parents=True), "cannot be opened, and the ledger needs it"),
    ],
    ids=["text", "foreign", "newer", "no version", "data is a file", "nowhere", "a folder", "lock is a folder"],
)
@pytest.mark.parametrize("command", ["inbox", "run"])
def test_a_ledger_that_cannot_be_opened_is_named(
    bonmot: Run, config: Path, capsys: pytest.CaptureFixture[str], *, command: str, breaks: Break, said: str
) -> None:
    breaks(config.parent / "data")
    capsys.readouterr()
    code, out, err = bonmot(command, "--config", config)
    assert (code, out) == (1, "")
    assert said in err


def test_a_full_disk_stops_the_ledger_with_a_sentence_and_keeps_what_was_there(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "bonmot.db")
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE heap (body)")
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite takes it as: not one page more
    with (
        pytest.raises(BadInput, match=r"cannot be read or written: .*full; make room and start again"),
        writing(engine) as connection,
    ):
        connection.exec_driver_sql("INSERT INTO heap VALUES (zeroblob(10000000))")
    with writing(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM heap").scalar() == 0
    engine.dispose()


def listening(config: Path, recording: str, *, port: int = 0) -> None:
    """Let the settings listen to a recording, with the page on a port."""
    text = (config / "bot.yaml").read_text()
    (config / "bot.yaml").write_text(
        f"{text}sources:\n  recording: {{files: [{json.dumps(recording)}]}}\ninbox: {{port: {port}}}\n"
    )


def test_a_taken_port_is_named(bonmot: Run, config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listening(config, "/dev/null", port=port)
        code, _, err = bonmot("run", "--config", config)
    assert code == 1
    assert f"inbox.port: cannot listen on 127.0.0.1:{port}: " in err
    assert "choose another port" in err


def test_a_daemon_whose_recording_is_missing_says_so(bonmot: Run, config: Path) -> None:
    listening(config, "/nowhere/evening.jsonl")
    code, _, err = bonmot("run", "--config", config)
    assert code == 1
    assert err.endswith("/nowhere/evening.jsonl: cannot be read: No such file or directory\n")


@pytest.mark.parametrize("token", [b"", b"\n", b"short", b"\xff" * 40])
def test_a_damaged_token_opens_no_door(bonmot: Run, config: Path, token: bytes) -> None:
    listening(config, "/dev/null")
    (config.parent / "data").mkdir()
    (config.parent / "data" / "inbox.token").write_bytes(token)
    for argv in (["run"], ["inbox", "link", "--person", "maya"]):
        code, _, err = bonmot(*argv, "--config", config)
        assert code == 1
        assert "inbox.token: holds no token; remove the file, and `bonmot run` makes a new one" in err


def test_something_else_on_our_port_is_not_taken_for_the_page(bonmot: Run, config: Path) -> None:
    (config.parent / "data").mkdir()
    (config.parent / "data" / "inbox.token").write_text("t" * 43)
    with socket.create_server(("127.0.0.1", 0)) as other:
        listening(config, "/dev/null", port=other.getsockname()[1])
        answers = threading.Thread(target=lambda: other.accept()[0].close())
        answers.start()
        code, _, err = bonmot("inbox", "link", "--person", "maya", "--config", config)
        answers.join()
    assert code == 1
    assert "no page answers at 127.0.0.1:" in err


def test_a_proposal_steers_no_terminal() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=80)
    text = "[bold]two\nlines[/]\x1b[2J\u202e\x00"
    print_proposal(screen, a_proposal(text=text, trend_name="a\x1b]8;;\x07b", reason="c\rd"))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert not [sign for sign in "\x1b\u202e\x00\x07\r" if sign in shown]
    assert "[bold]two\n" in shown
    assert r"lines[/]\x1b[2J\u202e\x00" in shown
