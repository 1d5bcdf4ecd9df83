"""Text of every kind as markup: rich text, `mrkdwn`, plain text and dates. What people wrote is escaped, always.

Only http and https lead anywhere; what we do not know is shown by its type. Rules of `mrkdwn` and the tokens of dates
are those of docs.slack.dev, formatting-message-text and the rich text block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup, escape

from responders.sandbox.slack.words import Thing

EMOJI = {
    "+1": "👍", "thumbsup": "👍", "bomb": "💣", "eyes": "👀", "fire": "🔥", "hourglass": "⌛", "no_entry": "⛔",
    "double_vertical_bar": "⏸", "rotating_light": "🚨", "tada": "🎉", "warning": "⚠️", "wave": "👋", "x": "❌",
    "white_check_mark": "✅", "smile": "😄", "joy": "😂", "heart": "❤️", "lock": "🔒", "mega": "📣",
}  # fmt: skip
_MARK = re.compile(
    r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>|(?<!\w)\*(?P<bold>[^*\n]+)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)|(?<!\w)~(?P<strike>[^~\n]+)~(?!\w)|:(?P<emoji>[a-z0-9_+'-]+):",
    re.DOTALL,
)
_EMOJI = re.compile(r":([a-z0-9_+'-]+):")
_TAGS = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}
_DATE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what ids stand for, and when it is."""

    now: datetime
    users: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def text(found: object, names: Names) -> Markup:
    """A text object, or a bare text as messages have it."""
    if not isinstance(found, dict):
        return mrkdwn(str(found or ""), names)
    said = str(found.get("text", ""))
    if found.get("type") == "mrkdwn":
        return mrkdwn(said, names)
    return escape(_with_emoji(said) if found.get("emoji", True) else said)


def mrkdwn(said: str, names: Names) -> Markup:
    """Slack's own markup; lines that begin with `>` are a quote."""
    made: list[Markup] = []
    for line in said.split("\n"):
        body = line.removeprefix("&gt;").removeprefix(">")
        is_quote = body != line
        made.append(Markup("<blockquote>{}</blockquote>").format(_inline(body.lstrip(), names)) if is_quote
                    else _inline(line, names))  # fmt: skip
    return Markup("\n").join(made) if "```" not in said else _inline(said, names)


def rich(block: Thing, names: Names) -> Markup:
    """A block of rich text, or one element of it."""
    inner = [one for one in block.get("elements", []) if isinstance(one, dict)]
    match block.get("type"):
        case "rich_text":
            return _joined(rich(one, names) for one in inner)
        case "rich_text_section":
            return Markup("<span>{}</span>").format(_joined(_leaf(one, names) for one in inner))
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(_joined(_leaf(one, names) for one in inner))
        case "rich_text_preformatted":
            return Markup("<pre>{}</pre>").format(_joined(_leaf(one, names) for one in inner))
        case "rich_text_list":
            return _list(block, inner, names)
    return _leaf(block, names)


def plain(block: Thing) -> str:
    """The letters of rich text alone."""
    if isinstance(block.get("text"), str):
        return str(block["text"])
    return "".join(plain(one) for one in block.get("elements", []) if isinstance(one, dict))


def when(stamp: float, form: str, now: datetime) -> str:
    """A date in words, in UTC: `{date_short_pretty} at {time}`."""
    at = datetime.fromtimestamp(stamp, tz=UTC)

    def told(found: re.Match[str]) -> str:
        return _part(found[1], at, now)

    return _DATE.sub(told, form)


def _part(name: str, at: datetime, now: datetime) -> str:
    days = {now.date(): "today", now.date() - timedelta(1): "yesterday", now.date() + timedelta(1): "tomorrow"}
    if name.endswith("_pretty"):
        return days.get(at.date()) or _part(name.removesuffix("_pretty"), at, now)
    hour = f"{at.hour % 12 or 12}"
    forms = {
        "time": f"{hour}:{at:%M %p}",
        "time_secs": f"{hour}:{at:%M:%S %p}",
        "date_num": f"{at:%Y-%m-%d}",
        "date": f"{at:%B} {at.day}{_ordinal(at.day)}, {at.year}",
        "date_slash": f"{at:%m/%d/%Y}",
        "date_long": f"{at:%A}, {at:%B} {at.day}{_ordinal(at.day)}, {at.year}",
        "date_long_full": f"{at:%A}, {at:%B} {at.day}, {at.year}",
        "date_short": f"{at:%b} {at.day}, {at.year}",
        "day_divider_pretty": _day(at.date(), now),
        "ago": _ago((now - at).total_seconds()),
    }
    return forms.get(name, f"{{{name}}}")


def _ordinal(day: int) -> str:
    return "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _day(day: date, now: datetime) -> str:
    return "Today" if day == now.date() else f"{day:%A}, {day:%B} {day.day}"


