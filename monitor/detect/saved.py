"""A detector as bytes, to go on from after a restart: the form of what is kept, its arrays and its texts.

The bytes are a line that names the form, a digest of the settings, a checksum over what stands behind the line (both
BLAKE2b), and MessagePack packed with Zstandard. Nothing in them is ever run: they hold numbers and texts only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import pairwise
from typing import Any, get_args

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from monitor.detect.tokens import Hashes, Ints, Kinds
from monitor.errors import BadInput
from monitor.model import Post

Floats = NDArray[np.float64]

FORM = b"bonmot detector 3\n"
"""The number grows whenever a field below, or the hash of a word, a text or an id comes to mean something else."""
DIGEST_BYTES = 16
MAX_BYTES = 1 << 30
"""Unpacked; several times what a full detector takes."""
PACKING_LEVEL = 1
"""The fastest: saving must not keep the posts waiting."""
NOBODY = -1
"""Stands for the length of a text that is not there."""
COUNTS = ("author_followers", "likes", "reposts")
FLAGS = ("has_media",)
TEXTS = tuple(name for name in Post.__struct_fields__ if name not in (*COUNTS, *FLAGS, "created_at"))


class TextsState(msgspec.Struct, frozen=True):
    """Texts laid end to end, half a surrogate pair included."""

    lengths: Ints
    """In characters; NOBODY where there is no text."""
    letters: bytes


class DoorState(msgspec.Struct, frozen=True):
    """Both generations of cells, eight a byte."""

    new: NDArray[np.uint8]
    old: NDArray[np.uint8]
    count: int


class VocabularyState(msgspec.Struct, frozen=True):
    """The terms in use."""

    numbers: Ints
    hashes: Hashes
    door: DoorState


class WindowState(msgspec.Struct, frozen=True):
    """One window: its tables and plain numbers under their own names, its steps laid end to end."""

    now: Ints
    before: Ints
    posts_now: int
    posts_before: int
    seen_posts: int
    past: Floats
    past_posts: float
    spread: Floats
    foreseen: Floats
    gain: float
    count: int
    tested: float
    step_posts: list[int]
    step_sizes: list[int]
    """Terms in each step; the last one is still open."""
    step_numbers: Ints
    step_counts: Ints


class MeterState(msgspec.Struct, frozen=True):
    """What was counted."""

    vocabulary: VocabularyState
    texts: Ints
    """Numbers that stand for a whole text."""
    windows: list[WindowState]


class RecentState(msgspec.Struct, frozen=True):
    """The newest posts, as numbers of the post table, and their terms."""

    posts: Ints
    at: Floats
    kinds: Kinds
    sizes: Ints
    """Terms of each post."""
    numbers: Ints


class KeysState(msgspec.Struct, frozen=True):
    """Remembered keys in order, the newer and the older half."""

    new: Hashes
    old: Hashes


class CountsState(msgspec.Struct, frozen=True):
    """Texts and how often each was seen."""

    keys: KeysState
    counts: Ints
    """Beside the keys, the newer ones first."""


class DuplicatesState(msgspec.Struct, frozen=True):
    """What posts are compared with."""

    ids: KeysState
    texts: CountsState


class PlotState(msgspec.Struct, frozen=True):
    """Every field of a plot."""

    step_secs: int
    start_secs: float
    counts: list[int]


class LifeState(msgspec.Struct, frozen=True):
    """Every field of a life under its own name; posts are numbers of the post table."""

    id: str
    terms: dict[int, float]
    core: list[int]
    _is_pasted: bool
    window_secs: int
    significance: float
    expected_velocity: float
    detected_secs: float
    started_secs: float
    peaked_secs: float | None
    ended_secs: float | None
    name: TextsState
    named_voices: int
    shown: TextsState
    samples: list[int]
    posts: int
    voices: int
    evidence: list[tuple[int, int, float]]
    _authors: TextsState
    _is_authored: bool
    _recent: list[tuple[float, int]]
    _window_voices: int
    _peak: int
    _low: int
    has_returned: bool
    plot: PlotState


class HabitsState(msgspec.Struct, frozen=True):
    """When terms burst that were told of: a row for each term and window, their spells laid end to end."""

    hashes: Hashes
    windows: Ints
    """Seconds."""
    sizes: Ints
    """Spells of each."""
    begin_secs: Floats
    last_secs: Floats
    levels: Floats


class TrendsState(msgspec.Struct, frozen=True):
    """The trends, each once, and where each stands: a trend may both have ended lately and wait to be asked for."""

    count: int
    crowd: float
    crowd_at: float
    lives: list[LifeState]
    live: list[int]
    past: list[int]
    ended: list[int]
    habits: HabitsState


class PostsState(msgspec.Struct, frozen=True):
    """The post table by columns, a column of texts for each other field of a post."""

    created_at: list[datetime]
    others: dict[str, TextsState]


class DetectorState(msgspec.Struct, frozen=True):
    """Everything that what comes later depends on."""

    posts: PostsState
    meter: MeterState
    recent: RecentState
    duplicates: DuplicatesState
    trends: TrendsState
    pending: list[int]
    tick: int | None
    tick_end: datetime | None
    oldest: datetime | None
    known: int
    too_old: int


class PostTable:
    """Numbers for posts: a post is kept once, in however many places it is remembered."""

    def __init__(self) -> None:
        self._posts: list[Post] = []
        self._numbers: dict[int, int] = {}

    def number(self, post: Post) -> int:
        """The number of this very object."""
        number = self._numbers.setdefault(id(post), len(self._posts))
        if number == len(self._posts):
            self._posts.append(post)
        return number

    def state(self) -> PostsState:
        """The columns of all posts that have a number."""
        rows = (msgspec.structs.astuple(post) for post in self._posts)
        columns = dict(zip(Post.__struct_fields__, zip(*rows, strict=True), strict=bool(self._posts)))
        for name in COUNTS:  # as decimals: a stranger may claim more likes than 64 bits hold
            columns[name] = tuple(None if count is None else str(count) for count in columns.get(name, ()))
        for name in FLAGS:
            columns[name] = tuple(None if flag is None else "yes" if flag else "no" for flag in columns.get(name, ()))
        others = {name: pack_texts(columns.get(name, ())) for name in (*TEXTS, *COUNTS, *FLAGS)}
        return PostsState([post.created_at for post in self._posts], others)


def posts_of(state: PostsState) -> list[Post]:
    """The posts by their numbers. Raises ValueError and KeyError."""
    columns: dict[str, Sequence[Any]] = {name: unpack_column(state.others[name]) for name in (*TEXTS, *COUNTS, *FLAGS)}
    for name in COUNTS:
        columns[name] = [None if count is None else int(count) for count in columns[name]]
    for name in FLAGS:
        columns[name] = [None if flag is None else flag == "yes" for flag in columns[name]]
    columns["created_at"] = state.created_at
    return [Post(*row) for row in zip(*(columns[name] for name in Post.__struct_fields__), strict=True)]


def pack_texts(texts: Iterable[str | None]) -> TextsState:
    """Any texts, for `unpack_texts`."""
    texts = list(texts)
    there = [text for text in texts if text is not None]
    lengths = np.full(len(texts), NOBODY, np.int32)
    lengths[[text is not None for text in texts]] = [*map(len, there)]
    return TextsState(lengths, "".join(there).encode("utf-8", "surrogatepass"))


def unpack_texts(state: TextsState) -> list[str]:
    """The texts as they were, none of them missing. Raises ValueError where they are no texts."""
    return [text for text in unpack_column(state) if text is not None]


def unpack_column(state: TextsState) -> list[str | None]:
    """The texts as they were. Raises ValueError where they are no texts."""
    if (state.lengths == NOBODY).all():
        return [None] * state.lengths.size
    letters = state.letters.decode("utf-8", "surrogatepass")
    ends = np.concatenate([[0], np.cumsum(np.maximum(state.lengths, 0), dtype=np.int64)]).tolist()
    parts = [letters[start:end] for start, end in pairwise(ends)]
    return [part if length >= 0 else None for part, length in zip(parts, state.lengths.tolist(), strict=True)]


def pack(state: DetectorState, settings: object) -> bytes:
    """The bytes to keep; `settings` is the dataclass under which all of it was counted."""
    packed = zstandard.ZstdCompressor(level=PACKING_LEVEL).compress(_encoder.encode(state))
    rest = _settings_digest(settings) + packed
    return FORM + _digest(rest) + rest


def unpack(saved: bytes, settings: object) -> DetectorState:
    """What `pack` was given. Raises BadInput for bytes of another form, other settings, or damaged ones."""
    if not saved.startswith(FORM):
        is_ours = saved.startswith(FORM.rsplit(b" ", 1)[0])
        what = "is of another version" if is_ours else "is none of ours or damaged"
        raise BadInput(f"the saved detector {what}: {FORM!r} is looked for, it begins with {saved[: len(FORM)]!r}")
    digest, rest = saved[len(FORM) :][:DIGEST_BYTES], saved[len(FORM) + DIGEST_BYTES :]
    if digest != _digest(rest):
        raise BadInput("the saved detector is damaged: its checksum does not fit its content; start without it")
    if rest[:DIGEST_BYTES] != _settings_digest(settings):
        raise BadInput("the detector was saved under other settings: its counts mean something else; start without it")
    try:
        body = zstandard.ZstdDecompressor().decompress(rest[DIGEST_BYTES:], max_output_size=MAX_BYTES)
        return _decoder.decode(body)
    except (zstandard.ZstdError, msgspec.MsgspecError, MemoryError) as error:
        raise BadInput(f"the saved detector is damaged: {error}; start without it") from error


def _digest(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=DIGEST_BYTES).digest()


def _settings_digest(settings: object) -> bytes:
    return _digest(msgspec.json.encode(settings))


def _plain(value: object) -> object:
    """Arrays as type, length, places and bytes; where most is zero only the rest is kept, with its places."""
    if isinstance(value, np.ndarray):
        used = np.flatnonzero(value)
        if 2 * used.size < value.size:
            return value.dtype.str, value.size, _planes(used.astype(np.int32)), _planes(value[used])
        return value.dtype.str, value.size, None, _planes(value)
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} cannot be saved")


def _array(kind: object, value: Any) -> NDArray[Any]:
    """The array that `_plain` took apart, of the type that the field has. Raises ValueError and TypeError."""
    name, size, places, content = value
    dtype = np.dtype(get_args(get_args(kind)[1])[0])
    if name != dtype.str:
        raise ValueError(f"an array of {name} stands where one of {dtype.str} belongs")
    if places is None:
        return _from_planes(content, dtype, size)
    used = _from_planes(places, np.dtype(np.int32), len(places) // 4)
    array = np.zeros(min(size, MAX_BYTES // dtype.itemsize), dtype)
    array[used] = _from_planes(content, dtype, used.size)
    return array


def _planes(array: NDArray[Any]) -> bytes:
    """The first byte of every number, then every second one: what is alike stands together and packs well."""
    return np.ascontiguousarray(array).view(np.uint8).reshape(array.size, array.itemsize).T.tobytes()


def _from_planes(content: bytes, dtype: np.dtype[Any], size: int) -> NDArray[Any]:
    planes = np.frombuffer(content, np.uint8).reshape(dtype.itemsize, size)
    return planes.T.copy().view(dtype).reshape(size)


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
_decoder = msgspec.msgpack.Decoder(DetectorState, dec_hook=_array)
