"""Ordinary chatter between the posts of a recording, up to the volume the whole collection had. Pure but for reading.

Three recordings hold the tenth of the posts that somebody's detector put into a cluster; how many there were in each
second is known. Filling the seconds up gives back the noise in which the happenings have to be found.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from random import Random

from monitor.clock import from_text
from monitor.errors import BadInput
from monitor.model import Post

TRACKED_SHARE = 1 / 3
"""Of the chatter, so many carry one of the words the collector followed: they were collected for it."""
SEED = 1
LABELLED = ("emotion", "irony", "offensive", "sentiment")
"""Folders of everyday posts on every subject; the sets on hate, stance and disasters are about single subjects."""


def thicken(
    posts: Sequence[Post], volumes: Mapping[int, int], texts: Sequence[str], *, terms: Sequence[str], seed: int = SEED
) -> list[Post]:
    """The posts and so much chatter that each second (of the epoch) of `volumes` holds as many as it says.

    Chatter is drawn from `texts` without repeating one before all were used; the same seed gives the same posts. A
    second that holds more already stays as it is. Raises ValueError for volumes without texts to fill them.
    """
    if volumes and not texts:
        raise ValueError("there is no text to fill the volumes with")
    random = Random(seed)  # noqa: S311 - chatter, no secret
    deck = _deck(texts, random)
    own = Counter(int(post.created_at.timestamp()) for post in posts)
    platform = posts[0].platform if posts else "x"
    added = [
        _chatter(f"chatter-{second}-{number}", platform, second, text=_said(next(deck), terms, random), random=random)
        for second, volume in sorted(volumes.items())
        for number in range(volume - own[second])
    ]
    return sorted([*posts, *added], key=attrgetter("created_at"))


def _deck(texts: Sequence[str], random: Random) -> Iterator[str]:
    while True:
        yield from random.sample(texts, len(texts))


def _said(text: str, terms: Sequence[str], random: Random) -> str:
    """The text, every third time with a tracked word before or behind it."""
    if not terms or random.random() >= TRACKED_SHARE:
        return text
    term = random.choice(terms)
    return f"{term} {text}" if random.random() < 0.5 else f"{text} {term}"


def _chatter(key: str, platform: str, second: int, *, text: str, random: Random) -> Post:
    at = datetime.fromtimestamp(second, UTC) + timedelta(milliseconds=random.randrange(1000))
    return Post(id=key, platform=platform, created_at=at, text=text)


def read_volumes(path: Path) -> dict[int, int]:
    """Posts by second of the epoch, from a `second,posts` table. Raises BadInput for what is none."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            return {int(from_text(row["second"]).timestamp()): int(row["posts"]) for row in csv.DictReader(file)}
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: is no packed table of `second,posts`: {error}") from error


def read_texts(nlp: Path) -> list[str]:
    """Everyday posts below the folder of labelled text, without their labels; an empty line is none."""
    files = [nlp / "semeval_sentiment" / "train.tsv.gz"]
    files += [path for name in LABELLED for path in sorted((nlp / "tweeteval" / name).glob("*_text.txt*"))]
    return [text for path in files if path.exists() for text in _texts(path) if text]


def _texts(path: Path) -> Iterator[str]:
    """One text a line; of a table the last column."""
    packed = path.read_bytes()
    lines = io.BytesIO(gzip.decompress(packed) if path.suffix == ".gz" else packed)
    is_table = ".tsv" in path.name
    for number, line in enumerate(lines):  # bytes are split at the newline alone, not at Unicode's other line breaks
        text = line.decode("utf-8").strip()
        if is_table and number == 0:
            continue
        yield text.rsplit("\t", 1)[-1] if is_table else text
