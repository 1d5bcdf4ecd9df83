"""The encoder under the tagger: the lower layers of all-MiniLM-L6-v2 (Apache-2.0), rounded to few steps a row.

Read from a folder: `model.safetensors` and its `vocab.txt`. The file is a list of arrays behind a header in JSON
(https://github.com/huggingface/safetensors, "Format"): nothing in it runs.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np

from monitor.errors import BadInput
from monitor.language.names.encoder import LAYER, LONGEST, Floats
from monitor.language.names.kept import Arrays, put

PINNED = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
"""SHA-256 of the files: others would make another tagger."""
PIECE_STEPS, LAYER_STEPS = 15, 31
"""Most steps up or down in a row of the vocabulary and of a layer's matrix. On sixty validation posts the rows keep a
cosine of 0.995 to the unrounded ones."""
_UNUSED = "[unused"
_OF_LAYER = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_NORMS = ("attention.output.LayerNorm", "output.LayerNorm")


def stored_encoder(folder: Path, layers: int) -> tuple[Arrays, list[str]]:
    """The arrays of the encoder as they are kept, and its vocabulary. Raises BadInput for any but the pinned files."""
    held, vocabulary = _tensors(_checked(folder, "model.safetensors")), _vocabulary(folder)
    numbers = [number for number, piece in enumerate(vocabulary) if _is_kept(piece)]
    arrays: Arrays = {}
    put(arrays, "pieces", held["embeddings.word_embeddings.weight"][numbers], most=PIECE_STEPS)
    places = held["embeddings.position_embeddings.weight"][: LONGEST + 2]
    put(arrays, "places", places + held["embeddings.token_type_embeddings.weight"][0])
    arrays |= _norm(held, "embeddings.LayerNorm", "norm")
    for depth in range(layers):
        for name, theirs in zip(LAYER, _OF_LAYER, strict=True):
            put(
                arrays,
                f"layer{depth}.{name}",
                held[f"encoder.layer.{depth}.{theirs}.weight"],
                most=LAYER_STEPS,
            )
            arrays[f"layer{depth}.{name}.bias"] = held[f"encoder.layer.{depth}.{theirs}.bias"]
        for place, theirs in enumerate(_NORMS):
            arrays |= _norm(held, f"encoder.layer.{depth}.{theirs}", f"layer{depth}.norm{place}")
    return arrays, [vocabulary[number] for number in numbers]


def _norm(held: dict[str, Floats], theirs: str, ours: str) -> Arrays:
    return {f"{ours}.scale": held[f"{theirs}.weight"], f"{ours}.shift": held[f"{theirs}.bias"]}


def _is_kept(piece: str) -> bool:
    """No place holders, and of longer pieces those in Latin letters alone: the tagger reads English."""
    return not piece.startswith(_UNUSED) and (len(piece.removeprefix("##")) == 1 or piece.isascii())


def _vocabulary(folder: Path) -> list[str]:
    return _checked(folder, "vocab.txt").decode("utf-8").removesuffix("\n").split("\n")


def _tensors(content: bytes) -> dict[str, Floats]:
    size = int.from_bytes(content[:8], "little")
    found = {}
    for name, about in json.loads(content[8 : 8 + size]).items():
        if isinstance(about, dict) and about.get("dtype") == "F32":
            begin, end = (8 + size + place for place in about["data_offsets"])
            found[name] = np.frombuffer(content[begin:end], "<f4").reshape(about["shape"])
    return found


def _checked(folder: Path, name: str) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise BadInput(f"{folder / name}: the encoder cannot be read: {error.strerror}") from error
    if (found := sha256(content).hexdigest()) != PINNED[name]:
        raise BadInput(
            f"{folder / name}: has sha256 {found}, expected {PINNED[name]}; it is not the file of the model card"
        )
    return content
