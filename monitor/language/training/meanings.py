"""What a sentence encoder knows of single words, as one vector for each bucket of the heads' words.

The encoder is all-MiniLM-L6-v2 in 8 bits (Apache-2.0), read from a folder: `model.onnx` and its `vocab.txt`. It is used
in training alone; what it knows ends up in the heads' tables (the idea of model2vec: Tulkens and van Dongen, 2024).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from monitor.errors import BadInput
from monitor.language.grams import BUCKETS, plain, word_bucket, words_of
from monitor.language.heads import Floats

PINNED = {
    "model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
"""SHA-256 of the files: others would make other heads, and a stranger's model file is not run."""
DIMENSIONS = 256
"""Directions kept; half of them already lose what tells one feeling from another."""
SEEN_AT_LEAST = 3
"""Rarer words of the training posts are mostly typing errors, and each costs a call of the encoder."""
COMMON = 1e-3
"""A word in so large a share of posts counts half (smooth inverse frequency: Arora and others, ICLR 2017)."""
PIECES = 12
"""Of a word at most."""
BATCH = 256


def none() -> Floats:
    """Vectors of no dimensions: heads trained without an encoder."""
    return np.zeros((BUCKETS, 0), np.float32)


def meanings(folder: Path, texts: Sequence[str], tell: Callable[[str], None]) -> Floats:
    """Shape (BUCKETS, DIMENSIONS). Raises BadInput where the folder lacks the encoder; a minute or two of one core."""
    texts_with = Counter(word.lstrip("#@") for text in texts for word in set(words_of(plain(text))))
    check(folder)
    vocabulary = (folder / "vocab.txt").read_text("utf-8").split("\n")
    known = {word for word in vocabulary if word.isalnum()}
    words = sorted(known | {word for word, count in texts_with.items() if count >= SEEN_AT_LEAST})
    # The rarest first, so that of two words in one bucket the commoner stays.
    words.sort(key=lambda word: texts_with[word])
    tell(f"asking the encoder for the meaning of {len(words):,} words")
    vectors = _principal(encoded(folder, words))
    share = np.array([texts_with[word] for word in words]) / max(1, len(texts))
    vectors *= (COMMON / (COMMON + share))[:, None]
    table = np.zeros((BUCKETS, vectors.shape[1]), np.float32)
    for sign in ("#", ""):
        for word, vector in zip(words, vectors, strict=True):
            table[word_bucket(sign + word)] = vector
    return table


def _principal(vectors: Floats) -> Floats:
    """The strongest directions, scaled to a mean square of one."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    turned = centred @ directions[:, ::-1][:, :DIMENSIONS]
    scaled: Floats = (turned / turned.std()).astype(np.float32)
    return scaled


def encoded(folder: Path, words: list[str]) -> Floats:
    """What the encoder in the folder makes of each word alone: shape (words, 384)."""
    session, pieces = _session(folder / "model.onnx"), _pieces(folder / "vocab.txt", words)
    by_length: dict[int, list[int]] = defaultdict(list)
    for place, ids in enumerate(pieces):
        by_length[len(ids)].append(place)
    found: dict[int, Floats] = {}
    for places in by_length.values():
        for begin in range(0, len(places), BATCH):
            part = places[begin : begin + BATCH]
            batch = np.array([pieces[place] for place in part], np.int64)
            given = {"input_ids": batch, "attention_mask": np.ones_like(batch), "token_type_ids": np.zeros_like(batch)}
            found.update(zip(part, session.run(None, given)[0].mean(axis=1), strict=True))
    return np.stack([found[place] for place in range(len(words))]).astype(np.float32)


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums in one order: the same bytes twice
    return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])


def _pieces(path: Path, words: list[str]) -> list[list[int]]:
    from tokenizers import BertWordPieceTokenizer

    cutter = BertWordPieceTokenizer(str(path), lowercase=True)
    cutter.enable_truncation(PIECES)
    return [one.ids for one in cutter.encode_batch(words)]


def check(folder: Path) -> None:
    """Raises BadInput where the folder lacks the encoder of the model cards."""
    for name, wanted in PINNED.items():
        try:
            found = sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise BadInput(f"{folder / name}: the encoder cannot be read: {error.strerror}") from error
        if found != wanted:
            raise BadInput(f"{folder / name}: has sha256 {found}, expected {wanted}; it is not the file of the cards")
