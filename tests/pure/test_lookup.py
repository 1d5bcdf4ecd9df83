"""What the detector says of words that a person saw, and below which bar they stayed."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from monitor.detect.detector import Detector
from tests.crowd import START, chatter, happening, play, post

LIGHTS = ("The lights went out at the stadium", "Lights out in the stadium")


def test_what_nobody_said_is_not_counted() -> None:
    detector = Detector()
    play(chatter(25), detector)
    assert detector.look_up("zeppelin over the harbour") == ()


def test_what_few_said_is_counted_and_stays_below_the_bar() -> None:
    detector = Detector()
    few = [post(f"a zeppelin over the harbour, {word}", 1400 + 10 * n, author=f"z{n}")
           for n, word in enumerate(("wow", "really", "look up"))]  # fmt: skip
    assert play(sorted([*chatter(25), *few], key=lambda one: one.created_at), detector) == []
    detector.advance(START + timedelta(minutes=25))
    [best, *_] = detector.look_up("zeppelin over the harbour!")
    assert "zeppelin" in best.term or "harbour" in best.term
    assert (best.posts, best.voices) == (3, 3)
    assert best.kept > 1000
    assert 0 < best.significance < best.bar
    assert best.voices < best.least_voices


def test_what_is_a_trend_stands_above_the_bar() -> None:
    detector = Detector()
    posts = [*chatter(16), *happening(LIGHTS, 900)]
    assert len(play(posts, detector)) == 1
    best = detector.look_up("lights out in the stadium")[0]
    assert best.significance >= best.bar
    assert best.count > best.expected


def test_small_words_of_every_day_do_not_stand_in_front() -> None:
    detector = Detector()
    play([*chatter(16), *happening(LIGHTS, 900)], detector)
    assert all(one.term not in ("the", "my", "in") for one in detector.look_up("the lights in the my")[:1])


def test_a_link_is_known_by_the_post_that_stands_there() -> None:
    detector = Detector()
    said = structs.replace(post("a zeppelin", 30), url="https://a.test/1")
    play([*chatter(1), said], detector)
    detector.advance(START + timedelta(minutes=3))
    assert detector.post_at("https://a.test/1") == said
    assert detector.post_at("https://a.test/2") is None


def test_a_detector_that_heard_nothing_says_nothing() -> None:
    assert Detector().look_up("zeppelin") == ()
    assert Detector().look_up("") == ()
