"""A picture goes to the server before the status that shows it, and may take a while to be ready there.

docs.joinmastodon.org/methods/media: v2 answers 200 or, while it is at work, 202; asked for, it answers 206 until it is
done and 422 where it failed. An upload that no status names is deleted by the server, so doing it again costs nothing.
"""

from __future__ import annotations

import re
from typing import Any

from monitor.clock import Clock
from monitor.errors import AuthNeeded, Refused, Unavailable
from responders.calling import Answer
from responders.forms import form
from responders.model import Picture
from responders.publishers.mastodon.client import Client, Forbidden

LOOKS = 12
LOOK_SECS = 1.0
"""So often, and so far apart, is asked whether it is ready; then the whole publication waits for its next try."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def upload(client: Client, picture: Picture, data: bytes, *, clock: Clock) -> str:
    """The id of the picture, ready to be shown. No status has left when this fails: `sent` is False.

    Raises Refused where the server does not want it.
    """
    try:
        sent = form({"description": picture.alt}, name="file", file=(picture.name, picture.kind, data))
        answer = await client.send("/api/v2/media", sent)
        number = _id(answer.json)
        for _ in range(LOOKS):
            if answer.status == 200 and _is_ready(answer):
                return number
            await clock.sleep(LOOK_SECS)
            answer = await client.look(f"/api/v1/media/{number}")
    except Unavailable as error:
        raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error
    except Forbidden as error:
        raise AuthNeeded(f"{error}; to show pictures the token needs write:media") from error
    except Refused as error:
        raise Refused(f"the picture is not taken: {error}") from error
    raise Unavailable(f"the picture is still being worked on after {LOOKS * LOOK_SECS:g} s", sent=False)


def _id(answer: Any) -> str:
    number = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(number, str) or not _ID.fullmatch(number):
        raise Unavailable("the server took the picture and did not say under which number")
    return number


def _is_ready(answer: Answer) -> bool:
    """Other servers of its kind answer 200 to an upload at once; Mastodon tells by an address that it is done."""
    about = answer.json
    return isinstance(about, dict) and isinstance(about.get("url") or about.get("preview_url"), str)
