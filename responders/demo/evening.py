"""The scripted evening: thousands of posts around a football final, made from a seed, the same for the same seed.

Ordinary chatter in five languages all evening; a final between two towns that do not exist; a ferry disaster every
brand must keep silent about; a pop album that is loud and nobody's business; a spam campaign; and four minutes
before the end the lights go out in the stadium.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from math import exp, log
from pathlib import Path
from random import Random

from msgspec import structs

from monitor.clock import to_text
from monitor.model import Post, Verdict
from responders.demo import chatter, scenes
from responders.demo.grammar import Words, as_typed, say

MIN_MINUTES = 15
"""A shorter evening has no ordinary stretch to tell the unusual from."""
PLANNED_MINUTES = 45
LIGHTS_OUT_SECS_BEFORE_END = 240.0

CHATTER_PER_SEC = 1.45
MATCH_PER_SEC = 0.3
ODDITY_SHARE = 0.002
REPOST_SHARE = 0.07
REPOST_WITHIN = 25
"""People repost what they have just seen: one of so many latest posts of the scene."""

AUTHORS = 3200
SPAM_AUTHORS = 45
BLUESKY_SHARE = 0.62


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens on the evening, and what a careful person would want done about it."""

    name: str
    kind: str
    """`chatter`, `match`, `harmless`, `tragedy`, `loud` or `campaign`."""
    begins_secs: float
    """After the evening's first second."""
    terms: tuple[str, ...] = ()
    """Words a trend found for it should show; one is enough."""
    wanted: Verdict | None = None
    """None: anything goes, or no trend at all is wanted."""
    brands: tuple[str, ...] = ()
    """The brands that is wanted for; empty: every brand."""


@dataclass(frozen=True, slots=True)
class _Flow:
    """How a scene is written about: a rate that rises, peaks and decays, and the words of it."""

    words: Words
    patterns: Sequence[str]
    peak_per_sec: float
    rise_secs: float
    half_life_secs: float
    lasts_secs: float
    floor_per_sec: float = 0.0


_FLOWS: Mapping[str, _Flow] = {
    "kick-off": _Flow(scenes.MATCH, scenes.KICK_OFF_PATTERNS, 2.0, 8, 25, 180),
    "first goal": _Flow({**scenes.MATCH, **scenes.FIRST_GOAL}, scenes.GOAL_PATTERNS, 4.5, 7, 26, 240),
    "second goal": _Flow({**scenes.MATCH, **scenes.SECOND_GOAL}, scenes.GOAL_PATTERNS, 4.0, 7, 26, 240),
    "ferry disaster": _Flow(scenes.TRAGEDY, scenes.TRAGEDY_PATTERNS, 1.5, 60, 240, 1500, 0.05),
    "surprise album": _Flow(scenes.ALBUM, scenes.ALBUM_PATTERNS, 3.0, 20, 70, 900, 0.05),
    "lights out": _Flow(scenes.LIGHTS, scenes.LIGHTS_PATTERNS, 5.5, 12, 75, LIGHTS_OUT_SECS_BEFORE_END, 1.2),
}


def script(minutes: int = PLANNED_MINUTES) -> tuple[Scene, ...]:
    """The evening's scenes in order. Raises ValueError for fewer than 15 minutes."""
    if minutes < MIN_MINUTES:
        raise ValueError(f"an evening lasts at least {MIN_MINUTES} minutes, not {minutes}")
    scale = minutes / PLANNED_MINUTES
    lights = minutes * 60 - LIGHTS_OUT_SECS_BEFORE_END
    return (
        Scene("ordinary evening", "chatter", 0.0),
        Scene("kick-off", "match", 330 * scale, ("kick", "final", "harbor", "northfield")),
        Scene("ferry disaster", "tragedy", 700 * scale, ("elmsworth", "ferry"), Verdict.BLOCK),
        Scene("first goal", "match", 1120 * scale, ("quist", "1-0", "goal", "harbor")),
        Scene("spam campaign", "campaign", 1330 * scale, ("coinrain",)),
        Scene("surprise album", "loud", 1560 * scale, ("lyra", "vance", "paper comets", "album"), Verdict.IGNORE),
        Scene("second goal", "match", 2040 * scale, ("velloran", "1-1", "goal", "northfield")),
        Scene(
            "lights out", "harmless", lights, ("lights", "dark", "blackout", "power"), Verdict.OFFER, ("oreo", "tide")
        ),
    )


