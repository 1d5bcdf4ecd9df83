"""Posts by asking another program: a signed JSON message to an address of the operator's, for a site, a mail, a chat.

A POST carries `{id, account, text, mark, created_at, languages}`, for an account with `pictures: true` perhaps `media`
as well, and these headers:

    Idempotency-Key: the mark, one for each publication; the same mark again is the same publication
    X-Bonmot-Timestamp: unix seconds
    X-Bonmot-Signature: v1=HMAC-SHA256 in hex of `timestamp.body` under the shared secret, body to the last byte

The receiver answers 2xx, perhaps with `{"id": .., "url": ..}`, or 409 for a mark that it has already. Taking back is
`DELETE ?mark=..`; where `can_find` is set, `GET ?mark=..` answers 200 (with the same JSON) or 404. These have no body,
and `GET mark=..` or `DELETE mark=..` is signed in its place, so that no signature is good for another act. A receiver
should refuse timestamps that are more than five minutes off.

`media` is a list of `{name, type, alt, width, height, size, sha256, made_with_ai, data}`; `data` is the file in base
64, so that the one signature covers every byte and nothing has to be fetched. A text alone has no `media`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.clock import Clock, to_text
from monitor.errors import BonmotError, Refused, Unavailable
from monitor.probing import Finding, ahead_secs, doubtful, failed, fine
from responders.calling import Answer, Question, call, failure, is_on_this_machine, shown, to_json
from responders.model import Picture, Publication, Receipt
from responders.pictures.attached import check_pictures, with_files
from responders.pictures.limits import LIMITS, NONE
from responders.publishers import Publisher

TIMESTAMP = "X-Bonmot-Timestamp"
SIGNATURE = "X-Bonmot-Signature"
NOT_LET_IN = frozenset({401, 403})
PROBE_MARK = "2222222222222"
"""A mark of the year 1970: no publication has it."""
MOST_ID_CHARS = 500


class AccountSettings(BaseModel):
    """Where one account's texts go, and the secret that proves that they are ours."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: str = Field(
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?(\?[^\s#]*)?$", max_length=1000, repr=False,
        description="an address with http(s)://, without a login; a reference where it holds a key",
    )  # fmt: skip
    secret: str = Field(min_length=16, max_length=500, repr=False, description="signs every message; known to both")
    pictures: bool = Field(default=False, description="it shows the pictures in `media`; else texts go to it alone")
    max_chars: int | None = Field(default=None, ge=1, le=1_000_000, description="a longer text is refused, not sent")


class Settings(BaseModel):
    """What stands under `publishers: webhook:` in bot.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accounts: dict[str, AccountSettings] = Field(
        min_length=1, max_length=50, description="by a name of your own: `banner` is the account `webhook:banner`"
    )
    can_find: bool = Field(
        default=False, description="the receivers answer GET ?mark=..; without it a person looks for what was lost"
    )
    settle_secs: float = Field(
        default=30.0, ge=0.0, le=3600.0, description="how long a receiver may work on a message whose answer was lost"
    )
    timeout_secs: float = Field(default=20.0, gt=0.0, le=120.0)

    @model_validator(mode="after")
    def _knows_each_name_once(self) -> Self:
        if len({bare(name) for name in self.accounts}) < len(self.accounts):
            raise ValueError("two accounts have the same name; case and a leading @ make no difference")
        return self


def build(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Publisher:
    """A publisher for the configured receivers; nothing is asked before it is used."""
    return WebhookPublisher(settings, http, clock)


async def probe(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """Whether each receiver knows our signature, asked for a mark that nobody has; only one that can find is asked."""
    found = []
    for name, account in settings.accounts.items():
        if settings.can_find:
            found.append(await _tried(_Receiver(name, account, settings, http=http, clock=clock), name, clock))
        else:
            found.append(fine(name, "is not asked: without can_find there is no question that posts nothing"))
        if account.url.startswith("http://") and not is_on_this_machine(account.url):
            found.append(doubtful(name, "is reached over plain http: others can read the texts", "use https://"))
    return found


async def _tried(receiver: _Receiver, name: str, clock: Clock) -> Finding:
    try:
        answer = await receiver.ask("GET", PROBE_MARK)
        if answer.status not in (200, 404):
            raise receiver.failure("GET", answer)
    except BonmotError as error:
        return failed(name, error, "look whether address and secret are the receiver's, and its clock right")
    if answer.status == 200:
        said = "says of a mark that nobody has that it is published"
        return doubtful(name, said, "let it answer 404 to GET ?mark=.. for what it never got, or set can_find: false")
    return fine(name, "answers, and knows our signature", ahead=ahead_secs(answer.headers, clock.now()))


class WebhookPublisher:
    """See `responders.publishers.Publisher`."""

    platform = "webhook"

    def __init__(self, settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> None:
        self.can_find = settings.can_find
        self.settle_secs = settings.settle_secs
        self.is_harmless = all(is_on_this_machine(account.url) for account in settings.accounts.values())
        self._receivers = {
            bare(name): _Receiver(name, account, settings, http=http, clock=clock)
            for name, account in settings.accounts.items()
        }

    async def publish(self, publication: Publication) -> Receipt:
        """Send it once. Raises Refused for an account that is not configured here."""
        return await self._receiver(publication).publish(publication)

    async def find(self, publication: Publication) -> Receipt | None:
        """Ask the receiver for our mark; without `can_find` nobody is asked, and None means nothing."""
        return await self._receiver(publication).find(publication) if self.can_find else None

    async def undo(self, publication: Publication, receipt: Receipt) -> None:
        """Have it deleted; where the receiver can be asked, read back that it is gone."""
        await self._receiver(publication).undo(publication)

    async def close(self) -> None:
        """Nothing to let go of: the connections belong to the program."""

    def _receiver(self, publication: Publication) -> _Receiver:
        receiver = self._receivers.get(bare(publication.account.partition(":")[2]))
        if receiver is None:
            raise Refused(f"{publication.account} has no address under publishers: webhook: accounts in bot.yaml")
        return receiver


class _Receiver:
    """One account's other end."""

    def __init__(
        self, name: str, account: AccountSettings, settings: Settings, *, http: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self._name = name
        self._account = account
        self._settings = settings
        self._http = http
        self._clock = clock

    async def publish(self, publication: Publication) -> Receipt:
        most, used = self._account.max_chars, len(publication.text)
        if not publication.text.strip() or (most is not None and used > most):
            raise Refused(f"{self._name} takes 1 to {most or 'any number of'} characters; this text has {used}")
        check_pictures(publication, LIMITS["webhook"] if self._account.pictures else NONE, self._name)
        answer = await self._send(message_of(publication), publication.mark)
        if answer.status == 409 and self._settings.can_find:
            found = await self.find(publication)
            if found is None:
                raise Unavailable(f"{self._name} has the mark already, and does not show it")
            return found
        if answer.status != 409 and not _is_fine(answer):
            raise self.failure("POST", answer)
        return self._receipt(publication, answer)

    async def find(self, publication: Publication) -> Receipt | None:
        answer = await self.ask("GET", publication.mark)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self.failure("GET", answer)
        if not isinstance(answer.json, dict):
            raise Unavailable(f"{self._name} answers GET with something that is no JSON object; is it the receiver?")
        text = answer.json.get("text")
        if isinstance(text, str) and text != publication.text:
            raise Refused(f"{self._name} has another text under the mark {publication.mark}: {shown(text)!r}")
        pictures = _hashes(answer.json.get("media"))
        if pictures is not None and pictures != [picture.sha256 for picture in publication.media]:
            raise Refused(f"{self._name} has our text under the mark {publication.mark} with another picture")
        return self._receipt(publication, answer)

    async def undo(self, publication: Publication) -> None:
        answer = await self.ask("DELETE", publication.mark)
        if answer.status not in (404, 410) and not _is_fine(answer):
            raise self.failure("DELETE", answer)
        if not self._settings.can_find:
            return
        after = await self.ask("GET", publication.mark)
        if after.status not in (404, 410):
            raise Unavailable(f"{self._name} deleted {publication.mark}, and answers {after.status} when asked for it")

    async def ask(self, method: str, mark: str) -> Answer:
        """A question about a mark, with its signature."""
        query = urlencode({"mark": mark}, quote_via=quote)
        joint = "&" if urlsplit(self._account.url).query else "?"
        headers = self._signed(f"{method} {query}".encode())
        return await self._call(Question(method, f"{self._account.url.rstrip('?&')}{joint}{query}", headers))

    def failure(self, method: str, answer: Answer) -> BonmotError:
        """What an answer means; its first words are the receiver's own."""
        words = answer.body.decode(errors="replace").strip()
        about = answer.json.get("error") if isinstance(answer.json, dict) else None
        said = f"{self._name}: {method} is answered {answer.status}: {shown(about or words or 'without a reason')}"
        return failure(answer, said, now=self._clock.now(), for_a_person=NOT_LET_IN)

    async def _send(self, body: bytes, mark: str) -> Answer:
        headers = {"Content-Type": "application/json", "Idempotency-Key": mark} | self._signed(body)
        return await self._call(Question("POST", self._account.url, headers, body))

    async def _call(self, question: Question) -> Answer:
        return await call(self._http, question, timeout_secs=self._settings.timeout_secs)

    def _signed(self, what: bytes) -> dict[str, str]:
        stamp = str(int(self._clock.now().timestamp()))
        return {TIMESTAMP: stamp, SIGNATURE: signature(self._account.secret, stamp, what)}

    def _receipt(self, publication: Publication, answer: Answer) -> Receipt:
        about = answer.json if isinstance(answer.json, dict) else {}
        number, url = about.get("id"), about.get("url")
        named = number if isinstance(number, str) and 0 < len(number) <= MOST_ID_CHARS else publication.mark
        shown_at = url if isinstance(url, str) and url.startswith(("https://", "http://")) else None
        return Receipt(named, shown_at, self._clock.now())


def signature(secret: str, timestamp: str, what: bytes) -> str:
    """The value of the signature's header."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + what, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def message_of(publication: Publication) -> bytes:
    """The message, the same to the last byte each time: its time is that of the approval."""
    message: dict[str, Any] = {
        "id": publication.proposal,
        "account": publication.account,
        "text": publication.text,
        "mark": publication.mark,
        "created_at": to_text(publication.created_at),
        "languages": list(publication.languages),
    }
    media = [_medium(picture, data) for picture, data in with_files(publication)]
    return to_json(message | ({"media": media} if media else {}))


def _medium(picture: Picture, data: bytes) -> dict[str, Any]:
    about = {"name": picture.name, "type": picture.kind, "alt": picture.alt, "width": picture.width}
    about |= {"height": picture.height, "size": picture.size, "sha256": picture.sha256}
    return about | {"made_with_ai": picture.made_with_ai, "data": base64.b64encode(data).decode("ascii")}


def _hashes(media: Any) -> list[Any] | None:
    """Which pictures a receiver says that it has; None where it does not say."""
    return [one.get("sha256") for one in media if isinstance(one, dict)] if isinstance(media, list) else None


def bare(name: str) -> str:
    """Case does not matter in names, nor does an @ before one."""
    return name.removeprefix("@").casefold()


def _is_fine(answer: Answer) -> bool:
    return 200 <= answer.status < 300
