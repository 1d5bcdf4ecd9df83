"""The doctor says what networks do not simply allow our accounts, and when nobody read that for too long."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from monitor.probing import Health
from responders.checkup import _allowed
from responders.loading import load_settings

CONFIG = Path(__file__).parents[2] / "config"


def test_each_account_is_told_and_old_rules_are_doubted() -> None:
    settings = load_settings(CONFIG, {})
    brand = settings.brands["oreo"].model_copy(update={"accounts": ["x:oreo", "webhook:banner"]})
    settings = settings.model_copy(update={"brands": {"oreo": brand}})
    [told] = _allowed(settings, date(2026, 9, 1))
    assert (told.part, told.health) == ("x:oreo", Health.OK)
    assert "a quote: by hand only since 2026-04-20" in told.said
    told, stale = _allowed(settings, date(2026, 11, 28))
    assert (stale.part, stale.health) == ("rules", Health.WARNING)
    assert stale.said.startswith("what x allows was last read 98 days ago")