def evening(seed: int, end: datetime, *, minutes: int = PLANNED_MINUTES) -> list[Post]:
    """Every post of the evening in the order of time, the last shortly before `end` (aware).

    The same seed, end and minutes give the same posts. Raises ValueError for fewer than 15 minutes.
    """
    rng = Random(seed)  # noqa: S311 - a story, no secret
    began = end - timedelta(minutes=minutes)
    voices = _Voices(rng)
    plan = script(minutes)
    said = [*_ordinary(rng, voices, minutes * 60.0), *_match(rng, voices, plan=plan, secs=minutes * 60.0)]
    for scene in plan:
        if scene.name in _FLOWS:
            said += _scene(rng, voices, scene)
        elif scene.kind == "campaign":
            said += _campaign(rng, voices, scene)
    return _as_posts(sorted(said, key=lambda one: one.at_secs), seed, began)


def write(posts: Sequence[Post], path: Path) -> None:
    """Keep the posts as JSON lines, in the form the recording source reads."""
    with path.open("w", encoding="utf-8") as file:
        for post in posts:
            line = {**structs.asdict(post), "created_at": to_text(post.created_at)}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


@dataclass(slots=True)
class _Said:
    """A post before it has its place in the evening, and with it its id."""

    at_secs: float
    text: str
    author: str
    followers: int
    platform: str
    lang: str
    of: _Said | None = None
    id: str = ""