def _ago(secs: float) -> str:
    size, name = next(
        ((s, n) for s, n in ((86400, "day"), (3600, "hour"), (60, "minute")) if abs(secs) >= s), (1, "second")
    )
    count = round(abs(secs) / size)
    some = f"{count} {name}{'' if count == 1 else 's'}"
    return f"{some} ago" if secs >= 0 else f"in {some}"


def _list(block: Thing, rows: list[Thing], names: Names) -> Markup:
    tag = "ol" if block.get("style") == "ordered" else "ul"
    items = _joined(Markup("<li>{}</li>").format(rich(row, names)) for row in rows)
    indent = min(8, block["indent"]) if isinstance(block.get("indent"), int) else 0
    start = Markup(' start="{}"').format(block["offset"] + 1) if isinstance(block.get("offset"), int) else Markup("")
    return Markup('<{} class="in{}"{}>{}</{}>').format(tag, indent, start, items, tag)


def _leaf(leaf: Thing, names: Names) -> Markup:
    match leaf.get("type"):
        case "text":
            made = escape(str(leaf.get("text", "")))
        case "link":
            made = _link(str(leaf.get("url", "")), str(leaf.get("text") or leaf.get("url", "")))
        case "user":
            made = _mention(f"@{names.users.get(str(leaf.get('user_id')), leaf.get('user_id'))}")
        case "usergroup":
            made = _mention(f"@{names.groups.get(str(leaf.get('usergroup_id')), leaf.get('usergroup_id'))}")
        case "channel":
            made = _mention(f"#{names.channels.get(str(leaf.get('channel_id')), leaf.get('channel_id'))}")
        case "broadcast":
            made = _mention(f"@{leaf.get('range')}", is_loud=True)
        case "emoji":
            made = escape(EMOJI.get(str(leaf.get("name")), f":{leaf.get('name')}:"))
        case "date":
            made = _date(leaf, names)
        case other:
            made = escape(f"[{other}]")
    return _styled(made, leaf.get("style"))


def _styled(made: Markup, style: object) -> Markup:
    for name, tag in _TAGS.items():
        if isinstance(style, dict) and style.get(name):
            made = Markup("<{}>{}</{}>").format(tag, made, tag)
    return made


def _date(leaf: Thing, names: Names) -> Markup:
    try:
        said = when(float(leaf["timestamp"]), str(leaf.get("format", "{date_num}")), names.now)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        said = str(leaf.get("fallback", ""))
    made = Markup("<time>{}</time>").format(said)
    return _link(str(leaf["url"]), made) if leaf.get("url") else made


def _link(url: str, shown: str | Markup) -> Markup:
    if not url.startswith(("https://", "http://")):
        return escape(shown)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, shown)


def _mention(said: str, *, is_loud: bool = False) -> Markup:
    return Markup('<span class="mention{}">{}</span>').format(" loud" if is_loud else "", said)


def _inline(said: str, names: Names) -> Markup:
    made, end = Markup(""), 0
    for found in _MARK.finditer(said):
        made += escape(_unescaped(said[end : found.start()])) + _marked(found, names)
        end = found.end()
    return made + escape(_unescaped(said[end:]))


def _marked(found: re.Match[str], names: Names) -> Markup:
    name = found.lastgroup or ""
    said = found[name]
    match name:
        case "pre" | "code":
            return Markup("<{}>{}</{}>").format(name, _unescaped(said), name)
        case "angle":
            return _angle(said, names)
        case "emoji":
            return escape(EMOJI.get(said, f":{said}:"))
    return Markup("<{}>{}</{}>").format(_TAGS[name], _inline(said, names), _TAGS[name])


def _angle(said: str, names: Names) -> Markup:
    """`<@U1>`, `<#C1|general>`, `<!channel>`, `<!date^..>`, `<https://..|text>`."""
    target, _, shown = said.partition("|")
    if target.startswith("@"):
        return _mention(f"@{names.users.get(target[1:], shown or target[1:])}")
    if target.startswith("#"):
        return _mention(f"#{names.channels.get(target[1:], shown or target[1:])}")
    if target.startswith("!subteam^"):
        return _mention(names.groups.get(target.removeprefix("!subteam^"), shown or target))
    if target.startswith("!date^"):
        _, stamp, form, *_more = [*target.split("^"), "", ""]
        return _date({"timestamp": stamp, "format": form, "fallback": _unescaped(shown)}, names)
    if target.startswith("!"):
        return _mention(f"@{target[1:]}", is_loud=True)
    return _link(_unescaped(target), _unescaped(shown or (target if "://" in target else f"<{target}>")))


def _unescaped(said: str) -> str:
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _with_emoji(said: str) -> str:
    return _EMOJI.sub(lambda found: EMOJI.get(found[1], found[0]), said)


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
