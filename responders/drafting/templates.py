"""Drafts from a brand's own templates: a few safe slots, several variants, the same ones every time. Pure.

The slots, and where their words come from:

| slot | is | from |
|---|---|---|
| `brand` | the brand's title | the brand's YAML |
| `bridge` | the name of the fact that meets the trend, dashes as spaces | the brand's YAML |
| `fact` | that fact in words | the brand's YAML |
| `term` | the fact's term that met the trend | the brand's YAML |
| `weekday` | `Sunday` | the clock, in the brand's time zone |
| `part_of_day` | `morning`, `afternoon`, `evening` or `night` | the clock, in the brand's time zone |
| `tag` | one hashtag of the trend, with `#` | strangers, and only when `tags` clears it |

Nothing else of the trend can be written into a template. A template whose slot has no value is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.model import Account, Brand, Opportunity
from monitor.settings import TemplateSettings
from responders.drafting.checks import problems
from responders.drafting.ranking import Candidate, Drafted, Skipped, fact_of, ranked
from responders.drafting.tags import cleared_tag
from responders.model import Draft, Picture
from responders.pictures.choosing import Pictures

SLOTS = ("brand", "bridge", "fact", "term", "weekday", "part_of_day", "tag")
FILTERS = ("lower", "upper", "title", "capitalize")

_SAMPLES = {slot: slot for slot in SLOTS} | {"weekday": "Monday", "part_of_day": "night", "tag": "#tag"}
_ALLOWED_NODES = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Filter)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS_OF_DAY = ((5, "night"), (12, "morning"), (17, "afternoon"), (22, "evening"), (24, "night"))


def draft(
    opportunity: Opportunity,
    brand: Brand,
    templates: Sequence[TemplateSettings],
    *,
    account: Account,
    recent: Sequence[str],
    limit: int = 3,
) -> list[Draft]:
    """At most `limit` different texts that pass every check, best first; the same ones for the same opportunity."""
    return list(explain(opportunity, brand, templates, account=account, recent=recent, limit=limit).drafts)


def explain(
    opportunity: Opportunity,
    brand: Brand,
    templates: Sequence[TemplateSettings],
    *,
    account: Account,
    recent: Sequence[str],
    limit: int = 3,
) -> Drafted:
    """The same drafts as `draft`, with the reason for every template left out."""
    found, skipped = candidates(opportunity, brand, templates, account=account, recent=recent)
    drafted = ranked(found, opportunity, brand, account=account, recent=recent, limit=limit)
    return Drafted(drafted.drafts, (*skipped, *drafted.skipped))


def candidates(
    opportunity: Opportunity,
    brand: Brand,
    templates: Sequence[TemplateSettings],
    *,
    account: Account,
    recent: Sequence[str],
    pictures: Pictures = MappingProxyType({}),
) -> tuple[list[Candidate], list[Skipped]]:
    """Every text that passes the checks, not yet ranked, and why each other template gives none.

    `pictures` tells of each template that wants one what goes with it here, or why nothing does.
    """
    slots, missing = slots_of(opportunity, brand)
    fact = fact_of(opportunity, brand)
    found: list[Candidate] = []
    skipped: list[Skipped] = []
    for template in templates:
        if template.act != "post":  # a person does that; see responders.drafting.by_hand
            continue
        text, why = _fill(template, opportunity, slots=slots, missing=missing)
        if text is not None:
            evidence = opportunity.trend.evidence
            why = "; ".join(problems(text, brand=brand, account=account, recent=recent, evidence=evidence))
        media, lacks = _media(template, pictures)
        why = why or lacks
        if text is None or why:
            skipped.append(Skipped(template.name, why))
        else:
            one = Draft(account.key, text, template.name, media=media)
            found.append(Candidate(one, fact is not None and fact.name in template.facts, template.pre_cleared))
    return found, skipped


def slots_of(opportunity: Opportunity, brand: Brand) -> tuple[dict[str, str], dict[str, str]]:
    """The slots that have a value, and why each other has none."""
    local = opportunity.offered_at.astimezone(ZoneInfo(brand.time_zone))
    values: dict[str, str | None] = {
        "brand": brand.title,
        "weekday": _WEEKDAYS[local.weekday()],
        "part_of_day": _part_of_day(local),
    }
    values |= _bridge_slots(opportunity, brand)
    values["tag"], against = cleared_tag(opportunity.trend, brand)
    missing = dict.fromkeys(("bridge", "fact"), "there is no bridge")
    missing |= {"term": "no term of the brand's own met the trend", "tag": against}
    filled = {slot: value for slot, value in values.items() if value is not None}
    return filled, {slot: why for slot, why in missing.items() if slot not in filled}


def problems_of(template: TemplateSettings, *, brand: Brand | None = None) -> list[str]:
    """What is wrong with a template before any trend: syntax with its line, unknown slots, facts, length, words."""
    try:
        tree = _ENVIRONMENT.parse(template.text)
        found = [*_forbidden(tree), *_unknown_slots(tree)]
        if not found:  # compiling computes what is constant: only what is known to be harmless gets there
            _compiled(template.text)
    except TemplateSyntaxError as error:
        return [f"line {error.lineno}: {error.message}"]
    except RecursionError:
        return ["is nested too deeply to be read"]
    if found or brand is None:
        return found
    return [*_unknown_facts(template, brand), *_never_usable(template, brand)]


def words_of(text: str, slots: Mapping[str, str]) -> tuple[str | None, str]:
    """A text of a picture filled in, its alt text for one, or None and which slot has no value."""
    lacking = [slot for slot in sorted(meta.find_undeclared_variables(_ENVIRONMENT.parse(text))) if slot not in slots]
    return (None, f"no {{{{ {lacking[0]} }}}}") if lacking else _render(text, slots)


def wrong_words(text: str) -> list[str]:
    """What is wrong with a text of a picture: its slots are those of templates, but for the crowd's own `tag`."""
    found = problems_of(TemplateSettings(name="picture", text=text))
    if not found and "tag" in meta.find_undeclared_variables(_ENVIRONMENT.parse(text)):
        return ["the slot tag holds strangers' words, which are never put on a picture"]
    return found


