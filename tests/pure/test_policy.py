"""What networks allow: the company's own word first, the newest rule before the older, and nothing before its day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from monitor.schema import PolicySettings
from monitor.settings import to_account
from responders.policy import POLICY, RULES, STALE, Policy, Rule, policy_of

X, BLUESKY, HOOK = to_account("x:oreo"), to_account("bluesky:oreo.example"), to_account("webhook:banner")
TODAY = date(2026, 11, 28)


def _own(**more: object) -> Policy:
    rule = {"account": X.key, "act": "quote", "standing": "allowed", "why": "our contract", "source": "contract 12"}
    return policy_of(PolicySettings.model_validate({"rules": [rule | {"checked": "2026-11-20"} | more]}))


def test_quoting_on_x_is_done_by_hand_since_april_and_was_nothing_known_of_before() -> None:
    rule = POLICY.rule(X, "quote", TODAY)
    assert rule is not None
    assert rule.standing == "by_hand"
    assert not POLICY.allows(X, "quote", TODAY)
    assert POLICY.rule(X, "quote", date(2026, 4, 19)) is None


def test_enterprise_access_lifts_what_self_serve_lost_and_not_what_holds_for_all() -> None:
    granted = Policy(access={X.key: "enterprise"})
    assert granted.allows(X, "quote", TODAY)
    assert granted.against("$MDLZ and $HSY", X, TODAY) == []
    assert not granted.allows(X, "repeat", TODAY)
    assert not granted.allows(to_account("x:tide"), "quote", TODAY)


def test_the_companys_own_word_comes_first_for_that_account_alone() -> None:
    own = _own()
    assert own.allows(X, "quote", TODAY)
    assert not own.allows(to_account("x:tide"), "quote", TODAY)


def test_a_post_that_is_forbidden_says_by_whom_and_when_that_was_read() -> None:
    own = _own(act="post", standing="forbidden", why="legal has not agreed")
    assert own.against("Dunk.", X, TODAY) == [
        "may not be posted on x:oreo: legal has not agreed (contract 12, 2026-11-20)"
    ]
    assert own.against("Dunk.", BLUESKY, TODAY) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [("$MDLZ and $HSY", 2), ("$MDLZ", 0), ("$5 and $10 off", 0), ("a$MDLZ $$HSY", 0), ("$brk.a, $brk_b", 2)],
)
def test_one_cashtag_a_post_on_x_and_prices_are_none(text: str, count: int) -> None:
    against = POLICY.against(text, X, TODAY)
    assert [each.split(":")[0] for each in against] == ([f"holds {count} cashtags"] if count else [])
    assert POLICY.against(text, BLUESKY, TODAY) == []


def test_nothing_is_known_against_a_program_of_ones_own() -> None:
    assert POLICY.told(HOOK, TODAY) == []
    assert POLICY.allows(HOOK, "post", TODAY)


def test_a_card_is_told_what_is_not_simply_allowed_and_who_says_so() -> None:
    told = POLICY.told(X, TODAY)
    assert any(line.startswith("a quote: by hand only since 2026-04-20") for line in told)
    assert all("docs.x.com" in line and "2026-08-22" in line for line in told)
    assert not any(line.startswith("a post of one's own") for line in told)


def test_rules_that_nobody_read_for_ninety_days_are_said_of_the_networks_in_use_alone() -> None:
    checked = min(rule.checked for rule in RULES if rule.network == "x")
    assert POLICY.stale(["x"], checked + STALE) == []
    [line] = POLICY.stale(["x", "webhook", "x"], checked + STALE + timedelta(days=1))
    assert line.startswith("what x allows was last read 91 days ago")


def test_every_rule_names_its_source_and_a_day_that_has_been() -> None:
    assert all(rule.source and rule.why and rule.checked <= TODAY for rule in RULES)
    assert len({(r.network, r.act, r.access, r.since) for r in RULES}) == len(RULES)


def test_of_two_rules_the_later_counts_from_its_day_on() -> None:
    old, new = (Rule("x", "post", kind, "", "", TODAY, since=day) for kind, day in  # type: ignore[arg-type]
                (("allowed", date(2020, 1, 1)), ("forbidden", date(2027, 1, 1))))  # fmt: skip
    both = Policy((new, old))
    assert both.allows(X, "post", date(2026, 12, 31))
    assert not both.allows(X, "post", date(2027, 1, 1))
