"""Drafts: the right template first, only safe words in its slots, and a reason for every one left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from monitor.model import Account, Brand, Bridge, Fact, Opportunity, Post, Score, Stage, Trend, Verdict
from monitor.settings import TemplateSettings
from responders.drafting.templates import draft, explain, problems_of

NOW = datetime(2026, 2, 1, 23, 30, tzinfo=UTC)
ACCOUNT = Account("bluesky:oreo.example", "bluesky", "oreo.example")
BRAND = Brand(
    "oreo",
    "Oreo",
    facts=(
        Fact("dunk-in-the-dark", "you can dunk in the dark", ("lights out", "dark")),
        Fact("milk", "best with milk", ("milk",)),
    ),
    no_go=("blood",),
    competitors=("Hydrox",),
    accounts=(ACCOUNT,),
)
BRIDGE = Bridge("dunk-in-the-dark", "you can dunk in the dark", 1.0, ("dark", "stadium"))


def posts(text: str, count: int = 12, *, first: int = 0) -> tuple[Post, ...]:
    return tuple(Post(f"{first + n}", "bluesky", NOW, text, author=f"a{first + n}") for n in range(count))


def trend(*evidence: Post, terms: tuple[str, ...] = ("#lightsout", "dark")) -> Trend:
    return Trend(
        **dict.fromkeys(("started_at", "detected_at", "volume_started_at"), NOW),
        **dict.fromkeys(("peaked_at", "ended_at", "authors")),
        **dict.fromkeys(("posts", "voices", "significance", "velocity", "expected_velocity"), 40),
        id="t1",
        name="lights out",
        terms=terms,
        stage=Stage.RISING,
        samples=evidence[:3],
        evidence=evidence,
        volume=(1, 2),
        volume_step_secs=10,
    )


def opportunity(
    *evidence: Post, bridge: Bridge | None = BRIDGE, key: str = "o1", terms: tuple[str, ...] = ("#lightsout", "dark")
) -> Opportunity:
    score = Score("oreo", Verdict.OFFER, 1, 0.8, "", bridge, ())
    return Opportunity(key, trend(*evidence, terms=terms), score, NOW, NOW + timedelta(minutes=20))


def template(name: str, text: str, **more: Any) -> TemplateSettings:
    return TemplateSettings(name=name, text=text, **more)


def drafted(templates: list[TemplateSettings], chance: Opportunity | None = None, **more: Any) -> list[str]:
    found = draft(chance or opportunity(), BRAND, templates, account=ACCOUNT, recent=(), **more)
    return [one.text for one in found]


def why(text: str, chance: Opportunity | None = None, *, brand: Brand = BRAND, **more: Any) -> str:
    """Why the only template was left out."""
    found = explain(
        chance or opportunity(), brand, [template("only", text, **more)], account=ACCOUNT, recent=("Milk is ready.",)
    )
    assert not found.drafts
    return found.skipped[0].why


def test_the_slots_are_filled_with_the_brands_own_words() -> None:
    text = "{{ brand }} {{ bridge }}: {{ fact }} when it is {{ term }}, any {{ weekday }} {{ part_of_day | upper }}"
    expected = "Oreo dunk in the dark: you can dunk in the dark when it is dark, any Sunday NIGHT"
    assert drafted([template("all", text)]) == [expected]


def test_the_evening_is_the_brands_evening() -> None:
    brand = replace(BRAND, time_zone="America/New_York")
    chance = opportunity()
    [one] = draft(chance, brand, [template("t", "Good {{ part_of_day }}")], account=ACCOUNT, recent=())
    assert one.text == "Good evening"


def test_the_account_and_the_template_are_named_in_the_draft() -> None:
    [one] = draft(opportunity(), BRAND, [template("dunk", "Dunk on.")], account=ACCOUNT, recent=())
    assert (one.account, one.template) == ("bluesky:oreo.example", "dunk")


def test_the_bridges_own_texts_come_first_and_cleared_ones_before_all() -> None:
    templates = [
        template("any", "Cookies do not need reasons."),
        template("dark", "Fingers know the way to the milk.", facts=["dunk-in-the-dark"]),
        template("cleared", "You can still dunk with the lights off.", facts=["dunk-in-the-dark"], pre_cleared=True),
    ]
    expected = [templates[2].text, templates[1].text, templates[0].text]
    assert drafted(templates) == expected


def test_a_text_for_another_fact_is_left_out_with_the_reason() -> None:
    assert why("Pour first.", facts=["milk"]) == "goes with milk, the bridge is dunk-in-the-dark"


def test_without_a_bridge_no_text_about_one_is_written() -> None:
    chance = opportunity(bridge=None)
    assert why("Dark {{ fact }}", chance) == "no {{ fact }}: there is no bridge"
    assert "the bridge is none" in why("Dunk.", chance, facts=["milk"])


def test_a_strangers_word_for_the_bridge_is_never_used() -> None:
    chance = opportunity(bridge=Bridge("milk", "best with milk", 1.0, ("mlik @everyone",)))
    assert "no {{ term }}" in why("All about {{ term }}", chance)
    assert drafted([template("t", "It is {{ fact }}")], chance) == ["It is best with milk"]


def test_different_opportunities_begin_with_different_texts_and_the_same_one_never_changes() -> None:
    texts = ["Dunk slowly.", "Milk has no opening hours.", "Our best side is both sides.", "Crumbs are evidence."]
    templates = [template(f"t{n}", text) for n, text in enumerate(texts)]
    firsts = {drafted(templates, opportunity(key=f"o{n}"))[0] for n in range(30)}
    assert firsts == set(texts)
    assert drafted(templates) == drafted(templates)
    assert len(drafted(templates)) == 3
    assert len(drafted(templates, limit=1)) == 1


def test_two_drafts_are_never_nearly_the_same() -> None:
    templates = [template("one", "You can still dunk in the dark."), template("two", "you can still dunk, in the dark")]
    found = explain(opportunity(), BRAND, templates, account=ACCOUNT, recent=())
    assert len(found.drafts) == 1
    assert found.skipped[0].why.startswith("nearly the same as ")


def test_a_text_that_fails_a_check_is_left_out_with_the_checks_sentence() -> None:
    assert "which Oreo never says" in why("Blood orange edition.")
    assert "earlier post" in why("Milk is ready!")
    assert "too long" in why("milk " * 80)


def test_a_cleared_tag_is_written_as_most_people_write_it() -> None:
    evidence = (*posts("oh no #LightsOut"), *posts("haha #lightsout", 3, first=20))
    assert drafted([template("t", "{{ tag }}, milk on.")], opportunity(*evidence)) == ["#LightsOut, milk on."]


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("Lights_Out", "not made of letters and digits"),
        ("20260201", "not made of letters and digits"),
        ("a" * 31, "more than 30 characters"),
        ("Ліхтарі", "not in a script of Oreo's languages"),
        ("BloodMoon", "'blood'"),
        ("hydroxwins", "'hydrox'"),
        ("RIPHarbor", "'rip'"),
        ("PrayForHarbor", "'pray"),
        ("stadiumdisaster", "'disaster'"),
        ("MayaQ", "somebody's name"),
    ],
)
def test_a_doubtful_tag_is_never_written(tag: str, reason: str) -> None:
    evidence = (*posts(f"look #{tag}"), *posts("hello @mayaq", 1, first=50))
    chance = opportunity(*evidence, terms=(f"#{tag.lower()}",))
    assert reason in why("{{ tag }}!", chance)


def test_a_tag_of_a_handful_is_never_written() -> None:
    chance = opportunity(*posts("see #LightsOut", 9))
    assert "used by 9 different people, at least 10 are needed" in why("{{ tag }}!", chance)


def test_one_loud_person_and_reposts_do_not_make_a_tag_common() -> None:
    one = tuple(structs.replace(post, author="same") for post in posts("see #LightsOut", 40))
    again = tuple(structs.replace(post, repost_of="unknown") for post in posts("see #LightsOut", 40, first=100))
    assert "used by 1 different people" in why("{{ tag }}!", opportunity(*one, *again))


def test_a_tag_in_the_script_of_the_brands_language_may_be_written() -> None:
    brand = replace(BRAND, languages=("en", "uk"))
    chance = opportunity(*posts("ой #Світло"), terms=("#світло",))
    [one] = draft(chance, brand, [template("t", "{{ tag }} - milk on.")], account=ACCOUNT, recent=())
    assert one.text == "#Світло - milk on."


def test_hostile_posts_leave_the_drafts_alone() -> None:
    hostile = posts("<script>alert(1)</script> {{ 7*7 }} @everyone \u202e #lightsout #{{x}} \x00 " + "A" * 10_000)
    assert drafted([template("t", "Dunk on.")], opportunity(*hostile)) == ["Dunk on."]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("one\ntwo {{ brand", "line 2: "),
        ("{{ samples }}", "line 1: unknown slot 'samples'; the slots are brand, "),
        ("{{ brand | shout }}", "line 1: No filter named 'shout'"),
        ("{{ brand.__class__ }}", "only slots and the filters"),
        ("{{ 9 ** 9 ** 9 }}", "only slots and the filters"),
        ("{% for x in brand %}x{% endfor %}", "only slots and the filters"),
        ("{% include 'x' %}", "only slots and the filters"),
        ("{{ brand() }}", "only slots and the filters"),
        ("{{ '" + "((" * 400, "line 1: "),
        ("{{ " + "(" * 1400 + "brand" + ")" * 1400 + " }}", "nested too deeply"),
    ],
)
def test_a_broken_template_is_told_with_its_line(text: str, reason: str) -> None:
    found = problems_of(template("broken", text))
    assert any(reason in sentence for sentence in found), found


def test_a_template_no_account_can_use_is_told_before_any_trend() -> None:
    found = problems_of(template("long", "milk " * 80), brand=BRAND)
    assert found == ["can be used on no account: too long: 399 graphemes of 300 (bluesky), 99 too many"]


def test_a_template_for_an_unknown_fact_is_told_with_the_known_ones() -> None:
    found = problems_of(template("t", "Twist.", facts=["twist"]), brand=BRAND)
    assert found == ["Oreo has no fact 'twist'; its facts are dunk-in-the-dark, milk"]


def test_a_sound_template_has_no_problems() -> None:
    assert problems_of(template("t", "{{ tag }} and {{ fact | lower }}."), brand=BRAND) == []
