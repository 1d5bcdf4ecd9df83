"""Bursts that share their posts become one trend with a life; each trend is announced once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from monitor.detect.bars import Bar, TrendSettings
from monitor.detect.bursts import BurstMeter, Found
from monitor.detect.clusters import Candidate, Cluster, Heard, enough_voices, find_sayers, originals, together, voices
from monitor.detect.habits import Habits
from monitor.detect.life import Lead, Life
from monitor.detect.recent import SLOW_SECS, Recent, Seen, are_heard
from monitor.detect.saved import PostTable, TrendsState
from monitor.detect.tokens import Bools, Ints, Kinds
from monitor.erase import TakenBack
from monitor.model import Post

SHORT_SECS = 60
"""In windows up to this long a weak burst may still tell more of a trend that others carry."""
WORD_BITS = 64
KEEP_ENDED = 200
"""Ended trends kept until somebody asks for them."""


class Trends:
    """Groups bursts, keeps the trends that live, announces each once."""

    def __init__(self, settings: TrendSettings, windows_secs: Sequence[int], id_prefix: str, *, capacity: int) -> None:
        self._settings = settings
        self._windows_secs = sorted(windows_secs)
        self._id_prefix = id_prefix
        self._capacity = capacity
        self._count = 0
        self._bar = Bar(settings)
        self._habits = Habits()
        self.live: list[Life] = []
        self._past: list[Life] = []
        self.ended: list[Life] = []

    @property
    def bar(self) -> Bar:
        """What an announcement needs."""
        return self._bar

    def see(self, posts: Sequence[Post], kinds: Kinds, at_secs: float, *, terms: tuple[Ints, Ints]) -> None:
        """Give every post to the live trends it speaks of; `terms` as for `Recent.add`."""
        owners, numbers = terms
        for start in range(0, len(self.live), WORD_BITS):
            lives = self.live[start : start + WORD_BITS]
            marks = self._marks(lives)[numbers]
            spoken = np.flatnonzero(marks)
            places = owners[spoken]
            for place, rows in groupby(zip(places.tolist(), marks[spoken].tolist(), strict=True), lambda row: row[0]):
                bits = 0
                for _, mark in rows:
                    bits |= mark
                seen = Seen(posts[place], int(kinds[place]), at_secs)
                while bits:
                    low = bits & -bits
                    lives[low.bit_length() - 1].add(seen)
                    bits ^= low

    def _marks(self, lives: Sequence[Life]) -> NDArray[np.uint64]:
        """For each term the lives it belongs to, one bit each."""
        marks = np.zeros(self._capacity, np.uint64)
        for place, life in enumerate(lives):
            marks[list(life.terms)] |= np.uint64(1 << place)
        return marks

    def terms(self) -> list[int]:
        """The numbers of all terms that some live or lately ended trend is known by."""
        return [number for life in self.live + self._past for number in life.terms]

    def tick(self, found: list[Found], recent: Recent, now_secs: float, *, meter: BurstMeter) -> list[Life]:
        """Move every life on, let bursts join live trends, and return the trends to announce now."""
        for life in self.live:
            life.tick(now_secs)
        self.ended = (self.ended + [life for life in self.live if life.is_ended])[-KEEP_ENDED:]
        since = now_secs - self._windows_secs[-1]
        ended = (life for life in self._past + self.live if life.ended_secs is not None and life.ended_secs > since)
        self._past = [life for life in ended if not life.has_returned]
        self.live = [life for life in self.live if not life.is_ended]
        told = []
        self._bar.tests = meter.tests_per_hour()
        found = self._habits.unforeseen(found, meter.vocabulary.hashes, now_secs)
        for cluster in self._clusters(found, recent, now_secs, meter=meter) if found else []:
            lead = self._lead(cluster, recent, now_secs)
            if lead is not None:
                told.append(self._announce(cluster, lead, recent=recent, now_secs=now_secs))
                self._habits.learn(cluster.members, meter.vocabulary.hashes, now_secs)
        return told

    def _clusters(self, found: list[Found], recent: Recent, now_secs: float, *, meter: BurstMeter) -> list[Cluster]:
        """Groups of bursting terms that no trend explains, strongest first."""
        candidates = self._candidates(found, now_secs, are_texts=meter.are_texts)
        if not candidates:
            return []
        find_sayers(candidates, recent, now_secs)
        speakers = Speakers(recent)
        clusters: list[Cluster] = []
        for candidate in candidates:
            if self._was_faster(candidate, recent):
                continue
            if self._joins_life(candidate, speakers, now_secs):
                self._habits.learn([candidate], meter.vocabulary.hashes, now_secs)
                continue
            if not any(cluster.takes(candidate, self._settings.overlap) for cluster in clusters):
                clusters.append(Cluster([candidate], candidate.posts))
        return clusters

    def _candidates(self, found: list[Found], now_secs: float, *, are_texts: Bools) -> list[Candidate]:
        """The strongest terms, without those that a trend is known by already."""
        chosen: dict[int, Candidate] = {}
        for burst in sorted(found, key=lambda burst: (-burst.significance, burst.number)):
            if any(burst.number in life.terms for life in self._told(burst.window_secs, now_secs)):
                continue
            if burst.window_secs > SHORT_SECS and burst.significance < self._bar.calm(burst.window_secs):
                continue  # too weak to carry a trend, and looking up the posts of a long window costs most
            if burst.window_secs >= SLOW_SECS and not self._may_be_slow(burst, is_text=bool(are_texts[burst.number])):
                continue
            if burst.number in chosen:
                chosen[burst.number].bursts.append(burst)
            elif len(chosen) < self._settings.max_bursts:
                chosen[burst.number] = Candidate(burst.number, [burst], bool(are_texts[burst.number]))
        return list(chosen.values())

    def _may_be_slow(self, burst: Found, *, is_text: bool) -> bool:
        """Whether a slow window may speak: of a thin stream, and of a repeated text only when it is repeated often."""
        settings = self._settings
        if burst.posts * 60 > settings.thin * burst.window_secs:
            return False
        return not is_text or burst.count >= max(settings.pasted, settings.pasted_share * burst.posts)

    def _told(self, window_secs: int, now_secs: float) -> list[Life]:
        """The trends that a person was told of and may still remember: the live ones, and those ended in the window."""
        return self.live + [life for life in self._past if (life.ended_secs or 0) > now_secs - window_secs]

    def _was_faster(self, candidate: Candidate, recent: Recent) -> bool:
        """Whether a shorter window had its chance: a slow window is for what is too thin for the others."""
        shortest = candidate.shortest_secs
        shorter = [secs for secs in self._windows_secs if 4 * secs <= shortest]
        if not shorter or candidate.is_text:
            return False
        times = recent.times(candidate.posts[are_heard(recent.kinds[candidate.posts], shorter[-1])])
        few = self._settings.fast_voices
        burst = candidate.burst_in(shortest)
        if shortest >= SLOW_SECS and burst is not None:
            bar = self._bar.calm(shorter[-1])
            few = enough_voices(burst, shorter[-1], bar=bar, at_least=self._settings.min_voices)
        return bool((times[few - 1 :] - times[: max(0, times.size - few + 1)] < shorter[-1]).any())

    def _joins_life(self, candidate: Candidate, speakers: Speakers, now_secs: float) -> bool:
        """Let a trend that many of the candidate's posts speak of anyway take it in."""
        for life in self._told(candidate.secs, now_secs):
            if self._explains(life, candidate, speakers, now_secs=now_secs):
                if len(life.terms) < self._settings.max_terms:
                    life.terms[candidate.number] = candidate.bursts[0].significance
                return True
        return False

    def _explains(self, life: Life, candidate: Candidate, speakers: Speakers, *, now_secs: float) -> bool:
        """Whether a burst tells of a trend that was announced: half of its posts do, or it is another word for it."""
        settings, is_slow = self._settings, candidate.secs >= SLOW_SECS
        age_secs = now_secs - life.detected_secs
        if is_slow and age_secs > settings.fresh_windows * candidate.secs:
            return False
        speaking = speakers.of(life, core=is_slow)
        shared = int(speaking[candidate.posts].sum())
        by_chance = speakers.share(speaking, now_secs - candidate.secs)
        chance = by_chance if candidate.secs > SHORT_SECS else 0.0
        if shared >= (chance + settings.overlap * (1.0 - chance)) * candidate.posts.size:
            return True
        is_young = age_secs <= settings.twin_secs
        return is_young and shared >= max(settings.twin_posts, settings.twin_lift * by_chance * candidate.posts.size)

    def _lead(self, cluster: Cluster, recent: Recent, now_secs: float) -> Lead | None:
        """The fastest window that carries a cluster over the bar; None while the cluster is not worth it."""
        lead = self._lead_of(cluster, recent, now_secs, heard=voices)
        if lead is None or lead.is_pasted:
            return lead
        return self._lead_of(cluster, recent, now_secs, heard=originals)  # dearer, so only for what would be told

    def _lead_of(self, cluster: Cluster, recent: Recent, now_secs: float, *, heard: Heard) -> Lead | None:
        has_text = any(member.is_text for member in cluster.members)
        if not has_text and heard([recent.seen(int(place)) for place in cluster.posts]) < self._settings.min_voices:
            return None
        for window_secs in cluster.windows:
            lead = together(cluster, window_secs, recent, now_secs=now_secs, heard=heard)
            if lead.significance >= self._bar.now(window_secs, now_secs):
                return lead
        return None

    def _announce(self, cluster: Cluster, lead: Lead, *, recent: Recent, now_secs: float) -> Life:
        self._bar.count()
        self._count += 1
        terms = dict(list(cluster.terms.items())[: self._settings.max_terms])
        life = Life(f"{self._id_prefix}{self._count}", terms=terms, lead=lead, now_secs=now_secs)
        since = recent.first_since(now_secs - life.window_secs)
        speaking = np.union1d(recent.rows(since, list(terms))[0], cluster.posts)
        posts = [recent.seen(int(place)) for place in speaking]
        life.begin(sorted(posts, key=lambda seen: (seen.at_secs, seen.post.created_at, seen.post.id)))
        life.tick(now_secs)
        self.live.append(life)
        return life

    def erase(self, taken: Sequence[TakenBack]) -> None:
        """Let go of what was taken back."""
        for life in (*self.live, *self._past, *self.ended):
            life.erase(taken)

    def state(self, table: PostTable) -> TrendsState:
        """What has to be kept to go on later; the posts go into `table`."""
        lives = {id(life): life for life in (*self.live, *self._past, *self.ended)}
        places = {key: place for place, key in enumerate(lives)}
        live, past, ended = ([places[id(life)] for life in group] for group in (self.live, self._past, self.ended))
        kept = [life.state(table) for life in lives.values()]
        return TrendsState(
            self._count, self._bar.crowd, self._bar.crowd_at, kept, live, past, ended, self._habits.state()
        )

    def restore(self, state: TrendsState, posts: Sequence[Post]) -> None:
        """Go on from a state; `posts` is what the table held."""
        self._count, self._bar.crowd, self._bar.crowd_at = state.count, state.crowd, state.crowd_at
        self._habits.restore(state.habits)
        lives = [Life.from_state(life, posts) for life in state.lives]
        self.live, self._past, self.ended = (
            [lives[place] for place in group] for group in (state.live, state.past, state.ended)
        )


class Speakers:
    """Which of the recent posts speak of a trend, looked up once each."""

    def __init__(self, recent: Recent) -> None:
        self._recent = recent
        self._known: dict[tuple[str, bool], Bools] = {}

    def of(self, life: Life, *, core: bool) -> Bools:
        """The posts that have one of its terms, or with `core` one of those it was announced with."""
        key = (life.id, core)
        if key not in self._known:
            self._known[key] = np.zeros(len(self._recent), np.bool_)
            self._known[key][self._recent.rows(0, list(life.core if core else life.terms))[0]] = True
        return self._known[key]

    def share(self, speaking: Bools, since_secs: float) -> float:
        """The part of all posts since a time."""
        after = speaking[self._recent.first_since(since_secs) :]
        return float(after.mean()) if after.size else 0.0
