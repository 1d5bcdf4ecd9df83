"""What no single file can know: whether the settings fit each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from monitor import keywords
from monitor.approvers import GROUP, all_approvers, check_absences, check_approvers, check_groups
from monitor.errors import BadInput
from monitor.keywords.conditions import KEYS
from monitor.mistakes import nearest
from monitor.prices import TARIFFS
from monitor.settings import BotSettings, BrandSettings, TemplateFile, words_of
from monitor.yamlfile import Document, Mistake, Trail

if TYPE_CHECKING:
    from monitor.load import Loaded


OUR_OWN_NAMES = frozenset({"clock", "outbox", "reconciler", "guard", "start-up", "demo"})
"""Who moves proposals in the audit beside people; a person of that name could not be told from it."""


def check_people(loaded: Loaded) -> None:
    """Check that nobody has the name of a part of the program."""
    document = loaded.documents["bot.yaml"]
    for person in loaded.bot.people if loaded.bot else ():
        if person in OUR_OWN_NAMES:
            text = "is a name the audit uses for a part of the program; choose another"
            document.mistakes.append(document.mistake(("people", person), text, at_key=True))
    check_absences(loaded)


def check_slack(loaded: Loaded) -> None:
    """Check that every Slack id is one person's, every channel a brand's, and that somebody can decide there."""
    bot, document = loaded.bot, loaded.documents["bot.yaml"]
    if bot is None:
        return
    owners: dict[str, str] = {}
    for name, person in bot.people.items():
        if person.slack and owners.setdefault(person.slack, name) != name:
            text = f"is the Slack id of '{owners[person.slack]}' already: a click has to be one person's"
            document.mistakes.append(document.mistake(("people", name, "slack"), text))
    for brand in bot.slack.channels if bot.slack else ():
        if brand not in loaded.brands:
            if f"brands/{brand}.yaml" not in loaded.documents:  # else what is wrong there is told there
                text = f"there is no brand '{brand}'{nearest(brand, list(loaded.brands))}"
                document.mistakes.append(document.mistake(("slack", "channels", brand), text, at_key=True))
        elif not _somebody_decides_there(bot, loaded.brands[brand]):
            text = "none of the brand's approvers has a `slack` id: nobody can say yes there"
            loaded.warnings.append(document.mistake(("slack", "channels", brand), text, at_key=True))
        for name in _without_id(bot, loaded.brands[brand]) if brand in loaded.brands else ():
            text = f"has no `slack` id, and is an approver of {brand}: decides on the page alone"
            loaded.warnings.append(document.mistake(("people", name), text, at_key=True))
    check_groups(loaded)


def _without_id(bot: BotSettings, brand: BrandSettings) -> list[str]:
    """The approvers whom Slack cannot know, where others it can."""
    named = [entry for entry in all_approvers(brand.approval) if entry in bot.people]
    return [name for name in named if not bot.people[name].slack] if _somebody_decides_there(bot, brand) else []


def _somebody_decides_there(bot: BotSettings, brand: BrandSettings) -> bool:
    entries = all_approvers(brand.approval)
    return any(entry.startswith(GROUP) or (entry in bot.people and bot.people[entry].slack) for entry in entries)


def check_budgets(loaded: Loaded) -> None:
    """Check that budgets are for networks that cost something, and that their two caps fit each other."""
    document = loaded.documents["bot.yaml"]
    for name, budget in (loaded.bot.budgets if loaded.bot else {}).items():
        if name not in TARIFFS:
            text = f"there is no price list for '{name}'{nearest(name, list(TARIFFS))}"
            document.mistakes.append(document.mistake(("budgets", name), text, at_key=True))
        if budget.usd_per_day > budget.usd_per_month:
            text = (
                f"a day may cost {budget.usd_per_day:g} USD and its month {budget.usd_per_month:g}: the month's counts"
            )
            loaded.warnings.append(document.mistake(("budgets", name), text))


def check_brands(loaded: Loaded, known_signals: Iterable[str]) -> None:
    """Check every brand against the people, the templates, the signals and the other brands."""
    signals = sorted(known_signals)
    _check_lists(loaded)
    for name, brand in loaded.brands.items():
        document = loaded.documents[f"brands/{name}.yaml"]
        _check_rules(loaded, brand, document)
        check_approvers(loaded, brand, document)
        _check_templates(loaded, brand, document, default=name)
        _check_markets(loaded, brand, document)
        _check_weights(brand, document, signals)
        _check_names(brand, document)
        _check_claims(brand, document)
        loaded.warnings.extend(_contradictions(brand, document))
    _check_accounts(loaded)
    _check_unused(loaded)


def _rules(brand: BrandSettings) -> list[tuple[Trail, str]]:
    """Every rule of a brand, and where it stands."""
    found: list[tuple[Trail, str]] = []
    for i, keyword in enumerate(brand.keywords):
        found.append((("keywords", i, "match"), keyword.match))
        found += [(("keywords", i, "exclude", j), rule) for j, rule in enumerate(keyword.exclude)]
    found += [(("exclude", i), rule) for i, rule in enumerate(brand.exclude)]
    return found + [(("territories", name), rule) for name, rule in brand.territories.items()]


def _check_rules(loaded: Loaded, brand: BrandSettings, document: Document) -> None:
    lists = words_of(loaded.lists)
    for trail, text in _rules(brand):
        try:
            is_exclusion = trail[2:3] == ("exclude",)  # beside a rule that asks for something, so it need not
            written = keywords.without("x", (text,), lists) if is_exclusion else keywords.written_out(text, lists)
            rule = keywords.parse(written)
        except keywords.RuleMistake as error:
            spot = document.inside(trail, error.column - 1)
            what, *mark = str(error).splitlines()
            where = ".".join(map(str, trail))
            document.mistakes.append(Mistake(document.file, spot.line, spot.column, where, what, tuple(mark)))
        else:
            loaded.warnings += [document.mistake(trail, doubt) for doubt in (*_slips(text), *_doubts(trail, rule))]


CONDITIONS = (*KEYS, "list")
_QUOTED = re.compile(r'"[^"]*"|/(?:[^/\\\\]|\\\\.)+/')
_SLIP = re.compile(r"(?<![^\s(-])(?:(or|and|not|NOT|near|NEAR(?:/\D\w*)?)(?=[\s)]|$)|([A-Za-z_]+):(?=[^\s/]))")


def _slips(text: str) -> Iterator[str]:
    """What looks like an operator and is looked for as words; each said once."""
    bare = _QUOTED.sub(lambda found: " " * len(found[0]), text)
    for word, key in dict.fromkeys(_SLIP.findall(bare)):
        if word:
            upper = word.upper()
            meant = {"OR": "OR", "AND": "nothing between them", "NOT": "-word"}.get(upper, "NEAR/3 with a number")
            yield f"{word!r} is looked for as a word here; if an operator is meant, write {meant}"
        elif key and key.casefold() not in CONDITIONS:
            near = nearest(key.casefold(), CONDITIONS)
            yield f"'{key}:' is no condition, and is looked for as words{near}"


def _doubts(trail: Trail, rule: keywords.Rule) -> Iterator[str]:
    """What a rule may do, and its author may not mean."""
    is_of_posts = trail[0] in ("exclude", "territories")
    if rule.needed() is None and rule.patterns():
        yield "has no word that every match holds, so its pattern is tried on each post; add a word beside it"
    if is_of_posts and rule.asks_for_posts():
        yield "asks for more than words, so a trend's own name never meets it, only the posts do"


def _check_lists(loaded: Loaded) -> None:
    for name, file in loaded.lists.items():
        document = loaded.documents[f"lists/{name}.yaml"]
        for i, word in enumerate(file.words):
            try:
                keywords.entry(word)
            except BadInput as error:
                what = str(error).splitlines()[0]
                document.mistakes.append(document.mistake(("words", i), what))


def _check_templates(loaded: Loaded, brand: BrandSettings, document: Document, *, default: str) -> None:
    existing = _stems(loaded, "templates")
    for i, wanted in enumerate(brand.templates or [default]):
        if wanted not in existing:
            text = f"there is no templates/{wanted}.yaml{nearest(wanted, existing)}"
            document.mistakes.append(document.mistake(("templates", i) if brand.templates else ("templates",), text))


def _check_markets(loaded: Loaded, brand: BrandSettings, document: Document) -> None:
    """A market without a calendar would be one that never mourns; only the one nobody wrote down may be missing."""
    existing = _stems(loaded, "calendars")
    for i, market in enumerate(brand.markets if "markets" in brand.model_fields_set else ()):
        if market not in existing:
            text = f"there is no calendars/{market}.yaml{nearest(market, existing)}"
            document.mistakes.append(document.mistake(("markets", i), text))


def _stems(loaded: Loaded, folder: str) -> list[str]:
    """The files of one folder that are there, whether they can be used or not."""
    shown = [name for name in loaded.documents if name.startswith(f"{folder}/") and name != f"{folder}/*.yaml"]
    return [name.removeprefix(f"{folder}/").removesuffix(".yaml") for name in shown]


def _check_weights(brand: BrandSettings, document: Document, signals: list[str]) -> None:
    for signal in brand.weights:
        if signals and signal not in signals:
            text = f"there is no such signal{nearest(signal, signals)}"
            document.mistakes.append(document.mistake(("weights", signal), text, at_key=True))


def _check_names(brand: BrandSettings, document: Document) -> None:
    counts = Counter(fact.name for fact in brand.facts)
    for i, fact in enumerate(brand.facts):
        if counts[fact.name] > 1 and fact.name in {other.name for other in brand.facts[:i]}:
            document.mistakes.append(document.mistake(("facts", i, "name"), f"'{fact.name}' names two facts"))


def _check_claims(brand: BrandSettings, document: Document) -> None:
    """A phrase claimed twice could have a proof and have none; one of the no-go words is never said, proof or not."""
    banned = {word.casefold() for word in brand.no_go}
    seen: set[str] = set()
    for i, claim in enumerate(brand.voice.claims):
        for j, phrase in enumerate(claim.phrases):
            here: Trail = ("voice", "claims", i, "phrases", j)
            if phrase.casefold() in seen:
                document.mistakes.append(document.mistake(here, f"'{phrase}' is claimed twice; keep one"))
            elif claim.proof and phrase.casefold() in banned:
                document.mistakes.append(document.mistake(here, f"'{phrase}' has a proof, but no_go says never"))
            seen.add(phrase.casefold())


def _check_accounts(loaded: Loaded) -> None:
    """One account speaks for one brand: two would answer each other's trends with one voice."""
    owners: dict[str, str] = {}
    for name, brand in loaded.brands.items():
        document = loaded.documents[f"brands/{name}.yaml"]
        for i, account in enumerate(brand.accounts):
            owner = owners.setdefault(account, name)
            if owner != name or account in brand.accounts[:i]:
                text = f"'{account}' already speaks for {owner}" if owner != name else f"'{account}' is listed twice"
                document.mistakes.append(document.mistake(("accounts", i), text))


