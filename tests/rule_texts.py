"""Rules and posts made up for property tests: every operator of the language, over words that often meet."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from monitor.model import Post

WORDS = ("dark", "dunk", "out", "lights", "oreo", "café", "停電", "o'don", "a", "b")
WORD = st.sampled_from(WORDS)
PLAIN = st.sampled_from(("dark", "dunk", "out", "lights", "oreo", "a", "b"))
CONDITIONS = (
    *("from:nasa", "from:@NFL", "lang:en", "lang:pt", "site:example.com", "is:repost", "is:reply"),
    *("has:links", "has:media", "min_followers:100", "platform:x", "platform:bluesky"),
)
PATTERNS = ("/dun[kc]/", "/lights? out/", "/\\bo.t\\b/", "/(dark|oreo)s?$/", "/a b/")
TERM = st.one_of(
    WORD,
    WORD.map("#{}".format),
    WORD.map("@{}".format),
    WORD.map("{}*".format),
    st.just("😀"),
    st.lists(WORD, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
)
NEAR = st.tuples(PLAIN, st.integers(1, 7), PLAIN).map(lambda parts: f"{parts[0]} NEAR/{parts[1]} {parts[2]}")
LEAF = st.one_of(TERM, TERM, NEAR, st.sampled_from(CONDITIONS), st.sampled_from(PATTERNS))


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, inner).map(" ".join),
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]} -({parts[1]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"{parts[0]} ({parts[1]} OR -{parts[2]})"),
    )


RULE = st.recursive(LEAF, _larger, max_leaves=6)
"""Often a rule; what asks for nothing is refused."""
TEXT = st.lists(
    st.one_of(
        WORD,
        WORD.map(str.upper),
        WORD.map("#{}".format),
        WORD.map("@{}".format),
        st.sampled_from(("oreo's", "😀", "https://www.example.com/a", "http://news.example.com", "dunc", "light")),
    ),
    max_size=9,
).map(" ".join)


def _post(text: str, author: str | None, lang: str | None, flags: tuple[bool, bool, bool | None, int | None]) -> Post:
    repost, reply, media, followers = flags
    return Post(
        id="1",
        platform="x",
        created_at=datetime(2026, 2, 8, tzinfo=UTC),
        text=text,
        author=author,
        lang=lang,
        author_followers=followers,
        repost_of="0" if repost else None,
        reply_to="0" if reply else None,
        has_media=media,
    )


POST = st.builds(
    _post,
    TEXT,
    st.sampled_from((None, "nasa", "NFL", "somebody")),
    st.sampled_from((None, "en", "en-GB", "pt")),
    st.tuples(
        st.booleans(), st.booleans(), st.sampled_from((None, True, False)), st.sampled_from((None, 5, 100, 9999))
    ),
)
