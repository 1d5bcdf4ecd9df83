"""What a silence makes of a judgement: nobody is asked, and the reason says who wanted it so. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import Opportunity, Score, Verdict
from monitor.pipeline import ASKS, Judgement
from responders.model import Silence
from responders.silencing import silence_on


def muted(
    judgement: Judgement, silences: Sequence[Silence], now: datetime
) -> tuple[Judgement, tuple[Opportunity, ...]]:
    """The judgement with `ignore` where a silence covers a brand's offer, and the opportunities that fell away.

    What is blocked stays blocked: a silence makes nothing look less grave.
    """
    if not silences:
        return judgement, ()
    scores = tuple(_heard(judgement, score, silences, now=now) for score in judgement.scores)
    silent = {score.brand for score, before in zip(scores, judgement.scores, strict=True) if score is not before}
    kept = tuple(one for one in judgement.opportunities if one.brand not in silent)
    gone = tuple(one for one in judgement.opportunities if one.brand in silent)
    return replace(judgement, scores=scores, opportunities=kept), gone


def _heard(judgement: Judgement, score: Score, silences: Sequence[Silence], *, now: datetime) -> Score:
    if score.verdict not in ASKS:
        return score
    silence = silence_on(judgement.trend, score.brand, silences, now=now)
    if silence is None:
        return score
    why = f"silenced by {silence.person} until {silence.until:%d %b %H:%M} UTC: {silence.term!r}, {silence.why}"
    return replace(score, verdict=Verdict.IGNORE, tier=0, why=why)
