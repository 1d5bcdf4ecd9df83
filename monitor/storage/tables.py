"""The tables as the queries see them. The migrations create them, with every CHECK, unique key and trigger.

Times are text as `monitor.clock.to_text` writes it, so that comparing text compares times; compound values are JSON.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.types import Float

metadata = MetaData()

opportunities = Table(
    "opportunities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("brand", Text, nullable=False),
    Column("trend", Text, nullable=False),
    Column("offered_at", Text, nullable=False),
    Column("deadline", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("judged_at", Text, nullable=False),
)
"""`offered_at` is our clock, `judged_at` the stream's: the same but for recordings."""

quotes = Table(
    "quotes",
    metadata,
    Column("opportunity", Text, ForeignKey("opportunities.id"), primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("post", Text, primary_key=True),
    Column("author", Text),
)
"""Whose posts the body of an opportunity holds: one row each, gone with their text."""

proposals = Table(
    "proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("opportunity", Text, ForeignKey("opportunities.id"), nullable=False),
    Column("brand", Text, nullable=False),
    Column("trend", Text, nullable=False),
    Column("trend_name", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("drafts", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("edited_by", Text),
    Column("state", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("deadline", Text, nullable=False),
    Column("snoozed_until", Text),
    Column("approvers", Text, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("approved_at", Text),
    Column("send_after", Text),
    Column("tries", Integer, nullable=False),
    Column("mark", Text, nullable=False),
    Column("reason", Text),
    Column("moved_by", Text),
    Column("moved_at", Text, nullable=False),
    Column("undo_secs", Float, nullable=False),
    Column("languages", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("escalations", Text, nullable=False),
    Column("media", Text, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("proposal", Text, ForeignKey("proposals.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("seat", Text, nullable=False),
    Column("entry", Text, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    Column("proposal", Text, ForeignKey("proposals.id"), primary_key=True),
    Column("account", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("languages", Text, nullable=False),
    Column("media", Text, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("proposal", Text, ForeignKey("publications.proposal"), primary_key=True),
    Column("platform_id", Text, nullable=False),
    Column("url", Text),
    Column("at", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

moves = Table(
    "moves",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("proposal", Text, ForeignKey("proposals.id"), nullable=False),
    Column("move", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("brand", Text),
    Column("term", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("ended_at", Text),
)

absences = Table(
    "absences",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("delegate", Text),
    Column("why", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("ended_at", Text),
)
"""Who is away, and who decides in their place until then."""

deeds = Table(
    "deeds",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("act", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("until", Text),
    Column("via", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""The second audit: what people did, or were refused, that moved no proposal."""

pauses = Table(
    "pauses",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text),
    Column("ended_at", Text),
    Column("ended_by", Text),
    Column("ended_why", Text),
    Column("terms", Text, nullable=False),
)
"""`terms` are the words of the tragedy where the guard set the pause; an empty list where a person did."""

tragedies = Table(
    "tragedies",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("kept_at", Text, nullable=False),
    Column("person", Text, nullable=False),
)
"""`at` is the stream's clock, `kept_at` ours; `person` is empty but for a death that an encyclopedia tells."""

cursors = Table(
    "cursors",
    metadata,
    Column("source", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
)

stock_counts = Table(
    "stock_counts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("brand", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("left", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""How many are left of what a brand promises; the newest count of an item counts."""

slack_inbox = Table(
    "slack_inbox",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("envelope", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("done_at", Text),
    Column("outcome", Text, nullable=False),
)
"""What people did in Slack, in the order it came. `act` is the same for one act in whatever envelope it comes; when
it is worked off the payload is emptied and `outcome` says what became of it."""

slack_cards = Table(
    "slack_cards",
    metadata,
    Column("proposal", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("ts", Text),
    Column("shown", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("moved_at", Text, nullable=False),
)
"""Which message shows which proposal, and a digest of what it shows."""

slack_plots = Table(
    "slack_plots",
    metadata,
    Column("file", Text, primary_key=True),
    Column("proposal", Text, nullable=False),
    Column("alt", Text, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("moved_at", Text, nullable=False),
)
"""The uploaded plots: whose card each belongs to, and what it shows. A draft's picture stands here as well, its
`proposal` being the proposal's id, a space and the picture's SHA-256."""

examples = Table(
    "examples",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("answer", Text, nullable=False),
)
"""What people taught: `missed` is what somebody saw trending and was not told of."""

tunings = Table(
    "tunings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("brand", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("match", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("before", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("settled_by", Text),
    Column("settled_at", Text),
)
"""Changes of keywords: who proposed them, and who applied or dropped them."""
