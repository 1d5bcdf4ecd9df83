"""Rules and posts after X's documented grammar (docs.x.com, filtered stream, read in 2026-08), and what X answers.

The rules follow the documentation's own examples where they use what we know as well; the posts are ours.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from monitor.model import Post


def p(text: str, **fields: Any) -> Post:
    """A post on X."""
    return Post(id="1", platform="x", created_at=datetime(2026, 8, 1, tzinfo=UTC), text=text, **fields)


AGREED: list[tuple[str, list[str | Post], list[str | Post]]] = [
    # keyword: a word of the text, cut at signs and spaces, capitals do not matter
    (
        "cat",
        ["cat", "CAT", "a Cat sat", "cat.", "(cat)", "cat!", "#cat", "cat-like", "my cat's toy"],
        ["cats", "concat", "", "c at"],
    ),
    ("pepsi OR cola", ["Pepsi please", "cola", "pepsi, cola"], ["pepsico", "col a"]),
    ('pepsi OR cola OR "coca cola"', ["Coca-Cola", "coca cola zero"], ["coca", "coca the best"]),
    ("coca-cola", ["I like Coca-Cola", "coca cola"], ["coca", "cola coca"]),
    ("happy", ["So HAPPY today", "happy:)"], ["happiness", "unhappy"]),
    ("2024", ["in 2024", "2024!"], ["20244", "2 024"]),
    # AND by a space, OR, and AND before OR
    (
        "snow day #NoSchool",
        ["snow #noschool day", "Day of Snow #NOSCHOOL"],
        ["snow day", "snow #noschool", "snow day noschool"],
    ),
    ("grumpy OR cat OR #meme", ["grumpy", "the cat", "a #meme"], ["meme", "grump", "dog"]),
    ("cat #meme -grumpy", ["cat #meme", "#Meme of a cat"], ["grumpy cat #meme", "cat meme", "#meme"]),
    ("apple OR iphone ipad", ["apple", "iphone and ipad", "ipad, iphone"], ["iphone", "ipad"]),
    ("ipad iphone OR android", ["android", "iphone ipad"], ["iphone", "ipad"]),
    ("(apple OR iphone) ipad", ["apple ipad", "ipad iphone"], ["apple", "iphone", "ipad"]),
    ("iphone (ipad OR android)", ["iphone ipad", "android or iphone"], ["iphone", "ipad android"]),
    (
        "(grumpy cat) OR (#meme has:media)",
        ["grumpy cat", p("#meme", has_media=True)],
        ["grumpy", p("#meme", has_media=False)],
    ),
    (
        "skiing -snow -day -noschool",
        ["skiing", "SKIING now"],
        ["skiing snow", "day of skiing", "noschool skiing", "snow"],
    ),
    (
        "(cat OR dog) -is:retweet",
        ["cat", "dog", p("cat", reply_to="3")],
        [p("cat", repost_of="3"), p("a dog", repost_of="4"), "bird"],
    ),
    ("cat -grumpy", ["cat", "happy cat"], ["grumpy cat", "cat, Grumpy", "grumpy"]),
    ("cat dog", ["dog and cat", "cats? cat! dog!"], ["cat", "dog", "catdog"]),
    ("a (b OR (c d))", ["a b", "a d c"], ["a", "a c", "a d", "b c d"]),
    ("a b OR c d", ["b a", "d c"], ["a c", "b d", "a", "d"]),
    # exact phrases
    (
        '"exact phrase"',
        ["an exact phrase", "Exact Phrase!", "exact, phrase"],
        ["phrase exact", "exact a phrase", "exactphrase"],
    ),
    (
        '("X API" OR #v2) -"filtered stream"',
        ["the X API", "#v2"],
        ["X API filtered stream", "#v2 has a Filtered Stream", "API X"],
    ),
    ('"milk and cookies"', ["milk and cookies", "Milk and COOKIES..."], ["milk cookies", "cookies and milk"]),
    ('"don\'t stop"', ["don't stop", "Don’t stop me"], ["dont stop", "stop, don't"]),
    ('"lights out" OR blackout', ["Lights out!", "blackout"], ["lights are out", "black out"]),
    # proximity, in the order of the rule
    (
        '"social media"~5',
        ["social media", "social and mass media", "social one two three four media"],
        ["social", "media", "social a b c d e media"],
    ),
    ('"lights out"~2', ["lights out", "lights go out"], ["lights will go out"]),
    ('"dog cat"~4', ["dog cat", "cat dog", "cat and dog"], ["dog", "dog a b c d cat"]),
    # hashtags are exact
    (
        "#thankunext #fanart",
        ["#ThankUNext #fanart", "#fanart of #thankunext"],
        ["#thankunext", "thankunext fanart", "#fanart"],
    ),
    ("#thanku", ["#thanku", "#ThankU!"], ["#thankunext", "thanku", "thank u"]),
    ("#xapiv2", ["#xapiv2", "(#XAPIV2)"], ["xapiv2", "#xapiv", "@xapiv2"]),
    (
        "#nowplaying (happy OR exciting) -sucks",
        ["#NowPlaying happy", "exciting #nowplaying"],
        ["#nowplaying", "happy", "#nowplaying happy but sucks"],
    ),
    # names
    ("(@XDevelopers OR @api) -@x", ["@xdevelopers hi", "hey @API!"], ["xdevelopers", "@api @x", "api", "@apis"]),
    (
        "data @XDevelopers -is:retweet",
        ["data for @xdevelopers"],
        ["data", "@xdevelopers", p("data @xdevelopers", repost_of="9")],
    ),
    # authors
    (
        "from:XDevelopers OR from:api",
        [p("x", author="XDevelopers"), p("y", author="api"), p("", author="XDEVELOPERS")],
        [p("from api", author="me"), p("@api", author="apis"), "api"],
    ),
    ("from:nasa launch", [p("Launch!", author="NASA")], [p("launch", author="esa"), p("moon", author="nasa")]),
    ("launch -from:nasa", [p("launch", author="esa")], [p("launch", author="nasa"), p("moon", author="esa")]),
    (
        "from:XDevelopers is:reply",
        [p("a", author="xdevelopers", reply_to="1")],
        [p("a", author="xdevelopers"), p("a", author="b", reply_to="1")],
    ),
    ("from:XDevelopers has:links", [p("https://x.com/a", author="xdevelopers")], [p("none", author="xdevelopers")]),
    (
        "-is:retweet (from:NWSNHC OR from:NHC_Atlantic)",
        [p("wind", author="nhc_atlantic")],
        [p("wind", author="nwsnhc", repost_of="2"), p("wind", author="nhc")],
    ),
    # reposts, replies, media, links, followers
    ("kittens is:retweet", [p("kittens", repost_of="1")], ["kittens", p("puppies", repost_of="1")]),
    (
        "(kittens OR puppies) has:media",
        [p("kittens", has_media=True), p("Puppies!", has_media=True)],
        [p("kittens", has_media=False), p("pups", has_media=True)],
    ),
    ("cat has:media -grumpy", [p("cat", has_media=True)], [p("grumpy cat", has_media=True), p("cat", has_media=False)]),
    (
        '"X data" (has:media OR has:links)',
        [p("X data", has_media=True), p("X data https://x.com", has_media=False)],
        [p("X data", has_media=False), p("data", has_media=True)],
    ),
    ("meme has:links", ["meme https://example.com/a"], ["meme", "https://example.com/b"]),
    (
        "rocket min_followers:1000",
        [p("rocket", author_followers=1000), p("a rocket", author_followers=5000)],
        [p("rocket", author_followers=999), p("", author_followers=5000)],
    ),
    # languages
    (
        "recommend #paris lang:en",
        [p("recommend me #Paris", lang="en")],
        [p("recommend #paris", lang="fr"), p("recommend", lang="en")],
    ),
    (
        "(happy OR happiness) lang:en -birthday -is:retweet",
        [p("happiness", lang="en")],
        [p("happy", lang="de"), p("happy birthday", lang="en"), p("happy", lang="en", repost_of="1")],
    ),
    ("shalom lang:iw", [p("shalom", lang="iw")], [p("shalom", lang="en")]),
    ("hola -lang:es", [p("hola", lang="pt")], [p("hola", lang="es")]),
    # accents stand, capitals do not; emoji are words
    ("diacrítica", ["diacrítica", "DIACRÍTICA!", "Diacrítica."], ["diacritica", "diacríticas"]),
    ("café", ["Café", "un CAFÉ", "#café"], ["cafe", "cafés"]),
    ("😃", ["😃", "so 😃 now", "😃😬"], ["😬", ":)"]),
    ("(😃 OR 😡) 😬", ["😃 😬", "😬😡"], ["😃", "😬"]),
    ("Ελλάδα", ["ελλάδα", "ΕΛΛΆΔΑ"], ["Ελλαδα", "Ελλάδας"]),
    ("москва", ["Москва!", "в МОСКВА"], ["Москве"]),
]
"""Rule, posts that X sends, posts that it does not: and so do we."""

DIFFER: list[tuple[str, str | Post, bool, str]] = [
    ("cat", "@cat", True, "a name is a word of X's text; here only @cat meets it"),
    ("cat", "cat_lady", True, "X cuts at the low line; here it is a letter of names"),
    ("o", "o'clock", True, "X cuts at the apostrophe; here o'clock is one word"),
    ("cat -dog", "cat @dog", False, "as above, turned round: what is excluded at X is told as `besides`"),
    ("cat -lady", "cat cat_lady", False, "as above"),
    ('"dog cat"~1', "cat dog", False, "X counts the other order two words further, NEAR either order alike"),
    ('"dog cat"~3', "cat and so dog", False, "as above"),
    ("#cat", "a#cat", False, "X sees no hashtag inside a word"),
    ("#2024", "#2024", False, "a number is no hashtag at X"),
    ("ｃａｔ", "cat", False, "letters of full width are the same letters here"),
    ("straße", "STRASSE", False, "ß and ss are one here, as in capitals"),
    ("ﬁt", "fit", False, "a ligature is its letters here"),
    ("cat -lang:en", p("cat"), True, "what no source tells counts neither for nor against here"),
    ("cat -from:nasa", p("cat"), True, "as above, for a post without an author"),
    ("cat -has:media", p("cat"), True, "as above, for a source that does not tell of media"),
]
"""Rule, post, X's answer, and why ours is the other one."""


def pairs() -> list[tuple[str, Post, bool]]:
    """Every pair on which we agree, with X's answer."""
    found = []
    for rule, matching, others in AGREED:
        found += [(rule, _as_post(said), True) for said in matching]
        found += [(rule, _as_post(said), False) for said in others]
    return found


def _as_post(said: str | Post) -> Post:
    """A post whose author, language and media are known, so that nothing is left open."""
    return p(said, author="somebody", lang="en", has_media=False) if isinstance(said, str) else said
