"""Scenario W5: a rival's post asks for a quote, X lets no program quote, and the card hands the text to a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import structs

from monitor.clock import FakeClock
from monitor.model import Account, Brand, Post, Score, Verdict
from monitor.settings import TemplateSettings
from monitor.storage import open_database
from responders.approvals import Card
from responders.approvals.changes import Changes
from responders.approvals.shapes import Reader
from responders.approvals.slack import cards, limits
from responders.approvals.views import view
from responders.desk import Books, LedgerDesk
from responders.drafting import templates
from responders.drafting.by_hand import by_hand, composer, loudest
from responders.ledger import Ledger
from responders.policy import POLICY, Policy
from tests.samples import NOW, a_proposal, a_trend, an_opportunity

X = Account("x:popeyes", "x", "popeyes")
RIVAL = Post(
    "1163", "x", NOW - timedelta(minutes=4), "Bun + Chicken + Pickles = all the love.", author="rival",
    reposts=900, url="https://x.com/rival/status/1163",
)  # fmt: skip
ECHO = structs.replace(RIVAL, id="1164", text="they are fighting", reposts=3, url="https://x.com/ann/status/1164")
QUOTE = TemplateSettings(name="yall", text="... y'all good?", act="quote")
POST = TemplateSettings(name="sandwich", text="We have a sandwich, too.")
BRAND = Brand("popeyes", "Popeyes", accounts=(X,))
TODAY = date(2026, 11, 28)


def opportunity(*posts: Post):  # type: ignore[no-untyped-def]
    score = Score("popeyes", Verdict.CAUTION, 2, 0.7, "names a competitor", None, ())
    found = posts or (ECHO, RIVAL)
    return replace(an_opportunity("t1", brand="popeyes"), trend=a_trend(samples=found, evidence=found), score=score)


def quotes(*posts: Post, policy: Policy = POLICY, account: Account = X):  # type: ignore[no-untyped-def]
    return by_hand(opportunity(*posts), BRAND, [POST, QUOTE], account=account, policy=policy, today=TODAY)


@pytest.fixture
async def card() -> AsyncIterator[Card]:
    """What the desk shows of a tier-2 card on X."""
    ledger = Ledger(open_database(":memory:"))
    books = Books(ledger)
    desk = LedgerDesk(books, clock=FakeClock(NOW), brands={"popeyes": BRAND}, changes=Changes())
    desk.templates = {"popeyes": [POST, QUOTE]}
    offered = opportunity()
    proposal = a_proposal(1, opportunity=offered.id, brand="popeyes", account=X.key, tier=2, needed=2)
    await books.call(ledger.save_opportunity, offered, [proposal])
    found = await desk.card("p1")
    assert found is not None
    yield found
    books.close()
    ledger.close()


def test_a_quote_is_no_draft_that_anybody_could_say_yes_to() -> None:
    drafts = templates.draft(opportunity(), BRAND, [QUOTE, POST], account=X, recent=())
    assert [draft.text for draft in drafts] == ["We have a sandwich, too."]


async def test_the_card_has_the_text_the_reason_and_a_link_into_the_composer(card: Card) -> None:
    [quote] = card.by_hand
    assert (quote.text, quote.about) == ("... y'all good?", RIVAL.url)
    assert quote.why == "quoting was taken out of everything but enterprise access"
    parts = urlsplit(quote.link)
    assert (parts.netloc, parts.path) == ("x.com", "/intent/tweet")
    assert parse_qs(parts.query) == {"text": ["... y'all good?"], "url": [RIVAL.url]}


async def test_it_stands_on_the_slack_card_with_a_button_that_only_opens(card: Card) -> None:
    made = cards.message(card, Reader("", NOW, {"maya": "Maya"}, {"popeyes": "Popeyes"}))
    assert limits.problems(made) == []
    buttons = [one for block in made["blocks"] for one in block.get("elements", []) if one.get("type") == "button"]
    [opens] = [one for one in buttons if one["text"]["text"] == "Open it in x.com"]
    assert (opens["action_id"], opens["url"]) == ("bonmot.open", card.by_hand[0].link)


async def test_once_decided_nothing_is_handed_over_any_more(card: Card) -> None:
    over = replace(card, proposal=replace(card.proposal, state=a_proposal().state.REJECTED))
    assert view(over, Reader("", NOW, {}, {})).by_hand == ()
    assert len(view(card, Reader("", NOW, {}, {})).by_hand) == 1


def test_the_loudest_post_of_the_accounts_own_network_is_quoted_and_no_other() -> None:
    assert loudest(opportunity().trend, "x") == RIVAL
    assert loudest(opportunity().trend, "bluesky") is None
    assert quotes(structs.replace(RIVAL, url=None)) == []
    assert quotes(structs.replace(RIVAL, repost_of="1162")) == []


def test_where_quotes_are_allowed_it_still_is_a_persons_deed_and_where_forbidden_nobodys() -> None:
    [granted] = quotes(policy=Policy(access={X.key: "enterprise"}))
    assert granted.why == "bonmot cannot quote by itself yet"
    rule = replace(next(one for one in POLICY.rules if one.act == "quote"), standing="forbidden", account=X.key)
    assert quotes(policy=Policy((rule, *POLICY.rules))) == []


@pytest.mark.parametrize(
    ("account", "begins"),
    [
        (Account("bluesky:a", "bluesky", "a"), "https://bsky.app/intent/compose?text=Hi%20%26%20bye%20https%3A%2F%2Fx"),
        (Account("mastodon:a@m.example", "mastodon", "a@m.example"), "https://m.example/share?text=Hi%20%26%20bye%20"),
    ],
)
def test_each_composer_takes_the_text_as_data(account: Account, begins: str) -> None:
    link = composer(account, "Hi & bye", "https://x.example/1")
    assert link is not None
    assert link.startswith(begins)
    assert composer(Account("reddit:a", "reddit", "a"), "Hi", "https://x.example/1") is None
