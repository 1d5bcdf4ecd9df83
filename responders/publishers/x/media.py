"""A picture goes to X before the post that shows it: the bytes, a look whether they are ready, then the alt text.

docs.x.com/x-api/media: one call is enough for a picture; its number is good for days, and shows nowhere by itself.
"""

from __future__ import annotations

import re
from typing import Any

from monitor.budget import Purse
from monitor.clock import Clock
from monitor.errors import AuthNeeded, Refused, Unavailable
from responders.calling import shown, to_json
from responders.forms import form
from responders.model import Picture
from responders.publishers.x.client import Client

LOOKS = 8
LOOK_SECS = 1.0
MOST_WAIT_SECS = 5.0
"""How long X's own wish for the next look is followed; after the last the publication waits for its next try."""
_ID = re.compile(r"[0-9]{1,20}")


async def upload(client: Client, picture: Picture, data: bytes, *, clock: Clock, purse: Purse) -> str:
    """The number of the picture, ready to be shown, with its alt text, which costs. No post has left when this fails.

    Raises Refused where X does not want it.
    """
    try:
        sent = form({"media_category": "tweet_image"}, name="media", file=(picture.name, picture.kind, data))
        about = _about((await client.send("/2/media/upload", sent)).json)
        number = about.get("id")
        if not isinstance(number, str) or not _ID.fullmatch(number):
            raise Unavailable("X took the picture and did not say under which number")
        await _ready(client, number, about, clock=clock)
        await _describe(client, number, picture.alt, purse=purse)
    except Unavailable as error:
        raise Unavailable(str(error), retry_after_secs=error.retry_after_secs, sent=False) from error
    except Refused as error:
        raise Refused(f"the picture is not taken: {error}") from error
    return number


async def _ready(client: Client, number: str, about: dict[str, Any], *, clock: Clock) -> None:
    for _ in range(LOOKS):
        work = about.get("processing_info")
        state = work.get("state") if isinstance(work, dict) else "succeeded"
        if state == "succeeded":
            return
        if state == "failed":
            error = work.get("error") if isinstance(work, dict) else None
            words = error.get("message") if isinstance(error, dict) else None
            raise Refused(f"X cannot work with it: {shown(words or 'without a reason')}")
        wish = work.get("check_after_secs") if isinstance(work, dict) else None
        secs = float(wish) if isinstance(wish, int | float) and not isinstance(wish, bool) else LOOK_SECS
        await clock.sleep(min(max(secs, LOOK_SECS), MOST_WAIT_SECS))
        about = _about((await client.get("/2/media/upload", {"command": "STATUS", "media_id": number})).json)
    raise Unavailable("X still works on the picture")


async def _describe(client: Client, number: str, alt: str, *, purse: Purse) -> None:
    purse.pay("media_metadata")
    try:
        await client.post("/2/media/metadata", to_json({"id": number, "metadata": {"alt_text": {"text": alt}}}))
    except (AuthNeeded, Refused):
        purse.give_back("media_metadata")
        raise
    except Unavailable as error:
        if not error.sent:
            purse.give_back("media_metadata")
        raise


def _about(answer: Any) -> dict[str, Any]:
    data = answer.get("data") if isinstance(answer, dict) else None
    return data if isinstance(data, dict) else {}
