"""The command line's promises: exit codes a script can trust, one line for a person, nothing overwritten."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from monitor import errors
from responders import cli
from responders.loading import load_settings, starter_dir

BASE = Path(__file__).resolve().parent.parent / "golden" / "config" / "base"


@pytest.fixture
def bonmot(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command; gives exit code, standard output and standard error."""

    def run(*argv: str | Path) -> tuple[int, str, str]:
        code = cli.run([str(part) for part in argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make every command fail with the given error."""

    def with_error(error: BaseException) -> None:
        def app() -> Callable[..., None]:
            def command(**_: object) -> None:
                raise error

            return command

        monkeypatch.setattr(cli, "app", app)

    return with_error


Run = Callable[..., tuple[int, str, str]]


def test_good_settings_leave_with_0(bonmot: Run) -> None:
    code, out, err = bonmot("check", "--config", BASE)
    assert (code, err) == (0, "")
    assert "is fine: brands oreo; 0 examples judged as they want; not live" in out


def test_a_mistake_in_the_settings_leaves_with_1(bonmot: Run, tmp_path: Path) -> None:
    (tmp_path / "bot.yaml").write_text("live: yess\n")
    code, out, _ = bonmot("check", "--config", tmp_path)
    assert code == 1
    assert "bot.yaml:1:7: live: must be true or false (got 'yess')" in out


def test_check_tells_a_machine_the_same(bonmot: Run, tmp_path: Path) -> None:
    (tmp_path / "bot.yaml").write_text("live: yess\n")
    code, out, _ = bonmot("check", "--config", tmp_path, "--json")
    told = json.loads(out)
    assert (code, told["ok"]) == (1, False)
    assert {
        "file": "bot.yaml",
        "line": 1,
        "column": 7,
        "where": "live",
        "text": "must be true or false (got 'yess')",
    } in (told["mistakes"])


def test_check_tells_the_next_days_of_mourning_and_lists_that_run_out(bonmot: Run, tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "config")
    (tmp_path / "config" / "calendars").mkdir()
    (tmp_path / "config" / "calendars" / "international.yaml").write_text(
        "title: the world\n"
        "days:\n"
        '  - {name: Every year, date: "01-27", who: the dead are mourned, follows: block}\n'
        "  - {name: Once, dates: [2020-05-04], who: the dead are mourned, follows: caution}\n"
    )
    code, out, _ = bonmot("check", "--config", tmp_path / "config")
    assert code == 0
    assert "warning: calendars/international.yaml:4:25: days.1.dates: 'Once' is listed up to 2020-05-04; add" in out
    assert re.search(r"^oreo remembers next: 20\d\d-01-27 Every year \(international, block\)$", out, re.MULTILINE)
    told = json.loads(bonmot("check", "--config", tmp_path / "config", "--json")[1])["remembered"]
    assert [(day["name"], day["market"], day["follows"]) for day in told["oreo"]] == [
        ("Every year", "international", "block")
    ]


def test_an_example_that_gets_another_verdict_is_told_with_its_place(bonmot: Run, tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "config")
    (tmp_path / "config" / "tests").mkdir()
    (tmp_path / "config" / "tests" / "oreo.yaml").write_text(
        "examples:\n"
        "  - name: a bomb\n"
        "    posts: [a bomb went off people are dead, many dead and injured, pray for the victims of the bomb]\n"
        "    want: offer\n"
        "    why: to see it fail\n"
    )
    code, out, _ = bonmot("check", "--config", tmp_path / "config")
    assert code == 1
    assert "tests/oreo.yaml:2:5: examples.0: 'a bomb' wants offer, got block" in out


def test_an_example_at_no_time_is_told_with_its_place(bonmot: Run, tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "config")
    (tmp_path / "config" / "tests").mkdir()
    (tmp_path / "config" / "tests" / "oreo.yaml").write_text(
        "examples:\n  - {name: a, posts: [a, b, c], want: ignore, why: to see it fail, at: 11 September}\n"
    )
    code, out, _ = bonmot("check", "--config", tmp_path / "config")
    assert code == 1
    assert "tests/oreo.yaml:2:72: examples.0.at: must be a day such as 2027-09-11 or a time such as" in out


def test_check_tells_rights_that_ended_and_the_daemon_starts_all_the_same(bonmot: Run, tmp_path: Path) -> None:
    shutil.copytree(starter_dir(), tmp_path / "config")
    assets = tmp_path / "config" / "assets" / "oreo.yaml"
    ended = assets.read_text().replace('free for any use"}', 'free for any use", until: 2020-01-31}')
    assets.write_text(ended.replace("    # ends: 2027-02-28", "    ends: 2020-01-30"))
    code, out, _ = bonmot("check", "--config", tmp_path / "config")
    assert code == 1
    place = r"assets/oreo.yaml:\d+:\d+: assets.0.rights.until"
    assert re.search(rf"^{place}: the right to show dunk-in-the-dark ended on 2020-01-31; renew it", out, re.MULTILINE)
    assert load_settings(tmp_path / "config", {}).assets["oreo"].assets[0].last_day == date(2020, 1, 30)
    assets.write_text(assets.read_text().replace(", until: 2020-01-31", ""))
    code, out, _ = bonmot("check", "--config", tmp_path / "config")
    assert code == 0
    assert "assets.0.ends: dunk-in-the-dark ended on 2020-01-30 and is not shown any more" in out


def test_a_broken_rule_is_told_with_its_place_and_hides_no_other_mistake(bonmot: Run, tmp_path: Path) -> None:
    shutil.copytree(starter_dir(), tmp_path / "config")
    brand = tmp_path / "config" / "brands" / "tide.yaml"
    broken = brand.read_text().replace("'mud (wrestling OR slinging)'", "'mud (wrestling'").replace("ines]", "inse]")
    brand.write_text(broken)
    code, out, _ = bonmot("check", "--config", tmp_path / "config")
    assert code == 1
    assert "exclude.1: keyword rule, column 5: this '(' is never closed" in out
    assert "'inse' is not among the people of bot.yaml; did you mean 'ines'?" in out


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["chekc"], "No such command 'chekc'. Did you mean 'check'"),
        (["check", "--jsn"], "No such option: --jsn"),
        (["check", "--config"], "Option '--config' requires an argument."),
        ([], "Usage: bonmot"),
    ],
)
def test_a_slip_on_the_command_line_leaves_with_2(bonmot: Run, argv: list[str], text: str) -> None:
    code, out, err = bonmot(*argv)
    assert (code, out) == (2, "")
    assert text in err


@pytest.mark.parametrize(
    "error",
    [errors.BadInput("no"), errors.Refused("no"), errors.AuthNeeded("no"), errors.Unavailable("no")],
)
def test_what_a_person_can_mend_leaves_with_1_and_its_text(
    bonmot: Run, failing: Callable[[BaseException], None], error: Exception
) -> None:
    failing(error)
    assert bonmot("check") == (1, "", "no\n")


def test_a_text_from_strangers_cannot_steer_the_terminal(bonmot: Run, failing: Callable[[BaseException], None]) -> None:
    failing(errors.BadInput("red \x1b[31m and \u202eback\nsecond line"))
    assert bonmot("check") == (1, "", "red \\x1b[31m and \\u202eback\nsecond line\n")


@pytest.mark.parametrize("error", [KeyError("x"), errors.BadState("row 7")])
def test_our_bug_leaves_with_3_one_line_and_a_file(
    bonmot: Run,
    failing: Callable[[BaseException], None],
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv(cli.DEBUG_VARIABLE, raising=False)
    failing(error)
    code, out, err = bonmot("check")
    assert (code, out, err.count("\n")) == (3, "", 1)
    (file,) = tmp_path.iterdir()
    assert str(file) in err
    assert "Traceback" in file.read_text()


def test_debug_shows_the_traceback(
    bonmot: Run, failing: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cli.DEBUG_VARIABLE, "1")
    failing(KeyError("x"))
    code, _, err = bonmot("check")
    assert code == 3
    assert err.startswith("Traceback")


def test_an_interruption_leaves_with_130(bonmot: Run, failing: Callable[[BaseException], None]) -> None:
    failing(KeyboardInterrupt())
    assert bonmot("check") == (130, "", "interrupted\n")


def test_a_reader_that_goes_away_hears_no_complaint() -> None:
    command = f"{sys.executable} -c 'from responders.cli import main; main()' schema | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, cwd=BASE.parents[3])
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_init_copies_everything_and_says_what_comes_next(bonmot: Run, tmp_path: Path) -> None:
    code, out, _ = bonmot("init", tmp_path / "new")
    assert code == 0
    assert f"bonmot check --config {tmp_path / 'new'}" in out
    copied = {path.relative_to(tmp_path / "new") for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert copied == {path.relative_to(starter_dir()) for path in starter_dir().rglob("*") if path.is_file()}


def test_init_tells_the_steps_of_slack_again_and_overwrites_nothing(bonmot: Run, tmp_path: Path) -> None:
    folder, manifest = tmp_path / "new", tmp_path / "new" / "slack-manifest.yaml"
    code, _, err = bonmot("init", folder, "--slack")
    assert (code, folder.exists()) == (1, False)
    assert "holds no bot.yaml" in err
    _, first, _ = bonmot("init", folder)
    manifest.unlink()
    code, out, _ = bonmot("init", folder, "--slack")
    assert code == 0
    assert f"{manifest} is written" in out
    assert manifest.read_bytes() == (starter_dir() / "slack-manifest.yaml").read_bytes()
    assert out.split("\n")[2:] == first.split("\n")[-len(out.split("\n")) + 2 :], "the same steps"
    manifest.write_text("mine")
    assert "it stays as it is" in bonmot("init", folder, "--slack")[1]
    assert manifest.read_text() == "mine"


def test_init_never_overwrites(bonmot: Run, tmp_path: Path) -> None:
    (tmp_path / "bot.yaml").write_text("mine")
    code, _, err = bonmot("init", tmp_path)
    assert code == 1
    assert "nothing was copied" in err
    assert [path.name for path in tmp_path.iterdir()] == ["bot.yaml"]
    assert (tmp_path / "bot.yaml").read_text() == "mine"


def test_init_into_a_place_that_cannot_be_written_says_so(bonmot: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = bonmot("init", tmp_path / "file" / "config")
    assert code == 1
    assert "cannot be written" in err


def test_the_starter_settings_are_fine_as_they_are(bonmot: Run) -> None:
    code, out, err = bonmot("check", "--config", starter_dir())
    assert code == 0, out + err


def test_explain_gives_every_number_to_redo_the_score_by_hand(bonmot: Run) -> None:
    code, out, _ = bonmot(
        "explain", "--config", BASE, "--json", "--text", "lights out, dunk it", "--text", "milk and dark"
    )
    verdict = json.loads(out)["verdicts"]["oreo"]
    assert code == 0
    signals = verdict["signals"].values()
    by_hand = sum(s["value"] * s["weight"] for s in signals) / sum(s["weight"] for s in signals)
    assert verdict["score"] == pytest.approx(by_hand, abs=0.001)
    assert all(signal["why"] for signal in signals)


def test_explain_prints_strangers_words_as_text(bonmot: Run, tmp_path: Path) -> None:
    posts = tmp_path / "posts.txt"
    posts.write_text("[red]lights[/] out \x1b[31m \u202e @everyone <script>\n" * 3, encoding="utf-8")
    code, out, _ = bonmot("explain", posts, "--config", BASE)
    assert code == 0
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--brand", "oero", "--text", "x"], "there is no brand 'oero'; did you mean 'oreo'?"),
        (["/nowhere/posts.txt"], "/nowhere/posts.txt: cannot be read: No such file or directory"),
        (["/dev/null"], "/dev/null holds no post; write one a line"),
    ],
)
def test_explain_says_what_it_lacks(bonmot: Run, argv: list[str], text: str) -> None:
    assert bonmot("explain", "--config", BASE, *argv) == (1, "", f"{text}\n")


def test_schema_is_json_and_knows_the_adapters(bonmot: Run) -> None:
    code, out, _ = bonmot("schema")
    told = json.loads(out)
    assert code == 0
    assert set(told) == {
        "bot.yaml",
        "brands/*.yaml",
        "templates/*.yaml",
        "calendars/*.yaml",
        "lists/*.yaml",
        "assets/*.yaml",
    }
    assert {"bluesky", "console"} <= set(told["bot.yaml"]["properties"]["publishers"]["properties"])


def test_help_starts_without_importing_the_house() -> None:
    code = "import sys; from responders.cli import run; run(['--help']); print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=BASE.parents[3],
        env=dict(os.environ),
    )
    loaded = done.stdout.split("\n")[-2].split()
    assert not {"aiohttp", "sqlalchemy", "pydantic", "numpy", "structlog", "jinja2"} & set(loaded)


def test_the_parser_of_rules_is_loaded_with_the_first_rule() -> None:
    looks = "print('lark' in sys.modules)"
    code = f"import sys, monitor.keywords as k; {looks}; k.parse('dark'); {looks}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, cwd=BASE.parents[3])
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_check_tells_what_each_platform_is_asked_for(bonmot: Run, tmp_path: Path) -> None:
    root = _with_rules(tmp_path, ["dark -(web OR money) lang:en", "dunk* OR dark", "/d[ua]nk/ #superbowl"])
    told = bonmot("check", "--config", root)[1]
    assert "keywords.0" not in told  # no source here can be asked
    code, told, _ = bonmot("check", "--config", root, "--rules")
    assert code == 0
    shown = told[told.index("oreo, keywords.0") :].splitlines()
    assert shown[:4] == [
        "oreo, keywords.0: dark -(web OR money) lang:en",
        "  x         dark -web -money lang:en",
        "            x also leaves out posts that only quote web, money, or hold it in a longer @name or a_word",
        "  mastodon  matched here: its streams know hashtags alone, and not every match has one",
    ]
    assert "  x         matched here: dunk* cannot be asked for there, and posts would be missed without" in shown
    third = shown.index("oreo, keywords.2: /d[ua]nk/ #superbowl")
    only = "            only here: /d[ua]nk/"
    assert shown[third + 1 : third + 5] == ["  x         #superbowl", only, "  mastodon  #superbowl", only]
    rules = json.loads(bonmot("check", "--config", root, "--json")[1])["rules"]
    assert [rule["where"] for rule in rules] == ["keywords.0", "keywords.1", "keywords.2"]
    assert rules[0]["on"][0]["filters"] == ["dark -web -money lang:en"]


def test_check_shows_a_configured_source_what_it_is_asked_for(bonmot: Run, tmp_path: Path) -> None:
    root = _with_rules(tmp_path, ["#superbowl dark", "/dunks?/"])
    bot = (root / "bot.yaml").read_text()
    source = "sources:\n  mastodon: {url: 'https://mastodon.example', token: '', hashtags: [oreo]}\n"
    (root / "bot.yaml").write_text(re.sub(r"sources:.*\n?", "", bot) + "\n" + source)
    told = bonmot("check", "--config", root)[1]
    assert "oreo, keywords.0: #superbowl dark\n  mastodon  #superbowl\n            only here: dark\n" in told
    assert "  x  " not in told


def test_check_marks_the_place_of_a_mistake_in_a_rule(bonmot: Run, tmp_path: Path) -> None:
    root = _with_rules(tmp_path, ["dark (web"])
    code, told, _ = bonmot("check", "--config", root)
    assert code == 1
    lines = told.splitlines()
    place = next(i for i, line in enumerate(lines) if "is never closed" in line)
    assert lines[place].startswith("brands/oreo.yaml:2:18: keywords.0.match: keyword rule, column 6")
    assert lines[place + 1 : place + 3] == ["  dark (web", "       ^"]
    marked = json.loads(bonmot("check", "--config", root, "--json")[1])["mistakes"][0]["mark"]
    assert marked == ["  dark (web", "       ^"]


def _with_rules(tmp_path: Path, rules: list[str]) -> Path:
    """The base settings with these keyword rules, one a line from the second line of the brand's file on."""
    root = tmp_path / "config"
    shutil.copytree(BASE, root)
    brand = root / "brands" / "oreo.yaml"
    kept = re.sub(r"keywords:\n(  .*\n)+", "", brand.read_text())
    listed = "".join(f"  - match: '{rule}'\n" for rule in rules)
    brand.write_text(f"keywords:\n{listed}{kept}")
    return root
