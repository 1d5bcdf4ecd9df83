"""Whether the language model's endpoint answers, takes our key, and has the model."""

from __future__ import annotations

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError, Refused
from monitor.probing import Finding, Health, Question, ask, doubtful, failed, fine, json_of
from monitor.schema import DraftingSettings
from monitor.visible import visible

MOST_SHOWN = 5


async def probe(settings: DraftingSettings, http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """`GET /models`, which costs nothing anywhere; nothing is written by the model."""
    base = settings.base_url.rstrip("/")
    place = base.split("/")[2]
    headers = {"Authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}
    try:
        reply = await ask(http, f"{base}/models", clock, question=Question(headers))
        listed = json_of(reply, place)
    except AuthNeeded as error:
        return [failed(place, error, "look at drafting.api_key and the variable it refers to")]
    except Refused as error:  # some servers have no such page and write all the same
        return [doubtful(place, str(error), "look whether base_url ends with /v1; cards go out without the model")]
    except BonmotError as error:
        return [failed(place, error, "start the server, or remove `drafting`; cards go out without the model")]
    data = listed.get("data") if isinstance(listed, dict) else None
    names = [str(one["id"]) for one in data if isinstance(one, dict) and "id" in one] if isinstance(data, list) else []
    found = fine(place, "answers", ahead=reply.ahead_secs)
    if settings.model in names or any(name.startswith(f"{settings.model}:") for name in names):
        return [found, fine("model", f"{settings.model} is there")]
    known = ", ".join(visible(name)[:60] for name in names[:MOST_SHOWN]) or "nothing"
    said = f"{settings.model} is not in its list; it has {known}"
    return [found, Finding("model", Health.WARNING, said, "load the model, or write the name the server knows")]
