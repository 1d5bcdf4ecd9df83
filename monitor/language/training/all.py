"""Trains every head of the plan and writes it beside its model card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from monitor.language.lexicon import SUFFIX, save_lexicon
from monitor.language.store import save_head
from monitor.language.training import meanings, points
from monitor.language.training.card import card
from monitor.language.training.plan import PLANS, Trained, read_all, train


def train_all(root: Path, out: Path, *, encoder: Path | None, tell: Callable[[str], None]) -> list[Trained]:
    """Read the sets below `root`, train, write NAME.npz, NAME.md and figures.json to `out`; `tell` hears how far it is.

    Raises BadInput where a set or the encoder cannot be read, OSError where `out` cannot be written.
    """
    tell(f"reading the labelled sets below {root}")
    sets = read_all(root)
    known, said = meanings.none(), "with no encoder"
    if encoder is not None:
        asking = [sets[plan.name].train.texts for plan in PLANS if plan.recipe.meaning]
        texts = [text for each in asking for text in each]
        known = meanings.meanings(encoder, texts, tell)
        save_lexicon(points.lexicon(encoder, texts, tell), out / f"english{SUFFIX}")
        said = "told by all-MiniLM-L6-v2 (Apache-2.0) which words mean alike"
    made = []
    for place, plan in enumerate(PLANS, 1):
        tell(f"{place} of {len(PLANS)}: {plan.name}, {len(sets[plan.name].train):,} posts")
        trained = train(plan, sets[plan.name], known)
        size = save_head(trained.head, out).stat().st_size
        (out / f"{plan.name}.md").write_text(card(trained, size=size, encoder=said), encoding="utf-8")
        made.append(trained)
    told = {one.plan.name: {name: round(value, 4) for name, value in one.figures.items()} for one in made}
    (out / "figures.json").write_text(f"{json.dumps(told, indent=2)}\n", encoding="utf-8")
    return made
