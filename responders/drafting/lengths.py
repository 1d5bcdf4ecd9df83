"""How long a text is for each platform, by the platform's own rule.

X: weighted length of twitter-text 3. Bluesky: 300 graphemes and 3,000 bytes of UTF-8. Mastodon: 500 characters, a link
counts 23 and a remote mention only its user part; whether an emoji sequence counts once is not promised, so code
points are counted and ten characters are left as a margin. Reddit: the first line is a title of 300 characters, the
rest a text of 40,000. A webhook's limit stands in its settings.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

from monitor.errors import BadInput
from responders.drafting.letters import WEIGHED_EMOJI
from responders.drafting.links import links

X_LIMIT = 280
X_LINK = 23
X_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that weigh 1; every other weighs 2."""

BLUESKY_GRAPHEMES = 300
BLUESKY_BYTES = 3000

MASTODON_LIMIT = 500
MASTODON_MARGIN = 10
MASTODON_LINK = 23

REDDIT_TITLE = 300
REDDIT_TEXT = 40_000

_GRAPHEME = regex.compile(r"\X")
_REMOTE_MENTION = regex.compile(r"(?<![\w/@])@(\w+(?:[.-]+\w+)*)@[\w-]+(?:\.[\w-]+)+", regex.I)


@dataclass(frozen=True, slots=True)
class Length:
    """What a text uses of a platform's limit; `limit` is None where there is none."""

    used: int
    limit: int | None
    unit: str

    @property
    def fits(self) -> bool:
        return self.limit is None or self.used <= self.limit

    @property
    def over(self) -> int:
        """How much has to go; 0 for a text that fits."""
        return 0 if self.limit is None else max(0, self.used - self.limit)


def measure(platform: str, text: str) -> Length:
    """The length of `text` on `platform`, by the rule nearest to its limit. Raises BadInput for an unknown one."""
    rule = _RULES.get(platform)
    if rule is None:
        raise BadInput(f"no length rule for the platform {platform!r}; known: {', '.join(sorted(_RULES))}")
    return rule(text)


def limit_text(platform: str) -> str:
    """The platform's rule in a sentence: `At most 280 weighted characters.`; without a limit or a rule it says so."""
    try:
        length = measure(platform, "")
    except BadInput:
        return "Nobody knows how long a text may be there."
    if length.limit is None:
        return "There is no limit."
    link = _LINKS.get(platform)
    return f"At most {length.limit} {length.unit}{f'; a link counts {link}' if link else ''}."


def x_weight(text: str) -> int:
    """The weighted length of twitter-text 3: composed form, then links, then emoji, then single characters."""
    text = unicodedata.normalize("NFC", text)
    used, at = 0, 0
    for link in links(text):
        used += _x_plain(text[at : link.start]) + X_LINK
        at = link.end
    return used + _x_plain(text[at:])


def _x_plain(text: str) -> int:
    rest: str
    emoji: int
    rest, emoji = WEIGHED_EMOJI.subn("", text)
    return 2 * emoji + sum(1 if _is_light(ord(char)) else 2 for char in rest)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in X_LIGHT)


def _x(text: str) -> Length:
    return Length(x_weight(text), X_LIMIT, "weighted characters")


def _bluesky(text: str) -> Length:
    graphemes = Length(len(_GRAPHEME.findall(text)), BLUESKY_GRAPHEMES, "graphemes")
    size = Length(len(text.encode("utf-8", "surrogatepass")), BLUESKY_BYTES, "bytes")
    return size if size.used * BLUESKY_GRAPHEMES > graphemes.used * BLUESKY_BYTES else graphemes


def mastodon_chars(text: str, *, link_chars: int = MASTODON_LINK) -> int:
    """What a text uses on a server of Mastodon's kind; `link_chars` is what each server says that a link counts."""
    used, at = 0, 0
    for link in links(text, bare=False):
        used += len(without_servers(text[at : link.start])) + link_chars
        at = link.end
    return used + len(without_servers(text[at:]))


def without_servers(text: str) -> str:
    """The text with `@maya` in place of `@maya@social.example`, as Mastodon counts and shows it."""
    return _REMOTE_MENTION.sub(r"@\1", text)


def _mastodon(text: str) -> Length:
    return Length(mastodon_chars(text), MASTODON_LIMIT - MASTODON_MARGIN, "characters")


def title_and_text(text: str) -> tuple[str, str]:
    """The two parts of a submission on Reddit: the first line, and what stands below it."""
    title, _, rest = text.strip().partition("\n")
    return title.strip(), rest.strip()


def _reddit(text: str) -> Length:
    title, rest = title_and_text(text)
    head = Length(len(title), REDDIT_TITLE, "characters in the first line, which is the title")
    body = Length(len(rest), REDDIT_TEXT, "characters below the first line")
    return body if body.used * REDDIT_TITLE > head.used * REDDIT_TEXT else head


def _unlimited(text: str) -> Length:
    return Length(len(text), None, "characters")


_RULES: dict[str, Callable[[str], Length]] = {
    "x": _x,
    "bluesky": _bluesky,
    "mastodon": _mastodon,
    "reddit": _reddit,
    "console": _unlimited,
    "webhook": _unlimited,
}
_LINKS = {"x": X_LINK, "mastodon": MASTODON_LINK}
