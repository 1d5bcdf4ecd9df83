"""What may not be posted, and the sentence that says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Account, Brand, Post
from responders.drafting.checks import is_near_copy, problems

ACCOUNT = Account("bluesky:oreo.example", "bluesky", "oreo.example")
BRAND = Brand(
    "oreo",
    "Oreo",
    no_go=("kill", "die", "cheap", "last supper"),
    competitors=("Hydrox",),
    own_names=("Oreo", "@OreoFriends"),
    accounts=(ACCOUNT, Account("mastodon:oreo@social.example", "mastodon", "oreo@social.example")),
)
FINE = "Power out? No problem. You can still dunk in the dark."


def against(text: str, *, brand: Brand = BRAND, account: Account = ACCOUNT, recent: tuple[str, ...] = ()) -> list[str]:
    return problems(text, brand=brand, account=account, recent=recent)


def post(text: str, number: int = 1) -> Post:
    return Post(str(number), "bluesky", datetime(2026, 1, 1, tzinfo=UTC), text)


@pytest.mark.parametrize(
    "text",
    [
        FINE,
        "Milk's waiting 🥛 see https://oreo.example/dunk #DunkInTheDark",
        "A skilled dunker, diet or not, cheaper than therapy.",
        "One family 👨\u200d👩\u200d👧\u200d👦, one flag 🏳️\u200d🌈, one heart ❤️, and a 1️⃣",
        "Good evening from @oreo.example and @OreoFriends",
        "Write to hello@oreo.example",
        "Recipe: https://social.example/@baker/123",
        "¿A oscuras? Todavía puedes mojarla en leche.",
        "暗闇でもミルクに浸せる。",
        "OREO",
        "GOAL! We saw that.",
        "first line\nsecond line",
        "Time: 21:30. Ratio 2:1.",
    ],
)
def test_an_ordinary_text_may_be_posted(text: str) -> None:
    assert against(text) == []


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000"])
def test_an_empty_text_is_refused(text: str) -> None:
    assert against(text) == ["the text is empty"]


def test_a_long_text_is_told_by_how_much() -> None:
    assert against("a " * 160) == ["too long: 320 graphemes of 300 (bluesky), 20 too many"]


def test_a_platform_without_a_rule_is_a_problem_and_not_a_guess() -> None:
    [found] = against(FINE, account=Account("myspace:oreo", "myspace", "oreo"))
    assert "no length rule for the platform 'myspace'" in found


@pytest.mark.parametrize(
    "text",
    [
        *(
            "We kill it",
            "KILL",
            "kills",
            "k.i.l.l",
            "k i l l",
            "k-i-l-l",
            "kіll",
            "ｋｉｌｌ",
            "𝐤𝐢𝐥𝐥",
            "k1ll",
            "ki11",
            "kí\u0336ll",
        ),
        *(
            "ki\u200bll",
            "kiiiill",
            "killllll",
            "to die for",
            "d!e",
            "the last  supper",
            "last-supper",
            "LAST\nSUPPER",
            "so che4p",
        ),
    ],
)
def test_a_no_go_word_is_found_however_it_is_dressed(text: str) -> None:
    assert any("which Oreo never says" in sentence for sentence in against(text))


def test_a_no_go_word_is_found_in_scripts_without_spaces() -> None:
    brand = Brand("oreo", "Oreo", languages=("ja",), no_go=("死ぬ",))
    assert against("もう死ぬほど好き", brand=brand)
    assert not against("もう一枚どうぞ", brand=brand)


def test_accents_make_another_word_for_a_brand_that_speaks_such_a_language() -> None:
    brand = Brand("oreo", "Oreo", languages=("es",), no_go=("ano",))
    assert against("feliz año", brand=brand) == []
    assert against("ano", brand=brand)


def test_a_competitor_is_named_in_the_sentence() -> None:
    assert "competitor 'Hydrox'" in against("Not a hydrox in sight")[0]


@pytest.mark.parametrize(
    "text", ["hi @maya", "＠everyone", "cc @somebody.bsky.social!", ".@maya", "@oreo.example.evil"]
)
def test_a_mention_of_somebody_else_is_refused(text: str) -> None:
    assert any("not one of Oreo's own accounts" in sentence for sentence in against(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nothing \u202eereh", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("zero\u200bwidth", "U+200B ZERO WIDTH SPACE"),
        ("null\x00byte", "U+0000 control character"),
        ("bell\x07", "U+0007 control character"),
        ("soft\xadhyphen", "U+00AD SOFT HYPHEN"),
        ("a\u200db", "U+200D ZERO WIDTH JOINER"),
        ("line\u2028end", "U+2028 LINE SEPARATOR"),
        ("filler \u3164", "U+3164 HANGUL FILLER"),
        ("tag \U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("lone \ud800", "U+D800"),
        ("selector a\ufe0f", "U+FE0F"),
        ("isolate \u2066x\u2069", "U+2066 LEFT-TO-RIGHT ISOLATE"),
    ],
)
def test_an_invisible_character_is_refused_by_name(text: str, name: str) -> None:
    assert any(name in sentence for sentence in against(text))


def test_piled_marks_are_refused() -> None:
    assert any("marks on one letter" in sentence for sentence in against("h" + "\u0321\u0322\u0327\u0328\u032d" + "i"))


@pytest.mark.parametrize("text", ["hello {{ tag }}", "{% if %}", "a }} b", "{# note #}"])
def test_a_piece_of_a_template_is_refused(text: str) -> None:
    assert any("piece of a template" in sentence for sentence in against(text))


@pytest.mark.parametrize(
    "text",
    ["ftp://files.example", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd"],
)
def test_only_web_links_may_be_posted(text: str) -> None:
    assert any("only http and https" in sentence for sentence in against(f"look {text}"))


def test_a_link_that_hides_its_goal_behind_a_login_is_refused() -> None:
    assert any("hides where the link goes" in sentence for sentence in against("https://oreo.example@evil.example/x"))


@pytest.mark.parametrize("text", ["THE LIGHTS ARE OUT AND WE ARE DUNKING", "Dunk!!!", "Dunk！！！"])
def test_shouting_is_refused(text: str) -> None:
    assert any(sentence.startswith("shouts") for sentence in against(text))


@pytest.mark.parametrize(
    "earlier",
    [
        FINE,
        FINE.upper(),
        "power out?? no problem - you can still dunk in the dark 🥛",
        "Power off? No problem! You can always dunk in the dark.",
        "You can still dunk in the dark. Power out? No problem.",
    ],
)
def test_a_near_copy_of_an_own_post_is_refused_with_its_likeness(earlier: str) -> None:
    found = against(FINE, recent=("Milk first.", earlier))
    assert len(found) == 1
    assert "% the same" in found[0]


def test_another_joke_on_the_same_subject_is_no_copy() -> None:
    assert not is_near_copy(FINE, "Lights out. Your fingers know the way to the milk.")
    assert against(FINE, recent=("Lights out. Your fingers know the way to the milk.",)) == []


def test_a_strangers_sentence_is_refused_and_a_common_phrase_is_not() -> None:
    stolen = "someone tripped over the plug again and now nobody can see the ball lol"
    ours = "Breaking: someone tripped over the plug again and now nobody can dunk."
    [found] = problems(ours, brand=BRAND, account=ACCOUNT, evidence=[post("hello"), post(stolen, 2)])
    assert "copies somebody else's words" in found
    assert "post 2" in found
    assert problems("Someone tripped over the plug.", brand=BRAND, account=ACCOUNT, evidence=[post(stolen)]) == []


def test_a_strangers_sentence_is_found_in_a_script_without_spaces() -> None:
    stolen = "スタジアムの照明が全部消えて真っ暗になった"
    assert problems(f"え、{stolen}!", brand=BRAND, account=ACCOUNT, evidence=[post(stolen)])
    assert not problems("真っ暗になったらミルクを。", brand=BRAND, account=ACCOUNT, evidence=[post(stolen)])


@given(st.text(max_size=300))
def test_any_text_gets_its_answer_without_falling_over(text: str) -> None:
    found = problems(text, brand=BRAND, account=ACCOUNT, recent=[text[:50]], evidence=[post(text)])
    assert all(sentence and "\n" not in sentence for sentence in found)


@given(st.text(max_size=60), st.sampled_from(["\u202e", "\u200b", "\x00", "\u2066", "\ufeff", "\u00ad"]))
def test_no_invisible_character_ever_slips_through(text: str, bad: str) -> None:
    assert any("invisible" in sentence for sentence in against(f"a{text}{bad}b"))
