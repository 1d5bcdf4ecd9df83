"""Who is at the page: one-time codes, sessions, the brake on guessing. All in memory: a restart logs everyone out."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.errors import AuthNeeded, Unavailable

CODE_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(hours=12)
IDLE_LIMIT = timedelta(minutes=30)
"""A session left alone for longer may look, but no longer act."""
MAX_CODES = 100
MAX_SESSIONS = 200
FREE_FAILURES = 5
LONGEST_BRAKE = timedelta(seconds=60)
NO_ENTRY = "This login link does not work (any more). Ask for a new one on the command line."


@dataclass(slots=True)
class Session:
    """One browser of one person. `key` is the SHA-256 of the cookie's value; the value itself is never kept."""

    key: str
    person: str
    since: datetime
    seen: datetime
    agent: str


@dataclass(frozen=True, slots=True)
class _Code:
    person: str
    until: datetime


class Brake:
    """After five failures each further one doubles the wait, up to a minute, for everybody."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._last = clock.now()

    def check(self) -> None:
        """Raises Unavailable while the wait lasts."""
        left = self._until() - self._clock.now()
        if left > timedelta(0):
            secs = left.total_seconds()
            raise Unavailable(f"Too many failed logins; try again in {secs:.0f} s.", retry_after_secs=secs)

    def failed(self) -> None:
        self._failures += 1
        self._last = self._clock.now()

    def passed(self) -> None:
        self._failures = 0

    def _until(self) -> datetime:
        over = self._failures - FREE_FAILURES
        if over < 0:
            return self._last
        return self._last + min(timedelta(seconds=2.0 ** min(over, 10)), LONGEST_BRAKE)


class Sessions:
    """The server's side of every login."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self._open: dict[str, Session] = {}
        self._brake = Brake(clock)
        # Cookies are shared by all ports of a host: a name of our own keeps two installations apart.
        self.cookie_name = f"bonmot_{hmac.new(secret, b'cookie name', hashlib.sha256).hexdigest()[:8]}"

    def new_code(self, person: str) -> str:
        """A login code for `person`: works once, for ten minutes."""
        now = self._clock.now()
        self._codes = {key: code for key, code in self._codes.items() if code.until > now}
        while len(self._codes) >= MAX_CODES:
            self._codes.pop(next(iter(self._codes)))
        code = secrets.token_urlsafe(32)
        self._codes[_hash(code)] = _Code(person, now + CODE_LIFE)
        return code

    def login(self, code: str, agent: str) -> tuple[str, Session]:
        """Trade a code for a cookie value and its session.

        Raises AuthNeeded with the same text for every kind of wrong code, Unavailable while the brake holds.
        """
        self._brake.check()
        # Looked up by its hash, so that the time taken tells nothing about a near miss.
        known = self._codes.pop(_hash(code), None)
        if known is None or known.until <= self._clock.now():
            self._brake.failed()
            raise AuthNeeded(NO_ENTRY)
        self._brake.passed()
        return self._open_for(known.person, agent)

    def find(self, cookie: str | None) -> Session | None:
        """The living session behind a cookie value."""
        if not cookie:
            return None
        session = self._open.get(_hash(cookie))
        return session if session is not None and self.is_alive(session) else None

    def is_alive(self, session: Session) -> bool:
        if self._clock.now() - session.since >= SESSION_LIFE:
            self._open.pop(session.key, None)
        return session.key in self._open

    def is_idle(self, session: Session) -> bool:
        """Whether the person has been away too long to act without a new login."""
        return self._clock.now() - session.seen > IDLE_LIMIT

    def touch(self, session: Session) -> None:
        """Note that the person did something. Who has been away too long stays away until the next login."""
        if not self.is_idle(session):
            session.seen = self._clock.now()

    def close(self, session: Session) -> None:
        self._open.pop(session.key, None)

    def close_all(self, person: str) -> int:
        """Log a person out everywhere; the number of sessions closed."""
        mine = self.of(person)
        for session in mine:
            self.close(session)
        return len(mine)

    def of(self, person: str) -> list[Session]:
        """A person's living sessions, oldest first."""
        return [s for s in list(self._open.values()) if s.person == person and self.is_alive(s)]

    def csrf(self, session: Session) -> str:
        """The token that every act of this session must carry."""
        return hmac.new(self._secret, f"csrf {session.key}".encode(), hashlib.sha256).hexdigest()

    def _open_for(self, person: str, agent: str) -> tuple[str, Session]:
        while len(self._open) >= MAX_SESSIONS:
            self._open.pop(next(iter(self._open)))
        now = self._clock.now()
        cookie = secrets.token_urlsafe(32)
        session = Session(_hash(cookie), person, now, now, agent[:200])
        self._open[session.key] = session
        return cookie, session


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
