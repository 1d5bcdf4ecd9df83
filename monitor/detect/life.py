"""One trend from its announcement to its end: what is counted to it and where it stands."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import structs

from monitor.detect.recent import Seen
from monitor.detect.saved import LifeState, PlotState, PostTable, pack_texts, unpack_texts
from monitor.erase import TakenBack, kept, renamed
from monitor.model import Post, Stage, Trend

EVIDENCE_POSTS = 200
PLOT_STEPS = 120
"""Steps of the plot before two of them are made one."""
MAX_AUTHORS = 50_000
"""Authors remembered for a trend; of a larger one the rest is counted as voices without being told apart."""
LIFE_SECS = 60
"""A life is judged over at least so long, however quick the burst: between two cheers people breathe."""
PEAKING = 0.75
"""At this part of its highest velocity a trend still peaks; below it fades."""
FADED = 0.5
"""A trend that fell to this part of its peak and then rises above that peak is over: something happened again, and it
is to be told of anew."""
ENDED = 0.25
"""Below this part it is over."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What made a trend: one window, all its terms together."""

    window_secs: int
    significance: float
    expected: float
    """Voices foreseen in the window."""
    is_pasted: bool = False
    """One text that was posted again and again, perhaps by nobody else than its author."""


class Life:
    """A live trend. Time comes in with posts and ticks, in seconds since 1970."""

    def __init__(self, identity: str, *, terms: dict[int, float], lead: Lead, now_secs: float) -> None:
        self.id = identity
        self.terms = terms
        """Numbers of the terms it is recognised by, with the significance of each."""
        self.core = frozenset(terms)
        """The terms it was announced with: what joined later does not draw more in."""
        self._is_pasted = lead.is_pasted
        self.window_secs = max(LIFE_SECS, lead.window_secs)
        self.significance = lead.significance
        self.expected_velocity = lead.expected * 60.0 / lead.window_secs
        self.detected_secs = now_secs
        self.started_secs = now_secs
        self.peaked_secs: float | None = None
        self.ended_secs: float | None = None
        self.name = ""
        self.named_voices = 0
        self.shown: tuple[str, ...] = ()
        self.samples: tuple[Post, ...] = ()
        self.posts = 0
        self.voices = 0
        self.evidence: deque[Seen] = deque(maxlen=EVIDENCE_POSTS)
        self._authors: set[str] = set()
        self._is_authored = True
        self._recent: deque[tuple[float, int]] = deque()
        """Voices of each tick within the window."""
        self._window_voices = 0
        self._peak = 0
        self._low = 0
        """The least since the peak."""
        self.has_returned = False
        """It ended because the same words came back stronger: it does not explain what they tell now."""
        self.plot = Plot(max(10, self.window_secs // 12))

    def begin(self, posts: Sequence[Seen]) -> None:
        """Take in the posts that made it a trend, oldest first; at least one.

        The very first may be a chance mention: it began with the one a tenth of the way in.
        """
        self.started_secs = min(self.detected_secs, posts[len(posts) // 10].post.created_at.timestamp())
        for seen in posts:
            self.add(seen)

    def add(self, seen: Seen) -> None:
        """Count one post to the trend."""
        self.posts += 1
        if seen.post.text:  # what was taken back still counts, and speaks no more
            self.evidence.append(seen)
        self.plot.add(seen.at_secs)
        is_voice = seen.is_voice and self._is_new_voice(seen.post.author)
        self.voices += is_voice
        if is_voice or self._is_pasted:
            self._beat(seen)

    def _beat(self, seen: Seen) -> None:
        """Count a post to what the trend's life is told by: voices, or for a pasted text its copies."""
        self._window_voices += 1
        if self._recent and self._recent[-1][0] == seen.at_secs:
            self._recent[-1] = (seen.at_secs, self._recent[-1][1] + 1)
        else:
            self._recent.append((seen.at_secs, 1))

    def _is_new_voice(self, author: str | None) -> bool:
        if author is None:
            self._is_authored = False
            return True
        if author in self._authors:
            return False
        if len(self._authors) < MAX_AUTHORS:
            self._authors.add(author)
        return True

    def erase(self, taken: Sequence[TakenBack]) -> None:
        """Let go of what was taken back; the figures stay."""
        before = [*self.samples, *(seen.post for seen in self.evidence)]
        posts = {id(post) for post in kept(before, taken)}
        if len(posts) < len({id(post) for post in before}):
            self.name = renamed(self.name, self.shown, before, taken=taken)
        self.samples = tuple(post for post in self.samples if id(post) in posts)
        self.evidence = deque((seen for seen in self.evidence if id(seen.post) in posts), EVIDENCE_POSTS)

    def tick(self, now_secs: float) -> None:
        """Let time pass: the velocity, the peak, the end."""
        while self._recent and self._recent[0][0] <= now_secs - self.window_secs:
            self._window_voices -= self._recent.popleft()[1]
        is_grown = now_secs - self.detected_secs >= self.window_secs
        self._low = min(self._low, self._window_voices)
        if self._window_voices > self._peak:
            self.has_returned = is_grown and self._low < FADED * self._peak
            self._peak = self._low = self._window_voices
            self.peaked_secs = now_secs
        if self.has_returned or (is_grown and self._window_voices < ENDED * self._peak):
            self.ended_secs = now_secs

    @property
    def is_ended(self) -> bool:
        return self.ended_secs is not None

    @property
    def pulse_secs(self) -> int:
        """How often its life has to be looked at."""
        return max(1, self.window_secs // 12)

    @property
    def velocity(self) -> float:
        """Voices a minute now."""
        return self._window_voices * 60.0 / self.window_secs

    @property
    def stage(self) -> Stage:
        if self.is_ended:
            return Stage.ENDED
        if self._window_voices >= self._peak:
            return Stage.RISING
        return Stage.PEAKING if self._window_voices >= PEAKING * self._peak else Stage.FADING

    def snapshot(self) -> Trend:
        """The trend as it stands, in the words of the model."""
        return Trend(
            id=self.id,
            name=self.name,
            terms=self.shown,
            stage=self.stage,
            started_at=_at(self.started_secs),
            detected_at=_at(self.detected_secs),
            peaked_at=_at(self.peaked_secs)
            if self.peaked_secs is not None and self.stage is not Stage.RISING
            else None,
            ended_at=_at(self.ended_secs) if self.ended_secs is not None else None,
            posts=self.posts,
            voices=self.voices,
            authors=len(self._authors) if self._is_authored else None,
            significance=self.significance,
            velocity=self.velocity,
            expected_velocity=self.expected_velocity,
            samples=self.samples,
            evidence=tuple(seen.post for seen in self.evidence),
            volume=tuple(self.plot.counts),
            volume_started_at=_at(self.plot.start_secs),
            volume_step_secs=self.plot.step_secs,
        )

    def state(self, table: PostTable) -> LifeState:
        """Every field, to go on later; the posts go into `table`."""
        fields = vars(self) | {
            "name": pack_texts([self.name]),
            "shown": pack_texts(self.shown),
            "samples": [table.number(post) for post in self.samples],
            "evidence": [(table.number(seen.post), seen.kind, seen.at_secs) for seen in self.evidence],
            "_authors": pack_texts(sorted(self._authors)),
            "core": sorted(self.core),
            "_recent": list(self._recent),
            "plot": PlotState(**vars(self.plot)),
        }
        return LifeState(**fields)

    @classmethod
    def from_state(cls, state: LifeState, posts: Sequence[Post]) -> Life:
        """The life as it was; `posts` is what the table held."""
        life = cls.__new__(cls)
        plot = Plot(state.plot.step_secs)
        vars(plot).update(structs.asdict(state.plot))
        fields = structs.asdict(state) | {
            "name": "".join(unpack_texts(state.name)),
            "shown": tuple(unpack_texts(state.shown)),
            "samples": tuple(posts[number] for number in state.samples),
            "evidence": deque((Seen(posts[place], kind, at) for place, kind, at in state.evidence), EVIDENCE_POSTS),
            "_authors": set(unpack_texts(state._authors)),
            "core": frozenset(state.core),
            "_recent": deque(state._recent),
            "plot": plot,
        }
        vars(life).update(fields)
        return life


class Plot:
    """Posts a step since the first one, in at most PLOT_STEPS steps: longer ones when time goes on."""

    def __init__(self, step_secs: int) -> None:
        self.step_secs = step_secs
        self.start_secs = 0.0
        self.counts: list[int] = []

    def add(self, at_secs: float) -> None:
        if not self.counts:
            self.start_secs = at_secs - at_secs % self.step_secs
        step = max(0, int((at_secs - self.start_secs) // self.step_secs))
        while step >= PLOT_STEPS:
            self._halve()
            step //= 2
        self.counts += [0] * (step + 1 - len(self.counts))
        self.counts[step] += 1

    def _halve(self) -> None:
        self.step_secs *= 2
        pairs = self.counts + [0] * (len(self.counts) % 2)
        self.counts = [left + right for left, right in zip(pairs[::2], pairs[1::2], strict=True)]


def _at(secs: float) -> datetime:
    return datetime.fromtimestamp(secs, UTC)
