"""The failures a caller can tell apart: by what the caller may do next."""

from __future__ import annotations


class BonmotError(Exception):
    """Base of everything raised on purpose."""


class BadInput(BonmotError):
    """Something a person gave us cannot be used; the text says where, what was seen and what to do. Exit code 1."""


class Unavailable(BonmotError):
    """A service did not answer; try again later.

    `retry_after_secs` is the service's own wish, when it had one. `sent` is False only when it is proven that
    nothing left this machine (connection refused, 429): only then may a post be sent again without looking first.
    """

    def __init__(self, message: str, *, retry_after_secs: float | None = None, sent: bool = True) -> None:
        super().__init__(message)
        self.retry_after_secs = retry_after_secs
        self.sent = sent


class Throttled(Unavailable):
    """The service wants us to ask less often."""


class Silent(Unavailable):
    """The connection stands, and nothing comes: with a stream that is never quiet it is as good as broken."""


class OutOfMoney(Unavailable):
    """The next act would pass a cap that a person set on spending; nothing was asked. Money is back on a known day."""

    def __init__(self, message: str, *, retry_after_secs: float) -> None:
        super().__init__(message, retry_after_secs=retry_after_secs, sent=False)


class Refused(BonmotError):
    """Never again in this form: the service or our own table of moves said no; the text is for people."""


class AuthNeeded(BonmotError):
    """A credential is missing, expired or revoked; a person has to act."""


class BadState(BonmotError):
    """Our own stored state makes no sense; stop rather than guess. Exit code 3."""
