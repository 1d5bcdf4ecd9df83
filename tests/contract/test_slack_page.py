"""The workspace's page: everything is drawn, nothing of a stranger's becomes markup, and what is done there is real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest

from monitor.clock import FakeClock
from responders.approvals.slack.look import Look
from responders.model import State
from responders.sandbox import slack
from responders.sandbox.slack import APP_TOKEN, CHANNEL, Slack
from responders.sandbox.slack.fields import field, missing, states
from responders.sandbox.slack.page import Place, names_of, parts
from responders.sandbox.slack.rich import mrkdwn, rich, when
from tests.samples import NOW
from tests.slack_office import Office, an_office, settle, until

ADA, BEN = "U01ADA", "U02BEN"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"' onclick=alert(3) javascript:alert(4)"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(name: str) -> dict[str, Any]:
    return {"text": plain(name), "value": name}


def leaf(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


def everything(text: str) -> list[dict[str, Any]]:
    """Every block and element that the page draws, with one text wherever people may have written."""
    ask = {"title": plain(text), "text": plain(text), "confirm": plain("Yes"), "deny": plain("No")}
    leaves = [
        leaf("text", text=text, style={"bold": True, "italic": True, "strike": True, "code": True}),
        leaf("link", url="javascript:alert(1)", text=text),
        leaf("link", url=f"https://evil.example/{text}", text=text),
        leaf("user", user_id=ADA), leaf("user", user_id=text), leaf("channel", channel_id=text),
        leaf("usergroup", usergroup_id=text), leaf("emoji", name=text), leaf("broadcast", range=text),
        leaf("date", timestamp=text, format=text, fallback=text), leaf("weather", text=text),
        leaf("date", timestamp=1359941920, format="{date_short} at {time}", fallback="x"),
    ]  # fmt: skip
    section = leaf("rich_text_section", elements=leaves)
    listed = leaf("rich_text_list", style="ordered", indent=2, offset=3, elements=[section])
    boxes = [listed, leaf("rich_text_quote", elements=leaves), leaf("rich_text_preformatted", elements=leaves)]
    options = [option("one"), {"text": plain(text), "value": text, "description": plain(text)}]
    fields = [
        leaf("radio_buttons", options=options, initial_option=options[1]), leaf("checkboxes", options=options),
        leaf("static_select", options=options, placeholder=plain(text)), leaf("users_select", initial_user=ADA),
        leaf("multi_static_select", options=options, initial_options=options),
        leaf("plain_text_input", initial_value=text, multiline=True, placeholder=plain(text)),
        leaf("plain_text_input", initial_value=text), leaf("datepicker", initial_date=text), leaf("colour_wheel"),
    ]  # fmt: skip
    return [
        leaf("header", text=plain(text)), leaf("divider"), leaf("weather"),
        leaf("section", text=leaf("mrkdwn", text=text), fields=[plain(text), plain(text)],
             accessory=leaf("overflow", action_id="o", options=options, confirm=ask)),
        leaf("context", elements=[plain(text), leaf("image", image_url=text, alt_text=text)]),
        leaf("image", slack_file={"id": "F0PLOT00001"}, alt_text=text, title=plain(text)),
        leaf("rich_text", elements=[section, *boxes]),
        leaf("actions", elements=[
            leaf("button", action_id="a", text=plain(text), value=text, style="danger", confirm=ask),
            leaf("button", action_id="b", text=plain("Go"), url="javascript:alert(1)"),
            leaf("button", action_id="c", text=plain("See it"), url="https://x.example/", style="primary"),
        ]),
        *(leaf("input", block_id=f"i{n} {text}", label=plain(text), hint=plain(text), element=one | {"action_id": text})
          for n, one in enumerate(fields)),
    ]  # fmt: skip


class Tags(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def read(html: str) -> Tags:
    found = Tags()
    found.feed(html)
    return found


@pytest.fixture
async def server() -> AsyncIterator[Slack]:
    running = await slack.start(clock=FakeClock(NOW))
    yield running
    await running.close()


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as made:
        made.face = Look()
        yield made


@pytest.mark.parametrize("text", [EVIL, "plain words", "{{ 7 * 7 }} & < >"])
def test_everything_is_drawn_and_nothing_of_a_strangers_becomes_markup(server: Slack, text: str) -> None:
    space = server.space
    space.people[ADA]["real_name"] = text
    made = [{"block_id": f"b{n}"} | block for n, block in enumerate(everything(text))]
    space.post(CHANNEL, {"text": text, "blocks": made})
    space.post(CHANNEL, {"text": text}, user=BEN)
    space.ephemerals.append({"text": text, "channel": CHANNEL, "user": ADA, "ts": space.ts()})
    space.homes[ADA] = space.view({"type": "home", "blocks": made})
    view = space.view({"type": "modal", "title": plain(text), "submit": plain(text), "blocks": made})
    space.stacks[ADA] = [view["id"]]
    for room in (CHANNEL, "home"):
        shown = parts(space, Place(ADA, room))
        found = read("".join(html for _, html in [*shown["list"], shown["modal"]]))
        assert not {"script", "iframe", "object", "style"} & {tag for tag, _ in found.tags}
        for tag, attributes in found.tags:
            assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
            assert not (attributes.get("href") or "").startswith("javascript"), attributes
            assert tag != "img" or (attributes["src"] or "").startswith("/_files/")
        assert text in found.said, "and it is shown as it was written"


def test_styles_lists_quotes_and_mentions_look_like_what_they_are(server: Slack) -> None:
    html = rich(everything("words")[6], names_of(server.space))
    for wanted in ("<b>", "<i>", "<s>", "<code>", '<ol class="in2" start="4">', "<blockquote>", "<pre>",
                   "@ada", "<time>Feb 4, 2013 at 1:38 AM</time>", "[weather]",
                   'href="https://evil.example/words"'):  # fmt: skip
        assert wanted in html, wanted
    assert html.count("javascript") == 0


@pytest.mark.parametrize(
    ("said", "html"),
    [
        ("*bold* _it_ ~no~ `a*b*`", "<b>bold</b> <i>it</i> <s>no</s> <code>a*b*</code>"),
        ("&gt; quoted", "<blockquote>quoted</blockquote>"),
        ("a &amp; b &lt;x&gt;", "a &amp; b &lt;x&gt;"),
        ("<!channel> <@U01ADA>", '<span class="mention loud">@channel</span> <span class="mention">@ada</span>'),
        ("<javascript:x|click>", "click"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        (":tada: :nothing:", "🎉 :nothing:"),
        ("<!date^1359941920^{date_num} {time_secs}|then>", "<time>2013-02-04 1:38:40 AM</time>"),
    ],
)
def test_mrkdwn_is_read_as_slack_does(server: Slack, said: str, html: str) -> None:
    assert mrkdwn(said, names_of(server.space)) == html


def test_dates_are_told_in_words() -> None:
    stamp = NOW.timestamp()
    assert when(stamp, "{date_short_pretty}", NOW) == "today"
    assert when(stamp - 86400, "{date_pretty}", NOW) == "yesterday"
    assert when(stamp - 7200, "{ago}", NOW) == "2 hours ago"
    assert when(1359941920, "{date_long}", NOW) == "Monday, February 4th, 2013"
    assert when(stamp, "{nonsense}", NOW) == "{nonsense}"


def test_what_is_set_is_told_as_payloads_tell_it() -> None:
    options = [option("one"), option("two")]
    radio = leaf("radio_buttons", action_id="r", options=options, initial_option=options[0])
    made = [{"block_id": "b", "type": "actions", "elements": [radio, leaf("button", action_id="x", text=plain("x"))]}]
    assert states(made, {}) == {"b": {"r": {"type": "radio_buttons", "selected_option": options[0]}}}
    assert states(made, {"b": {"r": ["two"]}})["b"]["r"]["selected_option"] == options[1]
    with pytest.raises(ValueError, match="there is no option"):
        field(radio, ["three"])
    text = leaf("plain_text_input", action_id="t", min_length=3, max_length=5)
    form = [leaf("input", block_id="f", label=plain("F"), element=text)]
    assert missing(form, {"f": {"t": []}}) == {"f": "Please complete this required field."}
    assert missing(form, {"f": {"t": ["ab"]}}) == {"f": "Must be 3 to 5 characters."}
    assert missing(form, {"f": {"t": ["abcd"]}}) == {}


# --- acts ------------------------------------------------------------------------------------------------------------


async def do(http: aiohttp.ClientSession, server: Slack, **what: Any) -> dict[str, Any]:
    asked = {"as": ADA, "at": CHANNEL} | what
    async with http.post(f"{server.url}/_page/act", json=asked) as answer:
        said: dict[str, Any] = await answer.json()
        return said


def the(message: dict[str, Any], name: str) -> dict[str, Any]:
    """What the page sends for a button or field."""
    for block in message["blocks"]:
        for one in [*block.get("elements", []), block.get("accessory", {})]:
            if one.get("action_id", "").endswith(name):
                holder = f"m {CHANNEL} {message['ts']}"
                return {"act": "use", "holder": holder, "block": block["block_id"], "action": one["action_id"]}
    raise AssertionError(name)


async def test_a_click_on_the_page_is_a_real_click(office: Office) -> None:
    office.offer(account="x:oreo")
    async with office.running():
        message = await office.card()
        radio = next(e for b in message["blocks"] for e in b.get("elements", []) if e["type"] == "radio_buttons")
        second = radio["options"][1]["value"]
        assert await do(office.http, office.server, **the(message, "choose"), values=[second]) == {}
        assert await do(office.http, office.server, **the(message, "approve")) == {}
        await until(lambda: any(order.act == "approve" for order in office.desk.orders))
        card = await office.desk.card("p1")
        assert card is not None
        assert (card.proposal.state, card.proposal.text) == (State.APPROVED, card.proposal.drafts[1].text)
        late = await do(office.http, office.server, **the(message, "approve") | {"as": BEN})
        assert late == {}
        await until(lambda: bool(office.server.space.ephemerals))
        asides = [key for key, _ in parts(office.server.space, Place(BEN, CHANNEL))["list"] if "aside" in key]
        assert len(asides) == 1
        assert not any("aside" in key for key, _ in parts(office.server.space, Place(ADA, CHANNEL))["list"])


async def test_a_window_opens_takes_text_and_closes(office: Office) -> None:
    office.offer()
    async with office.running():
        message = await office.card()
        await do(office.http, office.server, **the(message, "edit"))
        await until(lambda: bool(office.server.space.stacks.get(ADA)))
        [key] = office.server.space.stacks[ADA]
        view = office.server.space.views[key]
        [(block, element)] = [(b, b["element"]) for b in view["blocks"] if b["type"] == "input"]

        async def submit(*values: str) -> dict[str, Any]:
            state = {block["block_id"]: {element["action_id"]: list(values)}}
            return await do(office.http, office.server, act="submit", view=key, state=state)

        assert await submit() == {"errors": {block["block_id"]: "Please complete this required field."}}
        assert await submit("Dark out there. Milk in here.") == {}
        await until(lambda: bool(office.desk.orders))
        assert office.desk.orders[0].text == "Dark out there. Milk in here."
        assert office.server.space.stacks[ADA] == []
        assert "note" in await submit("again")


async def test_commands_and_home_are_the_viewers(office: Office) -> None:
    office.offer()
    async with office.running():
        await office.card()
        assert await do(office.http, office.server, act="write", text="/bonmot status") == {}
        await until(lambda: bool(office.server.space.ephemerals))
        assert office.server.space.ephemerals[0]["user"] == ADA
        await do(office.http, office.server, act="home")
        await until(lambda: ADA in office.server.space.homes)
        assert "open" in parts(office.server.space, Place(ADA, "home"))["list"][0][1]
        await do(office.http, office.server, act="write", text="hello *all*")
        assert "<b>all</b>" in parts(office.server.space, Place(BEN, CHANNEL))["list"][-1][1]


VIEW = {
    "type": "modal", "title": plain("First"), "submit": plain("Send"), "notify_on_close": True,
    "blocks": [leaf("input", block_id="f", label=plain("F"), optional=True,
                    element=leaf("plain_text_input", action_id="t"))],
}  # fmt: skip


async def test_the_answers_of_an_app_do_to_windows_what_slack_does(http: aiohttp.ClientSession, server: Slack) -> None:
    space = server.space
    first = space.view(VIEW)
    space.stacks[ADA] = [first["id"]]
    answers: list[Any] = [
        {"response_action": "errors", "errors": {"f": "too long"}},
        {"response_action": "update", "view": VIEW | {"title": plain("Other")}},
        {"response_action": "push", "view": VIEW},
        {"response_action": "clear"},
    ]
    seen: list[Any] = []
    headers = {"Authorization": f"Bearer {APP_TOKEN}"}
    async with http.post(f"{server.url}/api/apps.connections.open", headers=headers) as opened:
        url = (await opened.json())["url"]
    async with http.ws_connect(url) as line:
        await line.receive_json()
        for answer in answers:
            waiting = asyncio.ensure_future(do(http, server, act="submit", view=space.stacks[ADA][-1], state={}))
            frame = await line.receive_json()
            await line.send_json({"envelope_id": frame["envelope_id"], "payload": answer})
            said = await waiting
            top = space.views[space.stacks[ADA][-1]]["title"]["text"] if space.stacks[ADA] else ""
            seen.append((said, len(space.stacks[ADA]), top))
    assert seen == [({"errors": {"f": "too long"}}, 1, "First"), ({}, 1, "Other"), ({}, 2, "First"), ({}, 0, "")]


async def test_an_app_that_does_not_answer_is_told_to_the_person(http: aiohttp.ClientSession, server: Slack) -> None:
    clock = server.clock
    assert isinstance(clock, FakeClock)
    waiting = asyncio.ensure_future(do(http, server, act="write", text="/bonmot status"))
    await settle()
    await clock.advance(3.1)
    assert await waiting == {"note": "The app did not answer within three seconds."}


async def test_nonsense_is_refused_and_harms_nothing(http: aiohttp.ClientSession, server: Slack) -> None:
    message = server.space.post(CHANNEL, {"text": "x", "blocks": [{"type": "divider", "block_id": "d"}]})
    holder = f"m {CHANNEL} {message['ts']}"
    for odd in ({"act": "dance"}, {"as": "U9", "act": "home"}, {"act": "submit"}, {"act": "close"}, {},
                {"act": "use", "holder": holder, "block": "d", "action": "a"}, {"act": "use", "holder": "m C 1"},
                {"act": "use", "holder": f"m {CHANNEL} 7", "block": "d", "action": "a"}):  # fmt: skip
        assert "That cannot be done" in (await do(http, server, **odd))["note"], odd
    async with http.post(f"{server.url}/_page/act", data="{}") as answer:
        assert answer.status == 415, "a form of another page"
    assert server.sockets.envelopes == []


async def test_the_page_runs_its_own_script_alone_and_shows_its_own_pictures(
    http: aiohttp.ClientSession, server: Slack
) -> None:
    server.space.files["F1"] = {"id": "F1", "body": b"\x89PNG", "is_complete": True, "looks": 0}
    server.space.files["F2"] = {"id": "F2", "body": b"<svg onload=alert(1)>", "is_complete": True, "looks": 0}
    async with http.get(server.url) as got:
        policy = got.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        tags = read(await got.text()).tags
    assert [attributes.get("src") for tag, attributes in tags if tag == "script"] == ["/_page/page.js"]
    statuses = {}
    for path in ("_page/page.js", "_page/page.css", "_page/page.py", "_page/..%2fpage.py", "_files/F1", "_files/F2",
                 "_files/F3"):  # fmt: skip
        async with http.get(f"{server.url}/{path}") as got:
            statuses[path.partition("/")[2]] = got.status
            assert got.status != 200 or got.headers["X-Content-Type-Options"] == "nosniff"
    assert statuses == {"page.js": 200, "page.css": 200, "page.py": 404, "..%2fpage.py": 404, "F1": 200, "F2": 404,
                        "F3": 404}  # fmt: skip


async def test_threads_stand_beside_and_what_is_known_is_not_sent_again(
    http: aiohttp.ClientSession, server: Slack
) -> None:
    parent = server.space.post(CHANNEL, {"text": "parent"})
    server.space.post(CHANNEL, {"text": "an answer"}, thread=parent["ts"])
    shown = parts(server.space, Place(ADA, CHANNEL, parent["ts"]))
    assert len(shown["list"]) == 1
    assert "1 reply" in shown["list"][0][1]
    assert ["an answer" in html for _, html in shown["thread"]] == [False, True]
    async with http.get(f"{server.url}/_page/parts?seen={shown['version']}") as got:
        assert got.status == 204
    server.space.post(CHANNEL, {"text": "news"})
    async with http.get(f"{server.url}/_page/parts?seen={shown['version']}") as got:
        assert "news" in (await got.json())["list"][-1][1]