class _Voices:
    """The people: a few write a lot, most write once; who follows whom is as uneven."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._names = [_name(rng, number) for number in range(AUTHORS)]
        self._followers = {name: int(rng.lognormvariate(5.8, 1.4)) for name in self._names}
        self._talkative = list(accumulate((rank + 12) ** -0.75 for rank in range(AUTHORS)))
        self._all_alike = list(accumulate((rank + 400) ** -0.4 for rank in range(AUTHORS)))
        self._platforms = {name: "bluesky" if rng.random() < BLUESKY_SHARE else "mastodon" for name in self._names}

    def say(self, at_secs: float, text: str, *, lang: str = "en", talkative: bool = False) -> _Said:
        """A post by one of them; `talkative` prefers those who write all evening."""
        weights = self._talkative if talkative else self._all_alike
        name = self._rng.choices(self._names, cum_weights=weights)[0]
        return _Said(at_secs, text, name, self._followers[name], self._platforms[name], lang)

    def repost(self, original: _Said, at_secs: float) -> _Said:
        """Somebody hands on an earlier post as it is."""
        return replace(self.say(at_secs, original.text, lang=original.lang), of=original.of or original)


def _ordinary(rng: Random, voices: _Voices, secs: float) -> Iterator[_Said]:
    """The steady hum of people who care about none of it."""
    shares = list(accumulate(share for _, share, _, _ in chatter.LANGUAGES))
    for at in _steady(rng, CHATTER_PER_SEC, start=0.0, stop=secs):
        if rng.random() < ODDITY_SHARE:
            yield voices.say(at, rng.choice(chatter.ODDITIES))
            continue
        lang, _, words, patterns = rng.choices(chatter.LANGUAGES, cum_weights=shares)[0]
        text = as_typed(rng, say(rng, rng.choice(patterns), words))
        yield voices.say(at, text, lang=lang, talkative=True)


def _match(rng: Random, voices: _Voices, *, plan: Sequence[Scene], secs: float) -> Iterator[_Said]:
    """Talk about the final from kick-off on, between its great minutes."""
    begins = next(scene.begins_secs for scene in plan if scene.name == "kick-off")
    for at in _steady(rng, MATCH_PER_SEC, start=begins, stop=secs):
        yield voices.say(at, as_typed(rng, say(rng, rng.choice(scenes.MATCH_PATTERNS), scenes.MATCH)), talkative=True)


def _scene(rng: Random, voices: _Voices, scene: Scene) -> list[_Said]:
    """Everything written about one happening, reposts of it included."""
    flow = _FLOWS[scene.name]
    said: list[_Said] = []
    for after in _rising(rng, flow):
        at = scene.begins_secs + after
        if said and rng.random() < REPOST_SHARE:
            said.append(voices.repost(rng.choice(said[-REPOST_WITHIN:]), at))
        else:
            said.append(voices.say(at, as_typed(rng, say(rng, rng.choice(flow.patterns), flow.words))))
    return said


def _campaign(rng: Random, voices: _Voices, scene: Scene) -> Iterator[_Said]:
    """Fresh accounts that paste the same two texts every second or so for two minutes."""
    for at in _steady(rng, 1.1, start=scene.begins_secs, stop=scene.begins_secs + 120):
        text = say(rng, rng.choice(scenes.SPAM_PATTERNS), scenes.SPAM)
        number = rng.randrange(SPAM_AUTHORS)
        author = f"coin_friend_{number:02d}"
        yield replace(voices.say(at, text), author=author, followers=number % 7, platform="bluesky")


def _steady(rng: Random, per_sec: float, *, start: float, stop: float) -> Iterator[float]:
    """Times of a Poisson stream of constant rate."""
    at = start + rng.expovariate(per_sec)
    while at < stop:
        yield at
        at += rng.expovariate(per_sec)


def _rising(rng: Random, flow: _Flow) -> Iterator[float]:
    """Times of a Poisson stream that rises to its peak and decays, by thinning one of the peak's rate."""
    for at in _steady(rng, flow.peak_per_sec, start=0.0, stop=flow.lasts_secs):
        rising = 1.0 - exp(-3.0 * at / flow.rise_secs)
        fading = exp(-log(2.0) * max(0.0, at - flow.rise_secs) / flow.half_life_secs)
        if rng.random() * flow.peak_per_sec < max(flow.floor_per_sec, flow.peak_per_sec * rising * fading):
            yield at


def _as_posts(said: Sequence[_Said], seed: int, began: datetime) -> list[Post]:
    for number, one in enumerate(said):
        one.id = f"evening{seed}-{number:05d}"
    return [_as_post(one, began) for one in said]


def _as_post(one: _Said, began: datetime) -> Post:
    return Post(
        id=one.id,
        platform=one.platform,
        created_at=began + timedelta(milliseconds=int(one.at_secs * 1000)),
        text=one.text,
        author=one.author,
        author_followers=one.followers,
        lang=one.lang,
        repost_of=one.of.id if one.of else None,
        url=f"https://{one.platform}.example/{one.author}/{one.id}",
    )


_FIRST = (
    *("quiet", "sleepy", "salty", "north", "paper", "late", "tiny", "rusty", "mossy", "plain", "loud", "early", "odd"),
    *("amber", "soft", "grey", "lucky", "brisk", "damp", "fuzzy", "humble", "inky", "jolly", "keen", "lemon", "minty"),
)
_SECOND = (
    *("otter", "teacup", "lantern", "pigeon", "kettle", "badger", "violin", "harbour", "acorn", "walrus", "bicycle"),
    *("moth", "biscuit", "spoon", "thistle", "puffin", "button", "turnip", "comet", "anchor", "sparrow", "mitten"),
)


def _name(rng: Random, number: int) -> str:
    """A made-up handle, never the same twice."""
    return f"{rng.choice(_FIRST)}{rng.choice(['', '_', '.'])}{rng.choice(_SECOND)}{number}"
