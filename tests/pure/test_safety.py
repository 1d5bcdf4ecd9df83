"""The guard: it hears harm in what people write, and no harm in figures of speech, sport and names."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.examples import trend_from_texts
from monitor.keywords import cut
from monitor.model import Brand, Signal, Verdict
from monitor.signals.context import Context
from monitor.signals.safety import measure
from monitor.signals.words import harm, heavy
from monitor.signals.words.alarm import POLICIES, Alarm
from monitor.signals.words.figures import FIGURES
from monitor.signals.words.listen import alarms_in

NOW = datetime(2024, 5, 4, 20, 0, tzinfo=UTC)
BRAND = Brand("any", "Any")
CALM = [
    "what a goal",
    "the crowd is loud tonight",
    "half time and nobody has sat down",
    "that cross was perfect",
    "the new kit looks great",
    "who let the mascot drive",
    "my neighbour is singing again",
    "corner after corner after corner",
    "the anthem gave me goosebumps",
    "extra time, more snacks",
    "penalties, my favourite",
    "the trophy is bigger than the captain",
]
KILLED = "three people were killed in the explosion, police say"

FIGURES_OF_SPEECH = [
    "I'm dead 💀 this is too funny",
    "literally died laughing at that commentary",
    "LeBron died for our sins",
    "this match is killing me",
    "he killed it tonight",
    "killer pass, killer goal",
    "what a bomb from 30 yards",
    "dropping bombs from downtown all night",
    "shot on goal, great save",
    "shooting guard of the year, great shooting tonight",
    "that shooting foul was a rip-through move",
    "RIP my phone battery",
    "Power outage at the stadium, sitting in the dark",
    "lights out, emergency lights only",
    "Dykes should have scored that header",
    "Lyndon Dykes misses again",
    "counter attack, shot wide, what a chance",
    "he is on fire this quarter",
    "we had a blast at the concert",
    "the crowd exploded with joy",
    "the warriors choked a 3-1 lead",
    "sudden death overtime!!",
    "I could murder a burger right now",
    "photobombed by the mascot lol",
    "the internet broke, my mentions exploded",
    "that joke bombed",
    "sick dunk, sick move",
    "the race is on, what a race",
    "drowned my fries in sauce",
    "stormtroopers and brainstorms",
    "storm the court!!",
    "he broke his ankles with that crossover",
    "the president of the club smiled",
    "vote for player of the match",
    "silence the critics",
    "a heart attack of a game",
    "curiosity killed the cat",
    "bored to death at half time",
]

REAL_HARM = [
    ("Three people were killed in the crash, police say", Alarm.DEATH),
    ("12 dead in the cinema", Alarm.DEATH),
    ("She has died aged 57, her family confirmed", Alarm.DEATH),
    ("Rest in peace, legend", Alarm.DEATH),
    ("Thoughts and prayers with the victims", Alarm.DEATH),
    ("#PrayForTheCity", Alarm.DEATH),
    ("He passed away this morning", Alarm.DEATH),
    ("Gunman opens fire at a school", Alarm.VIOLENCE),
    ("Shots fired near the square", Alarm.VIOLENCE),
    ("Two explosions at the finish line", Alarm.VIOLENCE),
    ("Police shot a man outside the mall", Alarm.VIOLENCE),
    ("hostages are being held in the café", Alarm.VIOLENCE),
    ("There was a bomb threat at the airport", Alarm.VIOLENCE),
    ("The hurricane made landfall", Alarm.DISASTER),
    ("flooded streets, families on rooftops, the storm is not over", Alarm.DISASTER),
    ("Earthquake! Everything shook", Alarm.DISASTER),
    ("3 million people without power", Alarm.DISASTER),
    ("Plane crash near the coast, no survivors found", Alarm.ACCIDENT),
    ("we lost power, the whole street is dark", Alarm.HARDSHIP),
    ("He tested positive for Covid", Alarm.ILLNESS),
    ("kids are sick from food poisoning", Alarm.ILLNESS),
    ("Trump wins Ohio, election night is long", Alarm.POLITICS),
    ("All players take the knee", Alarm.JUSTICE),
    ("A minute's silence, impeccably observed", Alarm.MEMORIAL),
    ("what a racist chant", Alarm.HATE),
    ("Bitcoin to the moon", Alarm.FINANCE),
    ("Sources say he signs today, not confirmed", Alarm.RUMOUR),
    ("The venue confirms that the singer will not be on stage tonight", Alarm.RUMOUR),
    ("security says there is no show", Alarm.RUMOUR),
    ("leaked nudes everywhere", Alarm.SEXUAL),
    ("he is injured, hope it's not the knee", Alarm.INJURY),
    ("my flight was cancelled and nobody answers at customer service", Alarm.SERVICE),
]


def _safety(texts: list[str]) -> Signal:
    return measure(trend_from_texts(texts, NOW), BRAND, NOW, context=Context())


@pytest.mark.parametrize("text", FIGURES_OF_SPEECH)
def test_figure_of_speech_raises_no_alarm(text: str) -> None:
    assert alarms_in(cut(text)) == {}


@pytest.mark.parametrize(("text", "alarm"), REAL_HARM)
def test_real_harm_is_heard(text: str, alarm: Alarm) -> None:
    assert alarm in alarms_in(cut(text))


def test_calm_crowd_passes() -> None:
    signal = _safety(CALM)
    assert (signal.value, signal.veto, signal.caution) == (1.0, None, None)


def test_crowd_of_figures_of_speech_passes() -> None:
    signal = _safety(FIGURES_OF_SPEECH)
    assert (signal.veto, signal.caution) == (None, None)


def test_two_killings_among_a_dozen_block_whatever_the_rest_says() -> None:
    signal = _safety([*CALM, KILLED, "explosions heard downtown, many injured"])
    assert signal.veto is Verdict.BLOCK
    assert signal.value == 0.0
    assert "voices write of" in signal.why


def test_one_killing_among_very_few_asks_two_people() -> None:
    signal = _safety([*CALM[:6], KILLED])
    assert signal.veto is None
    assert signal.caution is not None
    assert len(signal.evidence) == 1


def test_one_killing_among_hundreds_is_somebody_elses_story() -> None:
    many = [f"{text} {n}" for n in range(10) for text in CALM]
    assert _safety([*many, KILLED]).caution is None


def test_headline_that_everybody_copies_is_everybodys_subject() -> None:
    assert _safety([*CALM, *[KILLED] * 30, "explosions heard downtown"]).veto is Verdict.BLOCK


def test_tragedy_does_not_hide_behind_off_topic_posts() -> None:
    tragic = [f"{word} explosion, people killed, elmsworth" for word in ("huge", "terrible", "second", "loud", "awful")]
    many = [f"{text} {n}" for n in range(4) for text in CALM]
    trend = trend_from_texts([*many, *tragic], NOW)
    assert "elmsworth" not in trend.terms
    named = replace(trend, terms=("elmsworth",))
    assert measure(named, BRAND, NOW, context=Context()).veto is Verdict.BLOCK


def test_bad_word_in_the_tag_alone_does_not_block() -> None:
    signal = _safety([f"{text} #killerweekend" for text in CALM])
    assert signal.veto is None


def test_storm_is_known_by_the_name_people_give_it() -> None:
    texts = [
        "Hurricane Marla is coming",
        "hurricane marla, day two",
        "marla took our roof",
        "go away marla",
        "oh marla",
    ]
    signal = _safety(texts)
    assert signal.veto is Verdict.BLOCK
    assert signal.why.startswith("5 of 5")


def test_too_few_texts_are_never_sure() -> None:
    assert _safety(["what a goal", "what a goal"]).caution is not None


def test_injury_alone_never_blocks_but_asks_two_people() -> None:
    signal = _safety(["he is injured", "injury, he is limping", "hope he is okay", "injured again", "bad injury"])
    assert signal.veto is None
    assert signal.caution is not None


@given(st.lists(st.text(max_size=80), min_size=1, max_size=20))
def test_any_text_is_judged_without_falling_over(texts: list[str]) -> None:
    assert 0.0 <= _safety(texts).value <= 1.0


@pytest.mark.parametrize("words", [*harm.LISTS, *heavy.LISTS], ids=lambda words: words.alarm)
def test_every_listed_word_is_one_word_as_posts_are_cut(words: harm.WordList) -> None:
    for word in words.sure | words.maybe | words.company:
        assert word in cut(word).tokens, word
    for key, _ in words.phrases:
        assert re.fullmatch(r"[\w']+", key), key


def test_every_figure_explains_a_word_that_would_alarm() -> None:
    alarming = {word for words in (*harm.LISTS, *heavy.LISTS) for word in words.sure | words.maybe}
    alarming |= {key for words in (*harm.LISTS, *heavy.LISTS) for key, _ in words.phrases}
    assert not set(FIGURES) - alarming


def test_every_alarm_has_a_policy_and_a_list() -> None:
    assert set(POLICIES) == set(Alarm)
    assert {words.alarm for words in (*harm.LISTS, *heavy.LISTS)} == set(Alarm)
