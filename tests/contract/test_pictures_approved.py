"""What a person said yes to is the text, the account and the picture to its last byte; nothing else is ever sent."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from monitor.clock import FakeClock
from monitor.errors import Refused
from monitor.storage import open_database, writing
from monitor.storage.migrations.versions import s0009_pictures
from responders.album import Album
from responders.approvals import Order
from responders.ledger import Ledger
from responders.ledger.rows import publication_row, read_publication
from responders.model import Draft, Picture, Proposal, Publication, State, digest
from responders.outbox import Outbox
from tests.contract.test_outbox import DirectBooks, Scripted
from tests.ledger_moves import forget_pictures, published
from tests.samples import ACCOUNT, NOW, a_picture, a_proposal, a_publication, an_opportunity

TEXT = "you can still dunk in the dark"
GUARDS = ("proposals_text", "proposals_media", "proposals_revision", "proposals_publication_media")
"""The database's own rules, taken away where a test wants to see that they are not the only ones."""


@pytest.fixture
def album() -> Iterator[Album]:
    folder = Path(tempfile.mkdtemp())
    yield Album(folder / "media")
    shutil.rmtree(folder)


def with_picture(*media: Picture, text: str = TEXT) -> Proposal:
    return a_proposal(drafts=(Draft(ACCOUNT, text, "dark", media=media),), text=text, media=media)


def approved(ledger: Ledger, proposal: Proposal) -> None:
    ledger.save_opportunity(an_opportunity("t1"), [proposal])
    ledger.decide(Order("p1", "approve", "maya", "inbox", 1), NOW)


async def sent(ledger: Ledger, album: Album | None) -> list[Publication]:
    """What reaches the publisher in a minute."""
    clock, publisher = FakeClock(NOW), Scripted()
    box = Outbox(DirectBooks(ledger), publishers={"bluesky": publisher}, clock=clock, album=album, random=Random(1))
    for _ in range(6):
        await clock.advance(10)
        await box.step()
    return publisher.sent


def test_text_alone_has_the_digest_that_it_always_had() -> None:
    plain = a_proposal()
    assert plain.digest == digest(plain.account, plain.text) == digest(plain.account, plain.text, "", ())


def test_every_part_of_a_picture_is_part_of_what_is_agreed_to() -> None:
    one = a_picture()
    others = [
        a_picture(b"other bytes"), replace(one, alt=one.alt + "."), replace(one, kind="image/jpeg"),
        replace(one, name="other.png"), replace(one, width=601), replace(one, height=401),
    ]  # fmt: skip
    digests = {with_picture(*media).digest for media in [(), (one,), (one, one), *[(other,) for other in others]]}
    assert len(digests) == 3 + len(others)


def test_a_publication_with_pictures_survives_its_row() -> None:
    publication = a_publication(media=(a_picture(),), files=(b"bytes of a picture",))
    row = publication_row(publication, 1)
    assert "bytes of a picture" not in str(row)
    assert read_publication(row) == replace(publication, files=())  # type: ignore[arg-type]


async def test_the_bytes_that_were_agreed_to_are_sent(ledger: Ledger, album: Album) -> None:
    data = os.urandom(5000)
    album.keep(data)
    approved(ledger, with_picture(a_picture(data)))
    [publication] = await sent(ledger, album)
    assert (publication.text, publication.files, publication.media) == (TEXT, (data,), (a_picture(data),))
    assert publication.digest == ledger.proposal("p1").digest
    assert ledger.verify_audit() == []


@pytest.mark.parametrize("loss", ["changed", "missing", "no album"])
async def test_a_picture_that_is_not_there_any_more_is_not_posted(ledger: Ledger, album: Album, loss: str) -> None:
    name = album.keep(b"bytes of a picture")
    approved(ledger, with_picture(a_picture()))
    path = album._folder / name
    if loss == "changed":
        path.write_bytes(b"bytes of a pictura")
    elif loss == "missing":
        path.unlink()
    assert await sent(ledger, None if loss == "no album" else album) == []
    after = ledger.proposal("p1")
    assert after is not None
    assert after.state is State.FAILED
    assert "picture" in (after.reason or "")


