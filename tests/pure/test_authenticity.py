"""Organised crowds told from organic ones: what makes a campaign suspect, and what never may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.examples import trend_from_texts
from monitor.model import Brand, Post, Signal, Verdict
from monitor.signals.authenticity import measure
from monitor.signals.context import Context
from monitor.signals.crowd.copies import same_texts

NOW = datetime(2024, 5, 4, 20, 0, tzinfo=UTC)
BRAND = Brand("oreo", "Oreo")
TREND = trend_from_texts(["lights out"], NOW)
SHOUTS = [
    "GOOOAL",
    "CHE GOL SCHICK",
    "what a goal",
    "SCHICK!!!!",
    "Goal Schick #SCO #CZE #EURO2020 #SCOCZE",
    "omg no way",
]
PASTED = [
    "Never again will I buy a turkey from that farm, my aunt is in hospital",
    "Is it true that the supermarket knew about the poisoned birds all along",
    "Everybody at my table got sick tonight and nobody answers the phone there",
]


def _words(seed: object, count: int = 10) -> str:
    """A text nobody else writes."""
    digest = sha256(str(seed).encode()).hexdigest()
    return " ".join(digest[at : at + 5] for at in range(0, 5 * count, 5))


def _post(
    text: str, author: str | None, secs: float = 0.0, *, followers: int | None = None, is_repost: bool = False
) -> Post:
    key = f"{author} {secs} {text}"
    at = NOW + timedelta(seconds=secs)
    repost_of = "unknown" if is_repost else None
    return Post(key, "x", at, text, author=author, author_followers=followers, repost_of=repost_of)


def _judge(posts: Iterable[Post]) -> Signal:
    return measure(replace(TREND, evidence=tuple(posts)), BRAND, NOW, context=Context())


def _crowd(count: int, *, followers: int | None = None, every_secs: float = 1.0) -> list[Post]:
    """Many people, each with words of their own."""
    return [_post(_words(n), f"person {n}", n * every_secs, followers=followers) for n in range(count)]


def _suspicion(signal: Signal) -> int:
    return 2 if signal.veto is Verdict.BLOCK else 1 if signal.caution else 0


def test_many_people_with_words_of_their_own_are_a_crowd() -> None:
    signal = _judge(_crowd(40))
    assert (signal.value, signal.veto, signal.caution) == (1.0, None, None)
    assert signal.why == "40 accounts, nothing in step; how old they are is unknown"


def test_goal_chorus_of_identical_short_shouts_is_a_crowd() -> None:
    chorus = [_post(SHOUTS[n % len(SHOUTS)], f"fan {n}", n / 10) for n in range(150)]
    assert _judge(chorus).value == 1.0


def test_prayer_under_one_tag_is_a_crowd() -> None:
    texts = (
        "Pray for Elmsworth #PrayForElmsworth",
        "#PrayForElmsworth 🙏",
        "thoughts with everybody #PrayForElmsworth",
    )
    assert _judge([_post(texts[n % 3], f"fan {n}", n) for n in range(90)]).value == 1.0


def test_funny_line_that_hundreds_repost_is_a_crowd() -> None:
    marked = [_post(PASTED[0], f"fan {n}", n / 5, is_repost=True) for n in range(180)]
    assert _judge(marked).value == 1.0


def test_funny_line_that_hundreds_quote_unmarked_is_a_doubt_at_most() -> None:
    quoted = [_post(PASTED[0], f"fan {n}", n / 5) for n in range(180)]
    signal = _judge(quoted)
    assert signal.veto is None
    assert "180 of 180 accounts pasted them" in (signal.caution or "")
    mixed = quoted[:100] + _crowd(80, every_secs=0.3)
    assert _suspicion(_judge(mixed)) == 0


def test_headlines_that_a_part_of_the_crowd_pastes_are_no_doubt() -> None:
    shared = [_post(PASTED[n % 3], f"fan {n}", n) for n in range(40)]
    assert _suspicion(_judge(shared + _crowd(60))) == 0
    assert _suspicion(_judge(shared + _crowd(30))) == 1


def test_source_that_does_not_say_who_wrote_suspects_nobody() -> None:
    posts = [_post(PASTED[n % 3], None, n) for n in range(90)]
    signal = _judge(posts)
    assert (_suspicion(signal), signal.value) == (0, 0.5)
    assert "does not say who wrote" in signal.why


def test_too_few_posts_say_nothing() -> None:
    assert _judge(_crowd(11)).why == "only 11 posts: too few to tell a campaign"
    assert _judge([]).value == 0.5


def test_crowd_that_nobody_follows_is_a_doubt_but_no_suspicion() -> None:
    signal = _judge(_crowd(30, followers=12))
    assert signal.veto is None
    assert signal.caution == "perhaps a campaign: 30 of 30 accounts have fewer than 100 followers"


def test_unknown_followers_count_as_unknown_never_as_few() -> None:
    half_known = _crowd(40, followers=12)[:20] + _crowd(40)[20:]
    assert _suspicion(_judge(half_known)) == 0


def test_copies_under_names_that_nobody_follows_are_suspected_coordination() -> None:
    posts = [_post(f"{PASTED[n % 3]} {SHOUTS[n % 3]}", f"a {n}", 60 * n, followers=40) for n in range(30)]
    signal = _judge(posts)
    assert (signal.veto, signal.value) == (Verdict.BLOCK, 0.0)
    assert signal.why.startswith("suspected coordination: ")
    assert "3 texts stand under several names, 30 of 30 accounts pasted them" in signal.why
    assert "30 of 30 accounts have fewer than 100 followers" in signal.why
    assert set(signal.evidence) <= {post.id for post in posts}
    assert signal.evidence[0] == posts[0].id


def test_accounts_that_repost_the_same_in_the_same_minute_again_and_again_are_suspected() -> None:
    posts = [
        _post(f"line {text}", f"a {n}", 300 * text + n, is_repost=True, followers=5000)
        for text in range(3)
        for n in range(20)
    ]
    signal = _judge(posts + _crowd(10))
    assert signal.veto is Verdict.BLOCK
    assert "20 of 30 accounts posted the same as another within a minute, and then again" in signal.why


def test_fans_who_repost_the_same_line_hours_apart_are_not_in_step() -> None:
    posts = [
        _post(f"line {text}", f"a {n}", 3000 * text + 90 * n, is_repost=True) for text in range(3) for n in range(20)
    ]
    assert _suspicion(_judge(posts)) == 0


def test_busy_accounts_that_nobody_follows_are_suspected() -> None:
    posts = [_post(_words((n, turn)), f"a {n}", 10 * turn, followers=48) for n in range(20) for turn in range(3)]
    signal = _judge(posts)
    assert signal.veto is Verdict.BLOCK
    assert "20 of 20 accounts posted three times or more within two minutes" in signal.why


def test_one_account_that_pastes_its_text_at_everybody_is_suspected() -> None:
    posts = [_post(f"@senator{n} {PASTED[1]} https://t.co/{n}", "a", 30 * n) for n in range(24)]
    signal = _judge(posts)
    assert signal.veto is Verdict.BLOCK
    assert "23 of 24 posts repeat what the same account wrote" in signal.why
    assert "one account wrote 24 of 24 posts" in signal.why


def test_small_club_is_a_doubt_and_without_a_crowd_around_it_suspected() -> None:
    club = [_post(_words((n, turn)), f"a {n}", 200 * turn) for n in range(4) for turn in range(10)]
    assert _judge(club).veto is Verdict.BLOCK
    signal = _judge(club + _crowd(30))
    assert (signal.veto, signal.caution) == (None, "perhaps a campaign: 4 accounts wrote 40 of 70 posts")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (PASTED[0], f"OMG {PASTED[0]} #KochFarms https://t.co/x", True),
        (f"@a @b {PASTED[0]}", f"@c {PASTED[0][:62]}…", True),
        (f"RT @somebody: {PASTED[0]}", PASTED[0].upper(), True),
        ("日本代表がドイツに勝った、信じられない試合だった", "日本代表がドイツに勝った、信じられない試合だった!", True),
        (PASTED[0], PASTED[1], False),
        ("who turned off the lights lol", "who turned off the lights omg", False),
        ("GOOOOOOOOOOOOOOOOOOOOAL", "GOOOAL", False),
    ],
)
def test_texts_are_the_same_when_only_their_surroundings_differ(left: str, right: str, same: bool) -> None:
    groups = same_texts([_post(left, "a"), _post(right, "b")])
    assert (len(groups) == 1) is same


_TEXTS = st.sampled_from([*PASTED, *SHOUTS, *(f"{text} omg" for text in PASTED), "", "…"])
_AUTHORS = st.sampled_from([None, *(f"a {n}" for n in range(9))])
_POSTS = st.lists(
    st.builds(
        _post, _TEXTS, _AUTHORS, st.sampled_from([0.0, 20.0, 60.0, 300.0, 4000.0]),
        followers=st.sampled_from([None, 3, 50, 900]), is_repost=st.booleans(),
    ),
    max_size=60,
)  # fmt: skip
_FANS = st.lists(st.tuples(st.sampled_from([0.0, 30.0, 9000.0]), st.sampled_from([None, 100, 10**6])), max_size=30)


@settings(deadline=None)
@given(_POSTS, st.randoms(use_true_random=False))
def test_order_of_the_posts_changes_nothing(posts: list[Post], random: Random) -> None:
    posts = [structs.replace(post, id=f"{n} {post.id}") for n, post in enumerate(posts)]
    shuffled = list(posts)
    random.shuffle(shuffled)
    assert _judge(shuffled) == _judge(posts)


@settings(deadline=None)
@given(_POSTS, _FANS, st.booleans())
def test_another_voice_with_words_of_its_own_never_makes_a_crowd_more_suspicious(
    posts: list[Post], fans: list[tuple[float, int | None]], is_known: bool
) -> None:
    organic = [
        _post(_words(n), f"fan {n}" if is_known else None, secs, followers=followers)
        for n, (secs, followers) in enumerate(fans)
    ]
    before, after = _judge(posts), _judge([*posts, *organic])
    assert _suspicion(after) <= _suspicion(before)
    assert after.value >= before.value or not is_known


@settings(deadline=None)
@given(st.integers(0, 200), st.sampled_from([0.0, 0.5, 60.0]), st.sampled_from([None, 0, 48, 10**7]))
def test_people_with_words_of_their_own_are_never_suspected(
    count: int, every_secs: float, followers: int | None
) -> None:
    signal = _judge(_crowd(count, every_secs=every_secs, followers=followers))
    assert signal.veto is None
    assert signal.caution is None or followers in (0, 48)
