"""The model card of a head: what it learned from, how good it is and where not to trust it, in Markdown."""

from __future__ import annotations

from monitor.language.training.fit import Recipe
from monitor.language.training.plan import Trained

SEED = "none needed: nothing is drawn by chance"
MOST_ERROR = 0.05
"""A probability that is off by more misleads whoever weighs it."""
NO_POSTS = (
    "The weights hold numbers for hashed words and letters, no post and no name. The posts themselves are not shipped. "
    "Trained on published research sets only; whoever ships the weights commercially reads the sets' own terms first."
)


def card(trained: Trained, *, size: int, encoder: str) -> str:
    """Markdown; `size` is of the weights in bytes, `encoder` says what was told of words beforehand."""
    plan, found = trained.plan, trained.figures
    aims = f"Calibration error below {MOST_ERROR}: {_reached(found['test_error'] < MOST_ERROR)}."
    if plan.bar is not None:
        aims = f"Above {plan.bar:.1f} (fastText, TweetEval's table): {_reached(found['test'] > plan.bar)}. {aims}"
    model = (
        f"- Model: logistic regression over hashed words, pairs of words and runs of 2 to 5 letters"
        f"{f', {encoder}' if plan.recipe.meaning else ''}; 8-bit weights, {size:,} bytes."
    )
    lean = ", ".join(f"{value:+.2f}" for value in trained.head.lean)
    return "\n".join(
        [
            f"# Head: {plan.name}",
            "",
            f"Labels: {', '.join(trained.head.labels)}.",
            "",
            f"Languages: {', '.join(plan.languages)}; any other is answered `unknown`.",
            "",
            f"- Data: {plan.source}",
            f"- Licence: {NO_POSTS}",
            model,
            f"- Chosen: {_chosen(plan.recipe)}, lean {lean}. The test split chose nothing.",
            f"- Seed: {SEED}.",
            "",
            "| split | posts | " + plan.measured_by + " | calibration error |",
            "|---|---|---|---|",
            f"| train | {_posts(trained, 'train')} | | |",
            f"| validation | {_posts(trained, 'val')} | {found['val']:.2f} | {found['val_error']:.3f} |",
            f"| test | {_posts(trained, 'test')} | {found['test']:.2f} | {found['test_error']:.3f} |",
            "",
            f"Aims on the test split: {aims}",
            "",
            f"Limits: {plan.limits}",
            "",
        ]
    )


def _chosen(recipe: Recipe) -> str:
    """How, on what and what was chosen."""
    on = "on the validation split"
    if recipe.folds:
        on = f"on train and validation in {recipe.folds} parts, each judged by what the others taught (both teach)"
    extras = []
    if recipe.apart:
        extras.append("labels count alike among the posts of each word the set was collected by")
    if recipe.trust < 1:
        extras.append(
            f"{recipe.trust:.0%} of the slope is kept, as posts of a year or a subject kept out of training asked for"
        )
    return "; ".join([on, *extras, f"strength {recipe.strength:g}, slope and shifts of the calibration"])


def _reached(is_reached: bool) -> str:
    return "reached" if is_reached else "not reached"


def _posts(trained: Trained, split: str) -> str:
    return ", ".join(f"{count:,} {label}" for label, count in trained.sizes[split].items())
