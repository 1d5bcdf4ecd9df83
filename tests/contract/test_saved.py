"""The file that counting is saved in: whole or not at all, and anything strange about it is said, never believed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import saved
from monitor.errors import BadInput
from monitor.saved import Saved
from tests.samples import NOW

SAVED = Saved(NOW, {"bluesky": "17", "recording": "4200"}, bytes(range(256)) * 8)
HEAD_BYTES = len(saved.FORM) + saved.DIGEST_BYTES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "watch.state"
    saved.write(place, SAVED)
    return place


def test_what_was_written_is_read_and_only_its_owner_may(path: Path) -> None:
    assert saved.read(path, NOW) == SAVED
    assert path.stat().st_mode & 0o077 == 0
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_nothing_saved_is_nothing_wrong(tmp_path: Path) -> None:
    assert saved.read(tmp_path / "watch.state", NOW) is None


def test_a_death_while_writing_leaves_the_file_before(path: Path) -> None:
    path.with_name("watch.state.new").write_bytes(path.read_bytes()[:50])
    assert saved.read(path, NOW) == SAVED
    later = Saved(NOW + timedelta(minutes=2), {}, b"later")
    saved.write(path, later)
    assert saved.read(path, NOW) == later


def test_what_cannot_be_written_leaves_the_file_before(path: Path) -> None:
    path.with_name("watch.state.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        saved.write(path, Saved(NOW, {}, b"other"))
    assert saved.read(path, NOW) == SAVED


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_wrong_byte_or_a_missing_end_is_noticed(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    wrong = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    broken = path.with_name("broken")
    for content in (wrong, whole[:at]):
        broken.write_bytes(content)
        with pytest.raises(BadInput):
            saved.read(broken, NOW)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no file of ours"),
        (b"SQLite format 3\0" + b"x" * 200, "no file of ours"),
        (saved.FORM.replace(b"1", b"2") + b"x" * 200, "another version"),
        (saved.FORM + b"x" * 200, "checksum"),
    ],
)
def test_a_file_that_is_not_ours_is_called_so(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        saved.read(path, NOW)


def test_content_that_fits_its_checksum_and_is_not_ours_is_refused(path: Path) -> None:
    for packed in (b"", b"neither packed nor ours"):
        path.write_bytes(saved.FORM + saved._digest(packed) + packed)
        with pytest.raises(BadInput, match="damaged"):
            saved.read(path, NOW)


@pytest.mark.parametrize("hours", [-6.1, 6.1])
def test_a_file_too_far_from_now_says_nothing_of_the_present(path: Path, hours: float) -> None:
    assert saved.read(path, NOW + timedelta(hours=hours * 0.9)) == SAVED
    with pytest.raises(BadInput, match=r"saved at 2026-11-22T20:40:00\.000Z, more than 6 hours from now"):
        saved.read(path, NOW + timedelta(hours=hours))


def test_a_file_of_other_recordings_goes_by_another_clock(path: Path) -> None:
    with pytest.raises(BadInput, match="other recordings"):
        saved.read(path, NOW, recordings=("evening.jsonl",))
    played = Saved(NOW, {}, b"", ("evening.jsonl", "shifted by 60 s"))
    saved.write(path, played)
    assert saved.read(path, NOW, recordings=played.recordings) == played
    for others in ((), ("evening.jsonl",), ("other.jsonl", "shifted by 60 s")):
        with pytest.raises(BadInput, match="other recordings"):
            saved.read(path, NOW, recordings=others)


def test_a_folder_in_its_place_is_no_file_to_read_and_can_be_put_aside(tmp_path: Path) -> None:
    place = tmp_path / "watch.state"
    place.mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        saved.read(place, NOW)
    assert saved.put_aside(place).name == "watch.state.aside"
    assert saved.read(place, NOW) is None