def _media(template: TemplateSettings, pictures: Pictures) -> tuple[tuple[Picture, ...], str]:
    """The picture of a text, and why there is no text without one."""
    if template.asset is None:
        return (), ""
    found = pictures.get(template.name, "pictures are not looked for here")
    if isinstance(found, Picture):
        return (found,), ""
    return (), f"needs its picture {template.asset}: {found}" if template.needs_asset else ""


def _environment() -> ImmutableSandboxedEnvironment:
    """Text, slots and four filters: no statement, attribute, call or loop could do more than spell a sentence."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.tests.clear()
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=2048)
def _compiled(text: str) -> Template:
    return _ENVIRONMENT.from_string(text)


def _fill(
    template: TemplateSettings, opportunity: Opportunity, *, slots: Mapping[str, str], missing: Mapping[str, str]
) -> tuple[str | None, str]:
    """The text, or None and why the template cannot be used here."""
    wrong = problems_of(template)
    if wrong:
        return None, "; ".join(wrong)
    bridge = opportunity.score.bridge
    if template.facts and (bridge is None or bridge.name not in template.facts):
        met = bridge.name if bridge else "none"
        return None, f"goes with {' or '.join(template.facts)}, the bridge is {met}"
    lacking = [slot for slot in _slots_in(template) if slot not in slots]
    if lacking:
        return None, "; ".join(f"no {{{{ {slot} }}}}: {missing[slot]}" for slot in lacking)
    return _render(template.text, slots)


def _render(text: str, slots: Mapping[str, str]) -> tuple[str | None, str]:
    try:
        return _compiled(text).render(slots).strip(), ""
    except TemplateError as error:
        return None, f"cannot be filled in: {error}"


def _bridge_slots(opportunity: Opportunity, brand: Brand) -> dict[str, str | None]:
    """What the brand itself says about the bridge; the trend's own words for it are not used."""
    bridge, fact = opportunity.score.bridge, fact_of(opportunity, brand)
    if bridge is None or fact is None:
        return {"bridge": None, "fact": None, "term": None}
    matched = {word.casefold() for word in bridge.matched}
    term = next((term for term in fact.terms if term.casefold() in matched), None)
    return {"bridge": fact.name.replace("-", " ").replace("_", " "), "fact": fact.fact, "term": term}


def _part_of_day(local: datetime) -> str:
    return next(name for end, name in _PARTS_OF_DAY if local.hour < end)


def _slots_in(template: TemplateSettings) -> list[str]:
    return sorted(meta.find_undeclared_variables(_ENVIRONMENT.parse(template.text)))


def _forbidden(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED_NODES) or (isinstance(node, nodes.Filter) and (node.args or node.kwargs)):
            kind = type(node).__name__.lower()
            yield f"line {node.lineno}: only slots and the filters {', '.join(FILTERS)} may be used, not {kind}"
            return


def _unknown_slots(tree: nodes.Template) -> Iterator[str]:
    for name in tree.find_all(nodes.Name):
        if name.name not in SLOTS:
            yield f"line {name.lineno}: unknown slot {name.name!r}; the slots are {', '.join(SLOTS)}"


def _unknown_facts(template: TemplateSettings, brand: Brand) -> Iterator[str]:
    known = [fact.name for fact in brand.facts]
    for name in template.facts:
        if name not in known:
            yield f"{brand.title} has no fact {name!r}; its facts are {', '.join(known)}"


def _never_usable(template: TemplateSettings, brand: Brand) -> Iterator[str]:
    """Filled with the shortest of values it still breaks a rule on every account: nobody will ever see it."""
    text, why = _render(template.text, _SAMPLES)
    if text is None:
        yield why
        return
    if not text:
        yield "gives an empty text"
        return
    against = [problems(text, brand=brand, account=account) for account in brand.accounts]
    if against and all(against):
        yield f"can be used on no account: {'; '.join(dict.fromkeys(reason for each in against for reason in each))}"
