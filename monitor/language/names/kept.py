"""The tagger as a file: arrays and names in one compressed npz, nothing that runs when it is read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import BadState
from monitor.language.names.encoder import LAYER, Coarse, Encoder, Floats, Layer, Line, Norm
from monitor.language.names.pieces import Pieces
from monitor.language.names.tagger import Scheme, Tagger

FORMAT = "bonmot names 1"
"""Raised whenever words or pieces are found differently, so that weights never meet what they were not trained on."""
FILE = "names.npz"
MOST_STEPS = 127

Arrays = dict[str, NDArray[Any]]


def save(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any], folder: Path) -> Path:
    """Write `folder/names.npz`; the same arrays give the same bytes. Raises OSError where it cannot be written."""
    path = folder / FILE
    told = json.dumps({"format": FORMAT, **about}, sort_keys=True, ensure_ascii=False).encode()
    # A zip written by numpy bears no time, so training twice can be compared byte by byte.
    held: dict[str, Any] = {"about": np.frombuffer(told, np.uint8), **dict(sorted(arrays.items()))}
    np.savez_compressed(path, **held)
    return path


def load(path: Path) -> Tagger:
    """Read the tagger. Raises BadState for a file that is damaged or of another format."""
    try:
        # Opened here: numpy leaves a file it cannot read open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            about = json.loads(kept["about"].tobytes())
            if about["format"] != FORMAT:
                raise BadState(f"{path}: written as {about['format']!r}, expected {FORMAT!r}; run `bonmot train` again")
            return tagger_of({name: kept[name] for name in kept.files}, about)
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise BadState(f"{path}: cannot be read as names: {error!r}; run `bonmot train` again") from error


def encoder_of(arrays: Mapping[str, NDArray[Any]], kept: tuple[int, ...]) -> Encoder:
    """The encoder alone; its arrays are named as `stored_encoder` of the training room names them."""
    layers = []
    for depth in range(max(kept)):
        lines = {name: _line(arrays, f"layer{depth}.{name}") for name in LAYER}
        layers.append(Layer(lines, (_norm(arrays, f"layer{depth}.norm0"), _norm(arrays, f"layer{depth}.norm1"))))
    pieces = Coarse(arrays["pieces"], arrays["pieces.worth"])
    return Encoder(pieces, _coarse(arrays, "places").whole(), _norm(arrays, "norm"), tuple(layers), kept)


def tagger_of(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> Tagger:
    """The whole tagger from what the file holds."""
    schemes = {
        name: Scheme(
            tuple(tags), _line(arrays, f"{name}.line"), _coarse(arrays, f"{name}.follows").whole(), about["shy"][name]
        )
        for name, tags in about["tags"].items()
    }
    return Tagger(
        Pieces(about["vocabulary"]),
        encoder_of(arrays, tuple(about["kept"])),
        _line(arrays, "mix"),
        _coarse(arrays, "shapes").whole(),
        _coarse(arrays, "post_shapes").whole(),
        _coarse(arrays, "grams").whole(),
        tuple(_line(arrays, f"look{place}") for place in range(about["looks"])),
        schemes,
    )


def put(arrays: Arrays, name: str, matrix: Floats, *, most: int = MOST_STEPS) -> None:
    """Add one matrix in whole steps, at most so many up or down."""
    coarse = Coarse.of(matrix, most)
    arrays[name], arrays[f"{name}.worth"] = coarse.steps, coarse.worth


def _coarse(arrays: Mapping[str, NDArray[Any]], name: str) -> Coarse:
    return Coarse(arrays[name], arrays[f"{name}.worth"])


def _turned(arrays: Mapping[str, NDArray[Any]], name: str) -> Floats:
    return np.ascontiguousarray(_coarse(arrays, name).whole().T)


def _line(arrays: Mapping[str, NDArray[Any]], name: str) -> Line:
    return Line(_turned(arrays, name), arrays[f"{name}.bias"])


def _norm(arrays: Mapping[str, NDArray[Any]], name: str) -> Norm:
    return Norm(arrays[f"{name}.scale"], arrays[f"{name}.shift"])
