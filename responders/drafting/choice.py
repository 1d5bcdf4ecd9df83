"""The texts of one card: the templates' at once, a model's beside them where it was in time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from monitor.model import Account, Brand, Opportunity, Verdict
from monitor.settings import TemplateSettings
from responders.drafting import strict, templates
from responders.drafting.ranking import Candidate, ranked
from responders.drafting.writer import Written
from responders.model import Draft
from responders.pictures.choosing import Pictures

MOST_TEMPLATES = 3
MOST_DRAFTS = 5
"""With a model's among them; more nobody reads in the time a joke lives."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one account could say to one opportunity."""

    opportunity: Opportunity
    brand: Brand
    account: Account
    recent: Sequence[str]
    templates: Sequence[TemplateSettings]
    rules: Callable[[str], list[str]] = lambda _: []
    """What else stands against a text just now."""
    pictures: Pictures = field(default_factory=dict)
    """What goes with each template that wants a picture."""

    def from_templates(self) -> list[Candidate]:
        """The best of the brand's own texts."""
        found, _ = templates.candidates(
            self.opportunity,
            self.brand,
            self.templates,
            account=self.account,
            recent=self.recent,
            pictures=self.pictures,
        )
        found = [one for one in found if not self._against(one)]
        by_text = {one.draft.text: one for one in found}
        return [by_text[draft.text] for draft in self.ranked(found, MOST_TEMPLATES)]

    def from_model(self, written: Written, model: str) -> tuple[list[Candidate], list[str]]:
        """What passes of the model's texts, and why each other does not."""
        found, skipped = strict.candidates(
            written, self.opportunity, self.brand, account=self.account, recent=self.recent, model=model
        )
        against = [self._against(one) for one in found]
        passed = [one for one, why in zip(found, against, strict=True) if not why]
        return passed, [*(one.why for one in skipped), *filter(None, against)]

    def _against(self, one: Candidate) -> str:
        """What the network or an empty shelf has against it, in words."""
        return "; ".join(self.rules(one.draft.text))

    def ranked(self, found: Sequence[Candidate], limit: int = MOST_DRAFTS) -> tuple[Draft, ...]:
        """The best first, with what they were ranked by."""
        chosen = ranked(found, self.opportunity, self.brand, account=self.account, recent=self.recent, limit=limit)
        return chosen.drafts

    def is_agreed(self, found: Sequence[Candidate | Draft]) -> bool:
        """Whether these are playbook texts alone, on a trend the guard saw nothing in: tier 0, one click.

        Such a card is not held up for a model, whose words would need a second thought.
        """
        cleared = {one.name for one in self.templates if one.pre_cleared}
        drafts = [one.draft if isinstance(one, Candidate) else one for one in found]
        agreed = all(draft.model is None and draft.template in cleared for draft in drafts)
        return bool(drafts) and agreed and self.opportunity.score.verdict is Verdict.OFFER
