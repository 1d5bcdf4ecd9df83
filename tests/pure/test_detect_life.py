"""Which posts are about a trend: a word that other things are called by, too, tells of it in company only."""

from __future__ import annotations

from monitor.detect.detector import Detector
from monitor.detect.duplicates import VOICE
from monitor.detect.life import COMPANY_POSTS, Lead, Life
from monitor.detect.recent import Seen
from tests.crowd import START, chatter, happening, play, post

NAME, WORD, TWIN = 1, 2, 3
OURS = ("What a save by Vaclik", "Vaclik with a stunning save", "VACLIK!! what a save that was")
OTHERS = [
    f"please save {what} {when}"
    for what in ("me a seat", "some cake", "the whales", "your money", "my phone", "us from him", "that photo", "water")
    for when in ("tonight", "for the kids", "if you can", "before Monday", "this time", "at last", "somehow")
]


def life_of(*terms: int, company: float = 0.8) -> Life:
    """A trend known by some terms, with one post."""
    lead = Lead(window_secs=30, significance=6.0, expected=0.5)
    life = Life("t1", terms=dict.fromkeys(terms, 6.0), lead=lead, now_secs=START.timestamp())
    life.begin([seen(0)], dict.fromkeys(terms, company))
    return life


def seen(number: int) -> Seen:
    return Seen(post("somebody said it", number, author=f"a{number}"), VOICE, START.timestamp() + number)


def test_a_word_said_without_the_others_soon_tells_nothing() -> None:
    life = life_of(NAME, WORD)
    for number in range(1, 101):
        life.hear(seen(number), [WORD])
    assert life.posts <= 1 + COMPANY_POSTS
    assert len(life.evidence) == life.posts == life.voices


def test_in_company_it_goes_on_to_tell() -> None:
    life = life_of(NAME, WORD)
    for number in range(1, 101):
        life.hear(seen(number), [WORD])
    before = life.posts
    life.hear(seen(200), [NAME, WORD])
    life.hear(seen(201), [NAME])
    assert life.posts == before + 2


def test_a_word_that_finds_its_company_again_tells_again() -> None:
    life = life_of(NAME, WORD)
    for number in range(1, 51):
        life.hear(seen(number), [WORD])
    for number in range(51, 71):
        life.hear(seen(number), [NAME, WORD])
    before = life.posts
    life.hear(seen(100), [WORD])
    assert life.posts == before + 1


def test_the_only_word_of_a_trend_always_tells() -> None:
    life = life_of(NAME, company=0.0)
    for number in range(1, 101):
        life.hear(seen(number), [NAME])
    assert life.posts == 101


def test_where_all_words_are_said_alone_each_tells() -> None:
    life = life_of(NAME, WORD)
    for number in range(1, 101):
        life.hear(seen(number), [NAME if number % 2 else WORD])
    assert life.posts == 101


def test_a_twin_keeps_the_trend_alive_but_tells_nothing() -> None:
    life = life_of(NAME)
    life.join(TWIN, significance=3.0, company=0.2, is_twin=True)
    for number in range(1, 31):
        life.hear(seen(number), [TWIN])
    life.tick(START.timestamp() + 31)
    assert life.posts == 1
    assert life.velocity > 20


def test_other_uses_of_its_word_do_not_get_into_a_trend() -> None:
    detector = Detector()
    posts = [*chatter(22), *happening(OURS, 900), *happening(OTHERS, 960, posts=80, over_secs=120.0)]
    (trend,) = play(posts, detector, until_secs=1080)
    (now,) = [one for one in (*detector.live(), *detector.ended()) if one.id == trend.id]
    texts = [one.text.casefold() for one in now.evidence]
    assert sum("vaclik" in text for text in texts) == 60
    assert 0 < sum("please" in text for text in texts) <= COMPANY_POSTS
