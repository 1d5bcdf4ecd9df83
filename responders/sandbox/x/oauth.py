"""Whether a call is signed as OAuth 1.0a demands (RFC 5849, section 3), reckoned here from the bare request line."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web

SKEW_SECS = 300.0
_PAIR = re.compile(r'([a-z_]+)="([^"]*)"')


@dataclass(slots=True)
class Keys:
    """Who may speak: one app, and its accounts by access token with secret and user name."""

    consumer: tuple[str, str] = ("app", "app-secret")
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    skew_secs: float = SKEW_SECS
    _used: set[tuple[str, str]] = field(default_factory=set)
    """Timestamps and nonces: each signature is good once."""

    def who(self, request: web.Request, now: datetime) -> str | None:
        """The user name behind the signature; None for one that is wrong, old, or was used before."""
        kind, _, rest = request.headers.get("Authorization", "").partition(" ")
        given = {key: unquote(value) for key, value in _PAIR.findall(rest)}
        secret, name = self.accounts.get(given.get("oauth_token", ""), ("", ""))
        stamp, nonce = given.get("oauth_timestamp", ""), given.get("oauth_nonce", "")
        is_fresh = stamp.isdecimal() and abs(int(stamp) - now.timestamp()) <= self.skew_secs
        if kind != "OAuth" or not name or given.get("oauth_consumer_key") != self.consumer[0] or not is_fresh:
            return None
        if given.get("oauth_signature_method") != "HMAC-SHA1" or not nonce or (stamp, nonce) in self._used:
            return None
        wanted = signature(request, given, key=f"{_coded(self.consumer[1])}&{_coded(secret)}")
        if not hmac.compare_digest(wanted, given.get("oauth_signature", "")):
            return None
        self._used.add((stamp, nonce))
        return name


def signature(request: web.Request, given: Mapping[str, str], *, key: str) -> str:
    """What the signature of this call has to be."""
    raw_path, _, query = request.raw_path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    pairs += [(name, value) for name, value in given.items() if name not in ("oauth_signature", "realm")]
    joined = "&".join(sorted(f"{_coded(name)}={_coded(value)}" for name, value in pairs))
    base = "&".join(map(_coded, (request.method, f"{request.scheme}://{request.host.lower()}{raw_path}", joined)))
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def _coded(text: str) -> str:
    return quote(text, safe="-._~")