def _check_unused(loaded: Loaded) -> None:
    """A template that no brand uses, and a fact in it that no brand has, are most likely slips of the pen."""
    users: dict[str, list[BrandSettings]] = {}
    for name, brand in loaded.brands.items():
        for template in brand.templates or [name]:
            users.setdefault(template, []).append(brand)
    brands_are_read = not any(doc.mistakes for shown, doc in loaded.documents.items() if shown.startswith("brands/"))
    for stem, file in loaded.templates.items():
        document = loaded.documents[f"templates/{stem}.yaml"]
        if stem in users:
            _check_facts(file, document, {fact.name for brand in users[stem] for fact in brand.facts})
        elif brands_are_read:
            loaded.warnings.append(document.mistake((), "no brand uses these templates"))
    _check_template_names(loaded)


def _check_facts(file: TemplateFile, document: Document, facts: set[str]) -> None:
    for i, template in enumerate(file.templates):
        for j, wanted in enumerate(template.facts):
            if wanted not in facts:
                text = f"no brand that uses this file has the fact '{wanted}'{nearest(wanted, facts)}"
                document.mistakes.append(document.mistake(("templates", i, "facts", j), text))


def _check_template_names(loaded: Loaded) -> None:
    for stem, file in loaded.templates.items():
        document = loaded.documents[f"templates/{stem}.yaml"]
        seen: set[str] = set()
        for i, template in enumerate(file.templates):
            if template.name in seen:
                text = f"'{template.name}' names two templates"
                document.mistakes.append(document.mistake(("templates", i, "name"), text))
            seen.add(template.name)


def _contradictions(brand: BrandSettings, document: Document) -> list[Mistake]:
    """Pairs of numbers that are each allowed and make no sense together."""
    found = []
    undo, shelf = brand.approval.undo_secs, brand.shelf_life_secs
    if undo >= shelf:
        text = (
            f"a yes can be taken back for {undo:g} s, but a trend is stale after {shelf:g} s: nothing would be posted"
        )
        found.append(document.mistake(("approval", "undo_secs"), text))
    caution, offer = brand.thresholds.caution, brand.thresholds.offer
    if caution > offer:
        text = f"caution ({caution:g}) is above offer ({offer:g}): it can never be reached"
        found.append(document.mistake(("thresholds", "caution"), text))
    if brand.weights and not any(brand.weights.values()):
        found.append(document.mistake(("weights",), "all weights are 0: every score would be 0"))
    if brand.cards_per_day == 0:
        found.append(document.mistake(("cards_per_day",), "0 cards a day: nobody will ever be asked"))
    return found
