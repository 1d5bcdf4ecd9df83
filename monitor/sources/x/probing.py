"""Whether X knows our token and takes our rules: both cost nothing, and nothing is read or changed."""

from __future__ import annotations

import aiohttp

from monitor.clock import Clock
from monitor.errors import AuthNeeded, BonmotError
from monitor.probing import Finding, ahead_secs, doubtful, failed, fine
from monitor.sources.x.api import Api
from monitor.sources.x.ruleset import PATH, wrong_rules
from monitor.sources.x.settings import Settings


async def probe(settings: Settings, _http: aiohttp.ClientSession, clock: Clock) -> list[Finding]:
    """The token, then the rules, which X reads with `dry_run` (docs.x.com, filtered-stream/integrate)."""
    host = settings.base_url.split("/")[2]
    api = Api(settings.base_url, settings.bearer_token, clock)
    try:
        head = (await api.get(PATH, door="rules")).headers
        wrong = await wrong_rules(api, settings.rules)
    except AuthNeeded as error:
        return [failed(host, error, "make a new bearer token of the app in X's developer console and export it")]
    except BonmotError as error:
        return [failed(host, error)]
    finally:
        await api.close()
    found = [fine(host, "knows the token", ahead=ahead_secs(head, clock.now()))]
    for name, why in wrong.items():
        found.append(doubtful(f"rule {name}", why, "mend the rule; X does not listen to it as it is"))
    return found if wrong else [*found, fine("rules", f"X takes all {len(settings.rules)}")]