def test_another_draft_brings_its_own_picture_and_an_edit_keeps_the_present_one(ledger: Ledger) -> None:
    one, two = a_picture(), a_picture(b"another")
    drafts = (Draft(ACCOUNT, TEXT, "dark", media=(one,)), Draft(ACCOUNT, "plain", "calm", media=(two,)))
    drafts = (*drafts, Draft(ACCOUNT, "bare", "bare"))
    ledger.save_opportunity(an_opportunity("t1"), [a_proposal(drafts=drafts, text=TEXT, media=(one,))])
    seen = ledger.decide(Order("p1", "edit", "maya", "inbox", 1, text="plain"), NOW)
    assert seen.media == (two,)
    edited = ledger.decide(Order("p1", "edit", "maya", "inbox", 2, text="plain and short"), NOW)
    assert (edited.media, edited.drafts[-1].media) == ((two,), (two,))
    bare = ledger.decide(Order("p1", "edit", "maya", "inbox", 3, text="bare"), NOW)
    assert bare.media == ()
    assert ledger.verify_audit() == []


@pytest.mark.parametrize("state", ["pending", "approved"])
def test_the_database_lets_no_picture_be_put_under_a_yes(engine: Engine, ledger: Ledger, state: str) -> None:
    approved(ledger, with_picture(a_picture()))
    if state == "pending":
        ledger.save_opportunity(an_opportunity("t2"), [a_proposal(2)])
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.exec_driver_sql("UPDATE proposals SET media = '[ ]' WHERE state = ?", (state,))


def test_a_picture_changed_behind_its_back_shows_in_the_record(engine: Engine, ledger: Ledger) -> None:
    approved(ledger, with_picture(a_picture()))
    tamper(engine, "media", json.dumps([a_picture_as_json(alt="another alt")]))
    assert any("holds another text, account or picture" in one for one in ledger.verify_audit())


CHANGES = st.sampled_from(["text", "alt", "byte", "hash", "kind", "file and hash", "none", "picture gone"])


@settings(max_examples=120, deadline=None)
@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(
        lambda words: words.strip()
    ),
    alt=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40),
    data=st.binary(min_size=1, max_size=300),
    at=st.integers(0, 10_000),
    change=CHANGES,
)
def test_one_changed_byte_after_the_yes_is_never_posted(
    *, text: str, alt: str, data: bytes, at: int, change: str
) -> None:
    """The database's rules are taken away and one thing is changed by hand: what is sent is what was agreed to."""
    asyncio.run(_changed_after_the_yes(text, alt, data, at=at, change=change))


async def _changed_after_the_yes(text: str, alt: str, data: bytes, *, at: int, change: str) -> None:
    engine = open_database(":memory:")
    ledger, folder = Ledger(engine), Path(tempfile.mkdtemp())
    try:
        album = Album(folder)
        picture = a_picture(data, alt=alt)
        album.keep(data)
        approved(ledger, with_picture(picture, text=text))
        flipped = bytearray(data)
        flipped[at % len(data)] ^= 1 << at % 8
        other = a_picture(bytes(flipped), alt=alt)
        if change == "text":
            tamper(engine, "text", text + "x" if at % 2 else text[:-1])
        elif change == "byte":
            (folder / picture.sha256).write_bytes(bytes(flipped))
        elif change == "picture gone":
            tamper(engine, "media", "[]")
        elif change != "none":
            if change == "file and hash":
                album.keep(bytes(flipped))
            changes = {"alt": {"alt": alt[:-1]}, "kind": {"kind": "image/webp"}}.get(change, {"sha256": other.sha256})
            tamper(engine, "media", json.dumps([a_picture_as_json(picture, **changes)]))
        found = await sent(ledger, album)
        if change == "none":
            assert [(one.text, one.media, one.files) for one in found] == [(text, (picture,), (data,))]
        else:
            assert found == []
    finally:
        ledger.close()
        shutil.rmtree(folder)


