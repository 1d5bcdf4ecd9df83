"""A status's text as HTML, the way a Mastodon server writes it (held against recordings)."""

from __future__ import annotations

import html

import regex

LINK_CHARS = 30
_PARTS = regex.compile(
    r"(?P<link>https?://[^\s]+[\w/])|(?<![\w/])#(?P<tag>\w*\p{L}\w*)|(?<![\w/])@(?P<user>\w+)@[\w.-]+\w"
)
_CURLED = {'"': "\u201d", "'": "\u2019"}


def markup(text: str, *, rewrites: bool = False) -> str:
    """Paragraphs, line ends, links, tags and mentions. `rewrites` curls quotes and shortens links for good."""
    paragraphs = regex.split(r"\n{2,}", text.strip())
    return "".join(f"<p>{_line(part, rewrites).replace(chr(10), '<br />')}</p>" for part in paragraphs)


def _line(text: str, rewrites: bool) -> str:
    done, at = "", 0
    for found in _PARTS.finditer(text):
        done += _plain(text[at : found.start()], rewrites)
        if found["link"]:
            done += _short(found["link"]) if rewrites else _link(found["link"])
        elif found["tag"]:
            tag = found["tag"]
            done += f'<a href="/tags/{tag.lower()}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
        else:
            done += (
                f'<span class="h-card" translate="no"><a class="u-url mention">@<span>{found["user"]}</span></a></span>'
            )
        at = found.end()
    return done + _plain(text[at:], rewrites)


def _plain(text: str, rewrites: bool) -> str:
    return html.escape("".join(_CURLED.get(char, char) for char in text) if rewrites else text, quote=False)


def _link(link: str) -> str:
    """All of it is there; what does not fit is only hidden from the eye."""
    scheme, rest = link.split("//", 1)
    seen, hidden = html.escape(rest[:LINK_CHARS]), html.escape(rest[LINK_CHARS:])
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(link)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}//</span><span class="{kind}">{seen}</span>'
        f'<span class="invisible">{hidden}</span></a>'
    )


def _short(link: str) -> str:
    return f'<a href="{html.escape(link)}">{html.escape(link.split("//", 1)[1][:LINK_CHARS])}</a>'
