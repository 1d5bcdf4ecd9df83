"""One card for scripts. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.clock import to_text
from responders.approvals import Card
from responders.model import Draft, Picture


def to_json(card: Card) -> dict[str, Any]:
    """One card for scripts; texts are exact, times as `to_text` writes them."""
    p = card.proposal
    return {
        "id": p.id,
        "opportunity": p.opportunity,
        "brand": p.brand,
        "account": p.account,
        "trend": p.trend_name,
        "tier": p.tier,
        "state": p.state.value,
        "revision": p.revision,
        "text": p.text,
        "media": [_picture_json(picture) for picture in p.media],
        "edited_by": p.edited_by,
        "drafts": [_draft_json(draft) for draft in p.drafts],
        "approvers": list(p.approvers),
        "needed": p.needed,
        "approvals": [{"person": a.person, "revision": a.revision, "at": to_text(a.at)} for a in p.approvals],
        "created_at": to_text(p.created_at),
        "deadline": to_text(p.deadline),
        "snoozed_until": _maybe_text(p.snoozed_until),
        "send_after": _maybe_text(p.send_after),
        "receipt": None if p.receipt is None else {"id": p.receipt.platform_id, "url": p.receipt.url},
        "reason": p.reason,
        "moved_by": p.moved_by,
        "moved_at": to_text(p.moved_at),
    }


def _draft_json(draft: Draft) -> dict[str, Any]:
    measures = [{"name": m.name, "value": m.value, "weight": m.weight, "why": m.why} for m in draft.measures]
    plain = {"account": draft.account, "text": draft.text, "template": draft.template}
    media = [_picture_json(picture) for picture in draft.media]
    return plain | {"model": draft.model, "rank": round(draft.rank, 4), "measures": measures, "media": media}


def _picture_json(picture: Picture) -> dict[str, Any]:
    return {name: getattr(picture, name) for name in ("name", "kind", "alt", "sha256", "width", "height", "size")}


def _maybe_text(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)
