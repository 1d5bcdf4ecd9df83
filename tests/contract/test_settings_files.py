"""Reading settings: whatever a person wrote, the answer is a value or a mistake with its place, never a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, field_validator

from monitor import yamlfile
from monitor.errors import BadInput
from monitor.mistakes import validated
from monitor.references import resolve
from monitor.settings import BrandSettings
from monitor.yamlfile import Document, parse
from responders.loading import find_config, load, load_settings

BASE = Path(__file__).resolve().parent.parent / "golden" / "config" / "base"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of settings without a mistake."""
    return Path(shutil.copytree(BASE, tmp_path / "config"))


def said(act: Callable[[], object]) -> str:
    """What a person reads when `act` refuses their input."""
    with pytest.raises(BadInput) as caught:
        act()
    return str(caught.value)


def test_every_value_knows_its_line_and_column() -> None:
    document = parse("a:\n  - b: 1\n    ć: 'x'\n", Document("f.yaml"))
    assert document.data == {"a": [{"b": 1, "ć": "x"}]}
    spots = {trail: (spot.line, spot.column) for trail, spot in document.values.items()}
    assert spots == {(): (1, 1), ("a",): (2, 3), ("a", 0): (2, 5), ("a", 0, "b"): (2, 8), ("a", 0, "ć"): (3, 8)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("off", False),
        ("~", None),
        ("12", 12),
        ("-1.5", -1.5),
        ("1_000", 1000),
        ("0x1f", 31),
        ("2021-06-14", "2021-06-14"),
        ("'12:30'", "12:30"),
        ("1e3", "1e3"),
        ("!!str 12", "12"),
    ],
)
def test_plain_values_mean_what_a_person_expects(text: str, value: object) -> None:
    document = parse(f"a: {text}\n", Document("f.yaml"))
    assert document.mistakes == []
    assert document.data == {"a": value}


@given(st.text(max_size=200))
def test_no_text_whatever_makes_reading_fail(text: str) -> None:
    document = parse(text, Document("f.yaml"))
    assert document.data is not None or document.mistakes or text.strip() in ("~", "null", "Null", "NULL", "---", "")
    assert all(mistake.line >= 1 and mistake.column >= 1 for mistake in document.mistakes)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )
)
def test_no_value_whatever_makes_checking_fail(value: object) -> None:
    document = parse(yaml.safe_dump({"title": value, "facts": value, "approval": value}), Document("brands/x.yaml"))
    assert validated(BrandSettings, document, data=document.data) is None
    assert document.mistakes


def test_a_file_too_large_for_settings_is_not_read(root: Path) -> None:
    (root / "brands" / "oreo.yaml").write_text("# " + "x" * yamlfile.MAX_BYTES)
    assert "larger than 1,000,000 bytes" in said(lambda: load_settings(root, {}))


def test_hostile_nesting_is_refused_and_not_followed() -> None:
    document = parse("[" * 100_000, Document("f.yaml"))
    assert "nested deeper than 20 levels" in str(document.mistakes[0])


def test_all_mistakes_of_all_files_come_in_one_go_in_the_order_of_reading(root: Path) -> None:
    (root / "bot.yaml").write_text("people: {maya: {title: 5}}\nlive: maybe\n")
    (root / "brands" / "oreo.yaml").write_text("title: Oreo\ntilte: Oreo\n")
    (root / "templates" / "oreo.yaml").write_text("templates: []\n")
    lines = said(lambda: load_settings(root, {})).split("\n")
    assert [line.split(": ")[0] for line in lines] == [
        "bot.yaml:1:24",
        "bot.yaml:2:7",
        "brands/oreo.yaml:1:1",
        "brands/oreo.yaml:1:1",
        "brands/oreo.yaml:1:1",
        "brands/oreo.yaml:2:1",
        "templates/oreo.yaml:1:12",
    ]


def test_a_missing_file_is_named(root: Path) -> None:
    (root / "bot.yaml").unlink()
    assert said(lambda: load_settings(root, {})).startswith("bot.yaml:1:1: no such file in ")


def test_a_reference_is_filled_from_the_environment() -> None:
    document = parse("a: ${X}\nb: pre-${X}-post\nc: $${X}\nd: 5\n", Document("bot.yaml"))
    resolve(document, {"X": "one"})
    assert document.data == {"a": "one", "b": "pre-one-post", "c": "${X}", "d": 5}
    assert document.mistakes == []


def test_a_filled_secret_is_never_shown(root: Path) -> None:
    bot = (
        (root / "bot.yaml").read_text().replace("console: {}", "bluesky: {accounts: {o.example: {password: '${PW}'}}}")
    )
    (root / "bot.yaml").write_text(bot.replace("people:", "live: ${PW}\npeople:"))
    text = said(lambda: load_settings(root, {"PW": "s3cret-s3cret"}))
    assert "bot.yaml:1:7: live: must be true or false (got '${PW}')" in text
    assert "s3cret" not in text
    (root / "bot.yaml").write_text(bot)
    (root / "brands" / "oreo.yaml").write_text(
        (root / "brands" / "oreo.yaml").read_text().replace("console:oreo", "bluesky:o.example")
    )
    settings = load_settings(root, {"PW": "s3cret-s3cret"})
    assert settings.bot.publishers["bluesky"]["accounts"]["o.example"] == {"password": "s3cret-s3cret"}
    assert "s3cret" not in repr(settings)


def test_a_validator_that_quotes_a_filled_secret_does_not_leak_it() -> None:
    class Block(BaseModel):
        key: str

        @field_validator("key")
        @classmethod
        def _never(cls, value: str) -> str:
            raise ValueError(f"{value} is no key")

    document = parse("key: ${PW}\n", Document("bot.yaml"))
    resolve(document, {"PW": "s3cret-s3cret"})
    validated(Block, document, data=document.data)
    assert [str(mistake) for mistake in document.mistakes] == ["bot.yaml:1:6: key: ${PW} is no key (got '${PW}')"]


def test_an_empty_block_switches_a_publisher_on_with_its_defaults(root: Path) -> None:
    (root / "bot.yaml").write_text((root / "bot.yaml").read_text().replace("console: {}", "console:"))
    assert load_settings(root, {}).bot.publishers == {"console": {}}


def test_the_settings_of_a_good_folder_are_whole(root: Path) -> None:
    settings = load_settings(root, {})
    assert [brand.name for brand in settings.domain_brands()] == ["oreo"]
    assert settings.templates["oreo"].templates[0].name == "dunk-in-the-dark"
    assert settings.data_dir == root.parent.resolve() / "data"
    assert load(root, {}).warnings == []


def test_the_folder_is_the_option_then_the_environment_then_here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Path(shutil.copytree(root, root.parent / "elsewhere"))
    monkeypatch.chdir(root.parent)
    assert find_config(root, {"BONMOT_CONFIG": str(elsewhere)}) == root
    assert find_config(None, {"BONMOT_CONFIG": str(elsewhere)}) == elsewhere
    assert find_config(None, {"BONMOT_CONFIG": ""}) == Path("config")


def test_a_named_folder_that_is_missing_is_never_replaced_by_another(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    assert said(lambda: find_config(Path("nowhere"), {})) == (
        "no settings: --config says nowhere, which is no folder; `bonmot init nowhere` copies starter settings there"
    )
    assert "BONMOT_CONFIG says brands" in said(lambda: find_config(None, {"BONMOT_CONFIG": "brands"}))
    monkeypatch.chdir(root)
    assert "./config (neither --config nor BONMOT_CONFIG is given) is no folder" in said(lambda: find_config(None, {}))
