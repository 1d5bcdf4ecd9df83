"""Keywords tuned by people: tried on the last day, reviewed, and written back into the brand's own file.

Nothing tunes by itself. Who proposes and who applies are two approvers of the brand, unless it has one alone. The file
is changed at one place, checked with all other settings, and replaced at once; the running bot takes it up as it takes
every file that is saved. `CHANGES` beside the settings says who changed what when, and why.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from monitor.clock import Clock, to_text
from monitor.errors import BadInput, Refused
from monitor.keywords import parse
from monitor.settings import KeywordSettings, Settings, words_of
from monitor.visible import visible
from monitor.yamledit import Change, changed, number
from responders.approvals.aides import BrandKeywords, Keyword, Preview, Progress, Retune, Tuning
from responders.desk import Books
from responders.loading import load
from responders.trying import Trial

log = structlog.get_logger()

CHANGES = "CHANGES"
"""A text file beside the settings; each line is one change that was applied."""
HEAVIEST = 5.0


async def nobody() -> dict[str, frozenset[str]]:
    """No group has anybody in it."""
    return {}


@dataclass(slots=True)
class LiveTuner:
    """See `responders.approvals.aides.Tuner`."""

    settings: Callable[[], Settings]
    books: Books
    clock: Clock
    trial: Trial
    members: Callable[[], Awaitable[Mapping[str, frozenset[str]]]] = nobody
    """Who is in the groups of the settings."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two people who press at once are two turns."""

    def keywords(self) -> list[BrandKeywords]:
        """As the promise says."""
        found = []
        for name, brand in sorted(self.settings().brands.items()):
            rules = tuple(Keyword(one.match, one.weight, one.tag) for one in brand.keywords)
            found.append(BrandKeywords(name, brand.title, self._digest(name), rules))
        return found

    def against(self, retune: Retune) -> dict[str, str]:
        """As the promise says."""
        try:
            self._change(retune)
        except Refused as error:
            return {"": str(error)}
        if retune.act == "remove":
            return {}
        if not 0.0 <= retune.weight <= HEAVIEST:
            return {"weight": f"must be from 0 to {HEAVIEST:g} (got {retune.weight:g})"}
        if not retune.match.strip() or visible(retune.match) != retune.match:
            return {"match": "write the rule on one line, without hidden characters"}
        try:
            rule = KeywordSettings(match=retune.match, weight=retune.weight)
            parse(rule.to_rule(words_of(self.settings().lists)).match)
        except (BadInput, ValueError) as error:
            return {"match": str(error).splitlines()[0]}
        return {}

    async def preview(self, retune: Retune, progress: Progress) -> Preview:
        """As the promise says."""
        self._change(retune)
        before = self.settings()
        brand = before.brands[retune.brand]
        rules = tuned(brand.keywords, retune)
        after = before.model_copy(
            update={"brands": {**before.brands, retune.brand: brand.model_copy(update={"keywords": rules})}}
        )
        one, other = (next(b for b in s.domain_brands() if b.name == retune.brand) for s in (before, after))
        return await self.trial.count(one, other, progress)

    async def propose(self, retune: Retune, person: str, at: datetime) -> str:
        """As the promise says."""
        wrong = self.against(retune)
        if wrong:
            raise Refused("; ".join(wrong.values()))
        change = self._change(retune)
        approvers = await self._approvers(retune.brand, person)
        tuning = Tuning(
            0, retune.brand, retune.act, change.place, change.match, change.weight, change.before, retune.digest,
            person, retune.why, at,
        )  # fmt: skip
        kept = await self.books.call(self.books.ledger.keep_tuning, tuning)
        if approvers == {person}:
            return await self.settle(kept, person, apply=True)
        people = self.settings().bot.people
        names = " or ".join(people[one].title if one in people else one for one in sorted(approvers - {person}))
        return f"Proposed. It counts once {names} applies it on the Home tab."

    async def waiting(self) -> list[Tuning]:
        """As the promise says."""
        return await self.books.call(self.books.ledger.tunings)

    async def settle(self, number: int, person: str, *, apply: bool) -> str:
        """As the promise says."""
        async with self._one:
            tuning = next((one for one in await self.waiting() if one.number == number), None)
            if tuning is None:
                raise Refused("somebody settled that already")
            approvers = await self._approvers(tuning.brand, person)
            if apply and person == tuning.person and len(approvers) > 1:
                raise Refused("you proposed it: another approver has to apply it")
            if apply:
                await asyncio.to_thread(self._write, tuning, person)
            await self.books.call(self.books.ledger.settle_tuning, number, person, applied=apply, at=self.clock.now())
            log.info("keywords_tuned" if apply else "tuning_dropped", brand=tuning.brand, person=person)
        return f"{'Applied' if apply else 'Dropped'}: {told(tuning)}."

    async def _approvers(self, brand: str, person: str) -> set[str]:
        """The people who may, those of groups among them. Raises Refused where the person is none of them."""
        known = self.settings().brands.get(brand)
        if known is None:
            raise Refused(f"{brand} is no longer configured")
        groups, named = await self.members(), set(known.approval.approvers)
        approvers = named - set(groups) | {one for group in named & set(groups) for one in groups[group]}
        if person not in approvers:
            raise Refused(f"{person} may not tune {known.title}: {', '.join(sorted(named))} may")
        return approvers

    def _path(self, brand: str) -> Path:
        return self.settings().root / "brands" / f"{brand}.yaml"

    def _digest(self, brand: str) -> str:
        try:
            return hashlib.sha256(self._path(brand).read_bytes()).hexdigest()[:16]
        except OSError as error:
            raise Refused(f"brands/{brand}.yaml cannot be read: {error.strerror}") from error

    def _change(self, retune: Retune) -> Change:
        """The change with the rule that stands there. Raises Refused where the file is not what the person saw."""
        brand = self.settings().brands.get(retune.brand)
        if brand is None:
            raise Refused(f"{retune.brand} is no longer configured")
        if self._digest(retune.brand) != retune.digest:
            raise Refused(f"brands/{retune.brand}.yaml was changed in the meantime: begin again")
        if retune.act == "add":
            return Change("add", 0, retune.match, retune.weight)
        if not 0 <= retune.place < len(brand.keywords):
            raise Refused("that keyword stands there no more")
        return Change(retune.act, retune.place, retune.match, retune.weight, brand.keywords[retune.place].match)

    def _write(self, tuning: Tuning, person: str) -> None:
        """Check the whole of the settings with the change in it, then replace the file. Raises Refused."""
        path, root = self._path(tuning.brand), self.settings().root
        if self._digest(tuning.brand) != tuning.digest:
            raise Refused(f"brands/{tuning.brand}.yaml was changed since: drop this, and propose it anew")
        data = path.read_bytes()
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        change = Change(tuning.act, tuning.place, tuning.match, tuning.weight, tuning.before)
        try:
            made = mark + changed(data.decode("utf-8-sig"), change).encode()
            self._check(root, path, made)
        except BadInput as error:
            raise Refused(f"not applied: {'; '.join(str(error).splitlines()[:3])}") from error
        # In the folder itself, so that replacing is one step of the file system; hidden files are no settings.
        fresh = path.with_name(f".{path.name}.new")
        try:
            with fresh.open("wb") as file:
                file.write(made)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(path, fresh)
            if path.read_bytes() != data:
                raise Refused(f"brands/{tuning.brand}.yaml was changed this very moment: drop this, and begin again")
            fresh.replace(path)
            with (root / CHANGES).open("a", encoding="utf-8") as book:
                book.write(_line(tuning, person, self.clock.now()))
        except OSError as error:
            raise Refused(f"brands/{tuning.brand}.yaml cannot be written: {error.strerror}") from error
        finally:
            fresh.unlink(missing_ok=True)

    def _check(self, root: Path, path: Path, made: bytes) -> None:
        """All settings as they would be, in a folder of their own. Raises BadInput with every mistake."""
        with tempfile.TemporaryDirectory(prefix="bonmot-") as folder:
            copy = Path(folder) / "config"
            shutil.copytree(root, copy, ignore=_only_settings)
            (copy / path.relative_to(root)).write_bytes(made)
            load(copy, self.environ).settings()


