"""The brand's voice and the guard's ear: the same sentences for a template, a model and a person's edit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import Account, Brand, Claim, Voice
from responders.drafting import harm
from responders.drafting.checks import problems
from responders.drafting.voice import proofs
from tests.pure.test_starter_templates import BRANDS, brand_of, templates_of

ACCOUNT = Account("bluesky:oreo.example", "bluesky", "oreo.example")
VOICE = Voice(
    emoji=1,
    hashtags=1,
    claims=(
        Claim(("healthiest", "number one", "the best", "any price")),
        Claim(("since 1912",), "the archive, page 3"),
    ),
)
BRAND = Brand("oreo", "Oreo", accounts=(ACCOUNT,), voice=VOICE)


def against(text: str, brand: Brand = BRAND) -> list[str]:
    return problems(text, brand=brand, account=ACCOUNT)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Milk 🥛🥛", "holds 2 emoji, the brand's voice allows 1"),
        ("#Milk #Dunk", "holds 2 hashtags, the brand's voice allows 1"),
        ("The healthiest dunk", "claims 'healthiest' and Oreo names no proof of it"),
        ("Number  ONE!", "claims 'number one' and Oreo names no proof of it"),
        ("Nu​mber 0ne", "claims 'number one' and Oreo names no proof of it"),
        ("Two packs, $3", "claims '$3' and Oreo names no proof of it"),
        ("Now 20% off", "claims '20%' and Oreo names no proof of it"),
        ("3 euros a pack", "claims '3 euros' and Oreo names no proof of it"),
    ],
)
def test_a_broken_rule_of_voice_is_told(text: str, sentence: str) -> None:
    assert sentence in against(text)


@pytest.mark.parametrize(
    "text", ["Milk 👨\u200d👩\u200d👧", "One #Milk", "Half past 3, two cookies.", "Dunk since 1912."]
)
def test_what_keeps_the_voice_is_fine(text: str) -> None:
    assert against(text) == []


def test_without_rules_nothing_is_counted() -> None:
    assert against("Milk 🥛🥛🥛 #a #b #c for $3, the best", replace(BRAND, voice=Voice())) == []


def test_a_claim_with_a_proof_names_it() -> None:
    assert proofs("Dunked since 1912.", BRAND) == [("since 1912", "the archive, page 3")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Two people were killed, have a cookie", "death"),
        ("Rest in peace, milk", "death"),
        ("Covid cookies", "illness"),
        ("Trump eats these", "politics"),
        ("n1gger", "hate"),
        ("nіgger", "hate"),
        ("Nobody was injured in this dunk", "injury"),
        ("nude cookies", "sexual talk"),
        ("What the fuck, milk", "'fuck', a slur, a threat or swearing"),
        ("f.u.c.k the dark", "'fuck', a slur, a threat or swearing"),
        ("kys", "'kys', a slur, a threat or swearing"),
    ],
)
def test_a_text_that_speaks_of_harm_is_refused_with_its_word(text: str, what: str) -> None:
    assert any(what in sentence for sentence in against(text)), against(text)


@pytest.mark.parametrize(
    "text",
    [
        "The battery died. Milk did not.",
        "Killer cookies. That shot was sweet.",
        "We are dead 💀",
        "10 minutes, 13 cookies.",
        "Hang in there, friend.",
        "Tennis court, milk, cookies.",
    ],
)
def test_figures_of_speech_are_no_harm(text: str) -> None:
    assert against(text) == []


@pytest.mark.parametrize("name", BRANDS)
def test_the_guard_hears_nothing_in_the_starter_templates(name: str) -> None:
    brand = brand_of(name)
    heard = {t.name: [*harm.against(t.text, brand), *harm.doubts(t.text)] for t in templates_of(name)}
    assert {key: found for key, found in heard.items() if found} == {}


@pytest.mark.parametrize("text", ["Dead silence", "bomb the stadium"])
def test_a_model_gets_no_benefit_of_the_doubt(text: str) -> None:
    assert not list(harm.against(text, BRAND))
    assert list(harm.doubts(text))


def test_a_number_is_not_read_as_a_letter() -> None:
    brand = replace(BRAND, voice=Voice(claims=(Claim(("#1",)),)))
    assert against("I'll have one.", brand) == []
    assert against("Still #1.", brand) == ["claims '#1' and Oreo names no proof of it"]
