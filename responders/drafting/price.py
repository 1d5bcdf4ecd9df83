"""What posting a text costs on its network. Pure."""

from __future__ import annotations

from monitor.prices import TARIFFS, usd_text
from responders.drafting.links import links


def act_of(text: str) -> str:
    """What X calls it in its price list: a link, `oreo.com` alone included, makes a post thirteen times dearer."""
    return "post_create_with_url" if links(text) else "post_create"


def price_text(account: str, text: str, *, pictures: int = 0) -> str:
    """`0.015 USD`; empty where posting is free. A picture's alt text costs as well."""
    tariff = TARIFFS.get(account.partition(":")[0])
    if tariff is None:
        return ""
    beside = tariff.cost("media_metadata") * pictures if pictures else 0
    return usd_text(tariff.cost(act_of(text)) + beside)
