"""Whether a source is there, in words for a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

QUIET_FOR = timedelta(minutes=5)
"""A source that gave no post for so long is called silent; that may be right for a thin one."""


class State(StrEnum):
    """How it stands with a source. The watch moves it; after a crash every source begins at `starting`."""

    STARTING = "starting"  # until the first sign of life
    CONNECTED = "connected"  # until it goes away or ends
    THROTTLED = "throttled"  # it wants us to ask less often; we wait
    AWAY = "away"  # it does not answer, or says nothing; we ask again, ever more slowly
    BROKE = "out of money"  # a cap on spending is reached, or the network's own credit; until a known time
    REFUSED = "refused"  # it will not have us; a person has to look at settings or token
    ENDED = "ended"  # a recording is over


@dataclass(slots=True)
class Listening:
    """What a person asks about one source: is it there, since when, what came."""

    state: State = State.STARTING
    why: str = ""
    since: datetime | None = None
    """Of this state."""
    posts: int = 0
    last_post_at: datetime | None = None
    lost: int = 0
    """Connections that were lost."""
    gaps: int = 0
    until: datetime | None = None
    """When money is back, of a source that has none."""
    is_missed: bool = False
    """Whether people were told that it went away, and not yet that it is back."""

    def change(self, state: State, why: str, now: datetime, *, back_in_secs: float | None = None) -> None:
        """Enter a state; the same one again, for another reason, keeps its beginning."""
        if state is not self.state:
            self.since = now
        self.state, self.why = state, why
        self.until = now + timedelta(seconds=back_in_secs) if back_in_secs is not None else None

    def stood_for(self, now: datetime) -> timedelta:
        """How long the connection has stood; nothing where there is none."""
        if self.state is not State.CONNECTED or self.since is None:
            return timedelta()
        return now - self.since

    @property
    def needs_person(self) -> bool:
        """Whether nothing will come from it until somebody has acted."""
        return self.state is State.REFUSED

    @property
    def is_away(self) -> bool:
        """Whether nothing can come from it now, though something should."""
        return self.state in (State.THROTTLED, State.AWAY, State.BROKE, State.REFUSED)

    def sentence(self, name: str, now: datetime) -> str:
        """`bluesky: connected, silent since 20:10 UTC`."""
        said = f"{name}: {self.state.value}"
        if self.state is State.CONNECTED:
            heard = self.last_post_at or self.since
            if heard is not None and now - heard > QUIET_FOR:
                return f"{said}, silent since {heard:%H:%M} UTC"
            return f"{said}, {self.posts} posts" + (f", {self.gaps} gaps" if self.gaps else "")
        if self.state is State.REFUSED:
            return f"{name}: needs a person: {self.why}"
        if self.state is State.BROKE and self.until is not None:
            return f"{said} until {_when(self.until, now)}: {self.why}"
        since = f" since {self.since:%H:%M} UTC" if self.is_away and self.since else ""
        return f"{said}{since}" + (f": {self.why}" if self.why else "")


def _when(at: datetime, now: datetime) -> str:
    """`20:10 UTC`, and the day as well where it is more than a day ahead."""
    return f"{at:%H:%M} UTC" if at - now <= timedelta(days=1) else f"{at:%Y-%m-%d %H:%M} UTC"
