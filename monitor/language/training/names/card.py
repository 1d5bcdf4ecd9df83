"""The model card of the tagger of names, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.language.training.names.posts import KINDS
from monitor.language.training.names.recipe import Recipe

BARS = {"emerging": 40.0, "broad": 70.0}
"""F1 on the official test split that is asked for."""
SETS = {
    "emerging": "WNUT-17, emerging and rare entities (Derczynski and others, W-NUT 2017; CC BY 4.0)",
    "broad": "Broad Twitter Corpus (Derczynski and others, COLING 2016; CC BY 4.0)",
}
LICENCE = (
    "The encoder's layers are those of all-MiniLM-L6-v2 (Apache-2.0), rounded; what was taught on top of them comes "
    "from posts under CC BY 4.0, which are not shipped."
)
LIMITS = (
    "English only; a text too short to tell its language is not read. Names in small letters are found less often. "
    "Works and products are found rarely: there are few in the training posts. A kind is a guess from one post; only "
    "the share of many voices is steady. How sure it is of a name is not told. All posts are older than 2018."
)

Figures = Mapping[str, float]
Sizes = Mapping[str, tuple[int, int]]
"""Split -> posts and names."""


def card(figures: Figures, sizes: Mapping[str, Sizes], *, recipe: Recipe, size: int) -> str:
    """Markdown; `size` is of the weights in bytes, figures are in per cent."""
    kept = ", ".join(map(str, recipe.layers))
    model = (
        f"{max(recipe.layers)} layers of all-MiniLM-L6-v2, read after layers {kept}; case and "
        f"hashed letters of each word; two looks at its neighbours and a CRF; {size:,} bytes. "
        "numpy alone reads it."
    )
    chosen = (
        f"on the validation splits: {recipe.rounds} rounds and dropout {recipe.dropped:g} of four recipes, and what is "
        "taken from `O`. The test splits chose nothing."
    )
    parts = [
        "# Names: who and what is spoken of",
        "",
        "Two schemes over one encoder, each told by a matrix of its own. Languages: en; any other is answered None.",
        "",
        f"- Data: {'; '.join(SETS.values())}; official splits, no post of a validation or test split in training.",
        f"- Licence: {LICENCE}",
        f"- Model: {model}",
        f"- Chosen: {chosen}",
        f"- Seed: {recipe.seed}.",
        "",
    ]
    for scheme in SETS:
        parts += _table(scheme, figures, sizes[scheme])
    return "\n".join([*parts, f"Limits: {LIMITS}", ""])


def _table(scheme: str, figures: Figures, sizes: Sizes) -> list[str]:
    kinds = sorted(KINDS[scheme].values())
    head = ["split", "posts", "names", "F1", *kinds]
    rows = [f"## {scheme}: {SETS[scheme]}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for split, (posts, names) in sizes.items():
        found = [figures.get(f"{scheme}_{split}{end}") for end in ("", *(f"_{kind}" for kind in kinds))]
        cells = ["" if one is None else f"{one:.2f}" for one in found]
        rows.append(f"| {split} | {posts:,} | {names:,} | {' | '.join(cells)} |")
    bar, is_reached = BARS[scheme], figures[f"{scheme}_test"] > BARS[scheme]
    return [*rows, "", f"Above {bar:.0f} on the test split: {'reached' if is_reached else 'not reached'}.", ""]
