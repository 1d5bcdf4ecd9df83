"""How well names are found, by the measure of the sets' own publications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.language.names.tagger import Tagger, spans_of
from monitor.language.training.names.posts import Marked, Tagged

BATCH = 64


def f1(posts: Sequence[Tagged], said: Sequence[Sequence[str]], *, only: str = "") -> float:
    """Names rightly found, kind and both ends, over those found or there (CoNLL 2003), in per cent.

    `only` leaves all kinds but one out.
    """
    both = either = 0
    for post, tags in zip(posts, said, strict=True):
        right, found = ({span for span in spans_of(row) if span[0] == (only or span[0])} for row in (post.tags, tags))
        both += len(right & found)
        either += len(right) + len(found)
    return 200 * both / either if either else 0.0


def figures_of(
    tagger: Tagger, sets: Mapping[str, Marked], *, splits: Sequence[str] = ("val", "test")
) -> dict[str, float]:
    """F1 of each scheme on its own splits, of all kinds (`emerging_test`) and of each (`emerging_test_work`)."""
    found = {}
    for scheme, one in sets.items():
        for split in splits:
            posts = one.splits()[split]
            said = said_of(tagger, posts, scheme)
            found[f"{scheme}_{split}"] = f1(posts, said)
            for kind in sorted({tag[2:] for tag in one.tags[1:]}):
                found[f"{scheme}_{split}_{kind}"] = f1(posts, said, only=kind)
    return found


def said_of(tagger: Tagger, posts: Sequence[Tagged], scheme: str) -> list[list[str]]:
    """The tags of each post, as the program tells them."""
    order = sorted(range(len(posts)), key=lambda place: len(posts[place].words))
    found: dict[int, list[str]] = {}
    for begin in range(0, len(order), BATCH):
        part = order[begin : begin + BATCH]
        found.update(zip(part, tagger.tags([posts[place].words for place in part], scheme), strict=True))
    return [found[place] for place in range(len(posts))]