def tuned(rules: Sequence[KeywordSettings], retune: Retune) -> list[KeywordSettings]:
    """The rules with the change; what a file says of a rule beside its words and weight stays."""
    if retune.act == "add":
        return [*rules, KeywordSettings(match=retune.match, weight=retune.weight)]
    if retune.act == "remove":
        return [*rules[: retune.place], *rules[retune.place + 1 :]]
    new = rules[retune.place].model_copy(update={"match": retune.match, "weight": retune.weight})
    return [*rules[: retune.place], new, *rules[retune.place + 1 :]]


def told(tuning: Tuning) -> str:
    """What the change is, in words."""
    new = f"{tuning.match!r} with weight {number(tuning.weight)}"
    if tuning.act == "add":
        return f"{tuning.brand}: a new keyword {new}"
    if tuning.act == "remove":
        return f"{tuning.brand}: without the keyword {tuning.before!r}"
    return f"{tuning.brand}: {tuning.before!r} becomes {new}"


def _line(tuning: Tuning, person: str, now: datetime) -> str:
    why = f" ({visible(' '.join(tuning.why.split()))})" if tuning.why.strip() else ""
    by = f"proposed by {tuning.person}{why}, applied by {person}"
    return f"{to_text(now)} {visible(told(tuning))}; {by}\n"


def _only_settings(folder: str, names: list[str]) -> Iterator[str]:
    """What a copy of the settings does without."""
    is_beside_assets = Path(folder).name == "assets"  # its pictures are looked at
    return (
        name
        for name in names
        if not is_beside_assets and not (Path(folder) / name).is_dir() and not name.endswith(".yaml")
    )
