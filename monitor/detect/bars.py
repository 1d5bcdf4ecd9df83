"""When bursts are worth announcing: the settings of trends, and the bar that rises when much was announced."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrendSettings:
    """When bursts are worth announcing, and when two of them are the same happening."""

    min_significance: float = 5.5
    """Standard deviations that all terms together need in a calm hour of a stream as busy as a live match."""
    usual_tests: float = 400.0
    """Terms tested in an hour of such a stream. Where n times fewer are tested each may err n times as often for the
    same number of false alarms (Bonferroni): by the tail of the normal distribution, exp(-z * z / 2), the square of the
    bar lies 2 ln(n) lower. So a slow window of a thin stream may speak of few posts, and a fast one of a full stream
    must not: at a post a minute, of eight voices with a new word after eight hours, of six after two days."""
    fewest_tests: float = 5.0
    """A stream without any tests is taken to make so many in an hour."""
    min_voices: int = 6
    """Distinct voices behind it, copies and reposts not counted."""
    fast_voices: int = 5
    """The five-minute window speaks only of what is thinner than so many voices in any window a quarter as long:
    otherwise the fast one had its chance, and the slower one would only tell it late."""
    crowd_free: float = 1.0
    """So many announcements at a time cost nothing."""
    crowding: float = 0.3
    """Each further one raises the needed significance by this part, for people read only so many cards."""
    crowding_secs: float = 240.0
    """An announcement is forgotten with this time constant: a person has looked at it by then."""
    overlap: float = 0.5
    """A burst belongs to a trend when at least this part of its posts speaks of the trend anyway."""
    twin_secs: float = 90.0
    """What bursts so soon after a trend was announced is another word for it, if the two share posts by no chance."""
    twin_posts: int = 2
    """No chance are at least so many posts ..."""
    twin_lift: float = 1.5
    """... and so many times what chance would have."""
    fresh_windows: float = 2.0
    """In a slow window only trends announced so many windows ago may explain a burst: older news is the background that
    a development stands out from."""
    pasted: int = 10
    """The same text so often in one slow window is somebody's purpose, or everybody's news."""
    pasted_share: float = 0.05
    """... if it is one post in twenty"""
    thin: float = 30.0
    """... of a stream with at most so many posts a minute: in a fuller one reposts are the weather."""
    max_bursts: int = 80
    """Terms looked at in one tick, strongest first."""
    max_terms: int = 24
    """Terms by which a trend recognises its posts."""


class Bar:
    """The significance that an announcement needs. Rises with what was announced lately."""

    def __init__(self, settings: TrendSettings) -> None:
        self._settings = settings
        self.crowd = 0.0
        self.crowd_at = 0.0
        self.tests: dict[int, float] = {}
        """Terms tested an hour by the length of the window, see `BurstMeter.tests_per_hour`."""

    def calm(self, window_secs: int) -> float:
        """What is needed in a calm hour in a window of this length."""
        tests = max(self._settings.fewest_tests, self.tests.get(window_secs, self._settings.usual_tests))
        credit = 2.0 * math.log(self._settings.usual_tests / tests)
        return math.sqrt(max(1.0, self._settings.min_significance**2 - credit))

    def now(self, window_secs: int, now_secs: float) -> float:
        """What is needed now."""
        fade = math.exp(-(now_secs - self.crowd_at) / self._settings.crowding_secs)
        self.crowd, self.crowd_at = self.crowd * fade, now_secs
        crowded = max(0.0, self.crowd - self._settings.crowd_free)
        return self.calm(window_secs) * (1.0 + self._settings.crowding * crowded)

    def count(self) -> None:
        """Note that something was announced."""
        self.crowd += 1.0