def a_picture_as_json(picture: Picture | None = None, **changes: object) -> dict[str, object]:
    picture = picture or a_picture()
    return {name: getattr(picture, name) for name in Picture.__slots__} | changes


def tamper(engine: Engine, column: str, value: str) -> None:
    """Somebody with a key to the file, who takes away the rules that would stop them."""
    with writing(engine) as connection:
        for guard in GUARDS:
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")
        connection.exec_driver_sql(f"UPDATE proposals SET {column} = ? WHERE id = 'p1'", (value,))


def test_a_ledger_from_before_there_were_pictures_reads_as_it_did(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "bonmot.db")
    ledger = Ledger(engine)
    before = published(ledger)
    ledger.save_opportunity(an_opportunity("t2"), [a_proposal(2)])
    with writing(engine) as connection:
        forget_pictures(connection)
        before_them = (s0009_pictures.down_revision,)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", before_them)
    ledger.close()
    ledger = Ledger(open_database(tmp_path / "bonmot.db"))
    assert ledger.proposal("p1") == before
    assert ledger.publication("p1") == replace(a_publication(), digest=before.digest, created_at=before.approved_at)
    assert ledger.verify_audit() == []
    assert ledger.decide(Order("p2", "approve", "maya", "inbox", 1), NOW).state is State.APPROVED
    ledger.close()


# --- the album -----------------------------------------------------------------------------------------------------


def test_the_album_gives_back_what_it_was_given_and_nothing_else(album: Album) -> None:
    names = {album.keep(data): data for data in (b"", b"one", b"two")}
    assert {name: album.read(name) for name in names} == names
    for odd in ("", "../bonmot.db", "0" * 64, "F" * 64):
        with pytest.raises(Refused):
            album.read(odd)


def test_the_album_mends_a_file_that_was_changed_when_it_is_given_the_picture_again(album: Album) -> None:
    name = album.keep(b"one")
    (album._folder / name).write_bytes(b"on")
    with pytest.raises(Refused, match="was changed"):
        album.read(name)
    album.keep(b"one")
    assert album.read(name) == b"one"


def test_what_nobody_wants_goes_when_it_is_old(album: Album) -> None:
    wanted, unwanted, young = album.keep(b"wanted"), album.keep(b"unwanted"), album.keep(b"young")
    for name in (wanted, unwanted):
        os.utime(album._folder / name, (NOW.timestamp(), NOW.timestamp()))
    os.utime(album._folder / young, (NOW.timestamp() + 7200,) * 2)
    assert album.prune({wanted}, than=NOW + timedelta(hours=1)) == 1
    assert sorted(path.name for path in album._folder.glob("*")) == sorted([wanted, young])
    assert Album(album._folder / "nowhere").prune(set(), than=NOW) == 0


def test_the_ledger_tells_which_pictures_are_wanted(ledger: Ledger) -> None:
    approved(ledger, with_picture(a_picture()))
    other = a_picture(b"of another draft")
    second = a_proposal(2, drafts=(Draft(ACCOUNT, "plain", "calm"), Draft(ACCOUNT, "b", "b", media=(other,))))
    ledger.save_opportunity(an_opportunity("t2"), [replace(second, text="plain")])
    assert ledger.pictures_wanted(NOW + timedelta(days=1)) == {a_picture().sha256, other.sha256}
    ledger.decide(Order("p2", "reject", "maya", "inbox", 1, reason="no"), NOW)
    assert ledger.pictures_wanted(NOW) == {a_picture().sha256, other.sha256}
    assert ledger.pictures_wanted(NOW + timedelta(days=1)) == {a_picture().sha256}
