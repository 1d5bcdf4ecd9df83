"""`bonmot bench` from end to end on recordings made here, and what it says of wrong input."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest

from monitor.bench.streams import PAIRS
from monitor.clock import to_text
from responders import cli

START = datetime(2020, 6, 17, 17, 0, tzinfo=UTC)
SPEED = ("--only", "speed", "--posts", "1000")
STREAMS = ("--only", "streams", "--only", "overlays", "--only", "thickened")

Bench = Callable[..., tuple[int, str, str]]


def recording(name: str, seed: int) -> bytes:
    """Half an hour of chatter; after twenty minutes many people say that a zamboni burns."""
    random = Random(seed)
    words = [f"{name[-4:]}{syllable}" for syllable in ("ba", "be", "bi", "bo", "bu", "da", "de", "di", "do")]
    said = [
        (secs * 1.0, f"{' '.join(random.sample(words, 5))} {random.randrange(10**6)}") for secs in range(0, 1800, 2)
    ]
    said += [(1200 + random.random() * 60, f"zamboni{seed} burns {random.choice(words)}") for _ in range(80)]
    lines = [
        json.dumps({"id": f"{name}{n}", "created_at": to_text(START + timedelta(seconds=secs)), "text": text})
        for n, (secs, text) in enumerate(sorted(said))
    ]
    return gzip.compress("\n".join(lines).encode())


def happenings(seed: int) -> str:
    burning = f"{{id: burning, onset: '{to_text(START + timedelta(seconds=1200))}', terms: [zamboni{seed}]}}"
    return f"dense: true\ntracked_terms: [derby]\nevents: [{burning}]\n"


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as BONMOT_SHARED has it, with two streams that are laid over each other, one with volumes."""
    data = tmp_path_factory.mktemp("shared") / "data"
    for folder in ("streams", "events", "volumes", "nlp/semeval_sentiment"):
        (data / folder).mkdir(parents=True)
    for seed, name in enumerate(PAIRS[0]):
        (data / "streams" / f"{name}.jsonl.gz").write_bytes(recording(name, seed))
        (data / "events" / f"{name}.yaml").write_text(happenings(seed), encoding="utf-8")
    volume = "".join(f"{to_text(START + timedelta(seconds=secs))},2\n" for secs in range(1800))
    (data / "volumes" / f"{PAIRS[0][0]}.csv.gz").write_bytes(gzip.compress(f"second,posts\n{volume}".encode()))
    texts = "".join(f"{n}\tneutral\tan ordinary day number {n} of {n * n % 977} others\n" for n in range(5_000))
    (data / "nlp/semeval_sentiment/train.tsv.gz").write_bytes(gzip.compress(f"id\tlabel\ttext\n{texts}".encode()))
    return data.parent


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shared_folder: Path) -> Bench:
    """Run `bonmot bench`; gives exit code, standard output and standard error."""
    monkeypatch.setenv("BONMOT_SHARED", str(shared_folder))

    def run(*argv: str | Path) -> tuple[int, str, str]:
        code = cli.run(["bench", *(str(part) for part in argv)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def object_of(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out)
    return found


def test_recorded_streams_are_measured_alone_laid_over_each_other_and_thickened(bench: Bench, tmp_path: Path) -> None:
    code, out, err = bench(*STREAMS, "--json", "--plot", tmp_path / "out.svg")
    result = object_of(out)
    assert code == 0, err
    assert [(row["stream"], row["found"], row["listed"]) for row in result["streams"]] == [
        (n, 1, 1) for n in sorted(PAIRS[0])
    ]
    (overlay,) = result["overlays"]
    assert [one["stream"] for one in overlay["by_file"]] == list(PAIRS[0])
    (thick,) = result["thickened"]
    assert thick["posts"] == thick["added"] + 980
    assert 3600 <= thick["posts"] <= 3700, "two posts in every second, more where there were more"
    assert result["totals"]["dense"]["listed"] == 2
    assert {target["of"] for target in result["targets"]} == {
        "dense, 2 streams",
        "thickened dense, 1 streams",
        "overlays",
    }
    assert ElementTree.parse(tmp_path / "out.svg").getroot().tag.endswith("svg")
    assert f"replayed {PAIRS[0][0]}" in err


def test_the_tables_fit_and_tell_what_changed(bench: Bench, tmp_path: Path) -> None:
    name = PAIRS[0][0]
    _, out, _ = bench("--only", "streams", "--stream", name, "--json")
    before = object_of(out)
    before["streams"][0].update(found=0, delays={"burning": None})
    (tmp_path / "before.json").write_text(json.dumps(before), encoding="utf-8")
    code, out, _ = bench("--only", "streams", "--stream", name, "--compare", tmp_path / "before.json")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 120
    assert "better" in out
    assert f"found now and not before: {name}: burning" in out


def test_speed_is_measured_stage_by_stage_with_rules(bench: Bench) -> None:
    code, out, _ = bench(*SPEED, "--json")
    result = object_of(out)
    names = [stage["name"] for stage in result["stages"]]
    assert code == 0
    assert names[0] == "bare JSON decoding (msgspec)"
    assert names[-3:] == ["+ 1,000 rules", "+ detection", "+ judged for every brand"]
    assert all(stage["posts_per_sec"] > 0 for stage in result["stages"])
    assert (result["lean"]["posts"], result["streams"]) == (1_000, [])


def test_what_comes_from_a_socket_is_measured_and_held_against_its_promise(bench: Bench, tmp_path: Path) -> None:
    code, out, err = bench("--only", "firehose", "--posts", "5000", "--json")
    result = object_of(out)
    row, through = result["firehose"]
    assert (code, row["posts"], result["stages"]) == (0, 5_000, [])
    assert through["name"] == "X's stream into the pipeline"
    assert row["posts_per_core_sec"] > 0
    target, _ = result["targets"]
    assert (target["of"], target["wanted"]) == ("firehose", "at least 10,000")
    assert target["is_met"] == (row["posts_per_core_sec"] >= 10_000)
    assert "reading 5,000 posts from a socket" in err
    row["posts_per_core_sec"] = 1
    (tmp_path / "before.json").write_text(json.dumps(result), encoding="utf-8")
    _, out, _ = bench("--only", "firehose", "--posts", "5000", "--compare", tmp_path / "before.json")
    assert "From a socket to batches of posts" in out
    assert "better" in out
    assert max(map(len, out.splitlines())) <= 120


def test_clicks_in_slack_are_measured_idle_and_busy_and_held_against_their_promises(
    bench: Bench, tmp_path: Path
) -> None:
    code, out, err = bench("--only", "slack", "--clicks", "3", "--posts", "2000", "--json")
    result = object_of(out)
    assert code == 0, err
    idle, busy = result["slack"]
    assert (idle["name"], idle["people"], idle["cards"], idle["posts_per_sec"]) == ("idle", 3, 3, 0)
    assert busy["posts_per_sec"] > 0, "the pipeline reads while they click"
    for row in (idle, busy):
        assert 0 < row["ack_p50_ms"] <= row["ack_p99_ms"]
        assert 0 < row["stored_p50_ms"] <= row["answered_p50_ms"], "first the decision, then the network's answer"
    found = {target["name"]: target for target in result["targets"]}
    assert found["click to decision stored, ms, 99 %"]["is_met"] == (idle["stored_p99_ms"] < 500)
    assert found["click to ack, ms, 99 %, full load"]["is_met"] == (busy["ack_p99_ms"] < 1000)
    result["slack"][0]["ack_p99_ms"] = 0.001
    (tmp_path / "before.json").write_text(json.dumps(result), encoding="utf-8")
    _, out, _ = bench("--only", "slack", "--clicks", "1", "--posts", "2000", "--compare", tmp_path / "before.json")
    assert "Clicks in Slack: 1 people, 1 open cards" in out
    assert "worse" in out
    assert max(map(len, out.splitlines())) <= 120


def test_memory_is_measured_in_a_process_of_its_own(bench: Bench) -> None:
    code, out, err = bench("--only", "memory", "--piece-minutes", "0.05", "--json")
    result = object_of(out)
    assert code == 0
    assert [row["hour"] for row in result["memory"]] == [0, 0, 6, 12, 18]
    assert result["flat"]["most_mb"] > 10
    assert "piece 4 from 18:00" in err


def test_several_processes_give_the_same_figures(bench: Bench) -> None:
    alone, together = (object_of(bench("--only", "streams", "--json", "--processes", n)[1]) for n in ("1", "2"))
    for result in (alone, together):
        for row in result["streams"]:
            del row["posts_per_sec"]
    assert alone == together


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--only", "sped"], "--only sped: there is no such part; the parts are speed, firehose, streams"),
        (["--stream", "x_euro2020_sco_cz"], "did you mean 'x_euro2020_sco_cze'?"),
        (["--compare", "nowhere.json"], "nowhere.json: not the --json of `bonmot bench`"),
        (["--plot", "nowhere/out.svg"], "cannot be written: no such folder nowhere"),
    ],
)
def test_wrong_input_is_answered_before_the_work_begins(bench: Bench, argv: list[str], said: str) -> None:
    code, out, err = bench(*argv)
    assert (code, out) == (1, "")
    assert said in err
    assert "measuring" not in err


@pytest.mark.parametrize(
    "held",
    ["[]", '{"stages": 3}', '{"streams": [4]}', '{"streams": [{"stream": "a", "delays": 3}]}', '{"stages": [{}]}', "{"],
)
def test_a_file_that_is_no_result_is_not_compared_with(bench: Bench, tmp_path: Path, held: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(held, encoding="utf-8")
    code, _, err = bench("--compare", path)
    assert code == 1
    assert "not the --json of `bonmot bench`" in err


def test_without_recordings_the_way_to_them_is_told(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONMOT_SHARED", str(tmp_path))
    code, _, err = bench("--only", "streams")
    assert code == 0
    assert "set BONMOT_SHARED to measure quality" in err
