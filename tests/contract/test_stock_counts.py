"""What is gone is promised by nothing: not by a draft, not by a yes, and not by what was agreed before it was gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from monitor.clock import FakeClock
from monitor.storage import open_database, writing
from responders import cli
from responders.ledger import Ledger
from responders.model import Proposal
from responders.stock import Count
from tests.contract.test_outbox import Scripted, approve, clock, ledger, outbox, states, steps, told
from tests.golden.test_config_mistakes import CASES
from tests.samples import NOW

__all__ = ["clock", "ledger"]

Run = Callable[..., tuple[int, str, str]]


def _count(left: int, item: str = "sandwich", brand: str = "oreo") -> Count:
    return Count(brand, item, left, "maya", "the truck is late", NOW)


def test_the_newest_count_counts_for_its_brand_alone(ledger: Ledger) -> None:
    for counted in (_count(5), _count(0), _count(7, "coupon"), _count(3, brand="tide")):
        ledger.count_stock(counted)
    assert ledger.stock("oreo") == {"sandwich": _count(0), "coupon": _count(7, "coupon")}
    assert ledger.stock("nobody") == {}


@pytest.mark.parametrize("change", ['UPDATE stock_counts SET "left" = 9', "DELETE FROM stock_counts"])
def test_a_count_is_never_rewritten(change: str) -> None:
    engine = open_database(":memory:")
    Ledger(engine).count_stock(_count(0))
    with pytest.raises(IntegrityError, match="a count is never"), writing(engine) as connection:
        connection.execute(sql(change))
    engine.dispose()


async def test_what_was_agreed_is_taken_back_when_it_is_gone_meanwhile(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger, 1, 2)
    publisher = Scripted()

    def promised(proposal: Proposal) -> list[str]:
        return ["sandwich"] if proposal.id == "p1" else []

    box = outbox(ledger, clock, publisher, promised=promised)
    ledger.count_stock(_count(0))
    await steps(box, clock)
    assert states(ledger) == {"p1": "withdrawn", "p2": "published"}
    assert told(ledger, "p1") == ["withdraw"]
    [gone] = [proposal for proposal in ledger.proposals() if proposal.id == "p1"]
    assert gone.reason == "promises sandwich, of which none are left, says maya at 20:40:00 UTC: the truck is late"
    assert len(publisher.sent) == 1
    assert ledger.verify_audit() == []


async def test_what_is_counted_again_goes_out(ledger: Ledger, clock: FakeClock) -> None:
    approve(ledger)
    ledger.count_stock(_count(0))
    ledger.count_stock(_count(12))
    await steps(outbox(ledger, clock, Scripted(), promised=lambda _: ["sandwich"]), clock)
    assert states(ledger) == {"p1": "published"}
    assert NOW + timedelta(seconds=1) < clock.now()


@pytest.fixture
def bonmot(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """A command on settings whose brand promises cookies and a coupon."""
    config = tmp_path / "config"
    for name in ("bot.yaml", "brands/oreo.yaml", "templates/oreo.yaml"):
        (config / name).parent.mkdir(parents=True, exist_ok=True)
        (config / name).write_text((CASES / "base" / name).read_text())
    with (config / "brands/oreo.yaml").open("a") as file:
        file.write('stock:\n  jar: {terms: [cookie jar]}\n  coupon: {terms: [coupon], until: "2026-12-31"}\n')

    def run(*argv: str) -> tuple[int, str, str]:
        code = cli.run([*argv, "--config", str(config)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_command_counts_and_lists(bonmot: Run) -> None:
    code, out, _ = bonmot("stock", "oreo", "jar", "0", "--person", "maya", "--reason", "all sold [red]")
    assert (code, "all sold [red]" in out, "not counted" in out) == (0, True, True)
    listed = json.loads(bonmot("stock", "--json")[1])
    assert [(one["item"], one["until"], (one["count"] or {}).get("left")) for one in listed] == [
        ("jar", None, 0),
        ("coupon", "2027-01-01T00:00:00.000Z", None),
    ]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("oreo", "jra", "0", "--person", "maya"), "ITEM: oreo has no stock 'jra'; did you mean 'jar'?"),
        (("oero", "jar", "0", "--person", "maya"), "BRAND: there is no brand 'oero'; did you mean 'oreo'?"),
        (("oreo", "jar", "0"), "--person: say who you are; known: jon, maya"),
        (("oreo", "jar"), "say BRAND, ITEM and LEFT (0 or more), or nothing to see the list"),
    ],
)
def test_a_slip_is_told_and_counts_nothing(bonmot: Run, argv: tuple[str, ...], said: str) -> None:
    code, _, err = bonmot("stock", *argv)
    assert (code, err.strip()) == (1, said)
    assert {(one["count"] or {}).get("left") for one in json.loads(bonmot("stock", "--json")[1])} == {None}
