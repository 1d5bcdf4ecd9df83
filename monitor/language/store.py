"""A head as a file: arrays and names in one compressed npz, nothing that runs when it is read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from monitor.errors import BadState
from monitor.language.grams import BITS
from monitor.language.heads import Head

SUFFIX = ".npz"
FORMAT = f"bonmot head 1, {BITS} bits"
"""Raised whenever features are found differently, so that weights never meet features they were not trained on."""


def save_head(head: Head, folder: Path) -> Path:
    """Write `folder/NAME.npz`; the same head gives the same bytes. Raises OSError where it cannot be written."""
    path = folder / f"{head.name}{SUFFIX}"
    about = {"format": FORMAT, "name": head.name, "labels": head.labels, "languages": head.languages}
    # A zip written by numpy bears no time, so training twice can be compared byte by byte.
    np.savez_compressed(
        path,
        about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        weights=head.weights,
        scales=head.scales,
        bias=head.bias,
        lean=head.lean,
    )
    return path


def load_head(path: Path) -> Head:
    """Read one head. Raises BadState for a file that is damaged or of another format."""
    try:
        # Opened here: numpy leaves a file it cannot read open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            about = json.loads(kept["about"].tobytes())
            arrays = {name: kept[name] for name in ("weights", "scales", "bias", "lean")}
        if about["format"] != FORMAT:
            raise BadState(f"{path}: written as {about['format']!r}, expected {FORMAT!r}; run `bonmot train` again")
        return Head(about["name"], tuple(about["labels"]), tuple(about["languages"]), **arrays)
    except (OSError, EOFError, KeyError, TypeError, AttributeError, ValueError, zipfile.BadZipFile) as error:
        raise BadState(f"{path}: not a head of ours: {error}") from error
