"""All of config/ read, checked whole, and every mistake told in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from monitor import references, signals, sources
from monitor.assets import FONTS, PICTURES, AssetFile
from monitor.crosscheck import check_brands, check_budgets, check_people, check_slack
from monitor.errors import BadInput
from monitor.mistakes import nearest, validated
from monitor.model import Brand
from monitor.settings import (
    NO_NAMES,
    OWN_NAMES,
    BotSettings,
    BrandSettings,
    CalendarFile,
    ListFile,
    Settings,
    TemplateFile,
    remembered_in,
    words_of,
)
from monitor.yamlfile import Document, Mistake, read

M = TypeVar("M", bound=BaseModel)


class Kind(Protocol):
    """A folder of adapters whose file names are YAML keys: `monitor.sources`, `responders.publishers`."""

    def names(self) -> list[str]:
        """The keys that exist."""
        ...

    def load(self, name: str) -> Any:
        """The module of one of them; it has `Settings`."""
        ...


@dataclass(slots=True)
class Loaded:
    """The settings with what they were read from, for checks that go beyond one file."""

    root: Path
    documents: dict[str, Document] = field(default_factory=dict)
    """By the name that messages show: `bot.yaml`, `brands/oreo.yaml`, `templates/oreo.yaml`."""
    bot: BotSettings | None = None
    brands: dict[str, BrandSettings] = field(default_factory=dict)
    templates: dict[str, TemplateFile] = field(default_factory=dict)
    calendars: dict[str, CalendarFile] = field(default_factory=dict)
    lists: dict[str, ListFile] = field(default_factory=dict)
    assets: dict[str, AssetFile] = field(default_factory=dict)
    warnings: list[Mistake] = field(default_factory=list)

    @property
    def mistakes(self) -> list[Mistake]:
        """Of all files, in the order a person reads them."""
        return sorted({mistake for document in self.documents.values() for mistake in document.mistakes})

    def settings(self) -> Settings:
        """What the program is built from. Raises BadInput with every mistake, one a line."""
        mistakes = self.mistakes
        if mistakes or self.bot is None:
            raise BadInput("\n".join(str(mistake) for mistake in mistakes))
        return Settings(
            root=self.root,
            bot=self.bot,
            brands=self.brands,
            templates=self.templates,
            calendars=self.calendars,
            lists=self.lists,
            assets=self.assets,
        )

    def brand(self, name: str) -> Brand:
        """One brand with what its markets remember. Raises KeyError where its file cannot be used.

        Raises BadInput where one of its rules cannot be read.
        """
        brand = self.brands[name]
        return brand.to_brand(name, remembered_in(brand.markets, self.calendars), words_of(self.lists))


Check = Callable[[Loaded], None]
"""Adds mistakes to the documents and warnings to the whole."""


def load_settings(root: Path, environ: Mapping[str, str], checks: Sequence[Check] = ()) -> Settings:
    """Read and check the folder `root`. Raises BadInput whose text is all mistakes, one a line."""
    return load(root, environ, checks).settings()


def load(root: Path, environ: Mapping[str, str], checks: Sequence[Check] = ()) -> Loaded:
    """Read everything that can be read; what is wrong is in `mistakes`. Raises BadInput where there is no such folder.

    `checks` are those that need to know more than this package does (the publishers).
    """
    if not root.is_dir():
        raise BadInput(f"{root}: no such folder; `bonmot init {root}` makes one")
    loaded = Loaded(root.resolve())
    bot = _document(loaded, root / "bot.yaml", "bot.yaml")
    if bot.data is not None:
        references.resolve(bot, environ)
        loaded.bot = validated(BotSettings, bot, data=bot.data)
    loaded.brands = _folder(loaded, "brands", BrandSettings)
    loaded.templates = _folder(loaded, "templates", TemplateFile)
    if any((root / "calendars").glob("*")):  # a brand may do without: then it names no market
        loaded.calendars = _folder(loaded, "calendars", CalendarFile)
    if any((root / "lists").glob("*")):
        loaded.lists = _folder(loaded, "lists", ListFile)
    if any((root / "assets").glob("*.yaml")):
        loaded.assets = _folder(loaded, "assets", AssetFile, beside=(*PICTURES, *FONTS))
    check_blocks(loaded, "sources", sources)
    check_people(loaded)
    check_slack(loaded)
    check_budgets(loaded)
    check_names(loaded)
    check_brands(loaded, signals.names())
    for check in checks:
        check(loaded)
    return loaded


def check_blocks(loaded: Loaded, key: str, kind: Kind) -> None:
    """Check each block under `key` of bot.yaml with the settings of the module it is named after."""
    bot = loaded.documents["bot.yaml"]
    blocks = bot.data.get(key) if isinstance(bot.data, dict) else None
    if not isinstance(blocks, dict):
        return
    known = kind.names()
    for name, block in blocks.items():
        if name not in known:
            text = f"unknown {key.removesuffix('s')}{nearest(name, known)}"
            bot.mistakes.append(bot.mistake((key, name), text, at_key=True))
        elif block is None or isinstance(block, dict):
            validated(kind.load(name).Settings, bot, data=block or {}, prefix=(key, name))


def check_names(loaded: Loaded) -> None:
    """Check that a spaCy pipeline which is to find names is installed and finds some."""
    name = loaded.bot.language.names if loaded.bot else OWN_NAMES
    if name in (OWN_NAMES, NO_NAMES):
        return
    from monitor.language.names.installed import trouble_with  # few name a pipeline; the rest need not wait

    if (trouble := trouble_with(name)) is not None:
        bot = loaded.documents["bot.yaml"]
        bot.mistakes.append(bot.mistake(("language", "names"), f"{name} {trouble}"))


def _document(loaded: Loaded, path: Path, shown: str) -> Document:
    if path.is_file():
        document = read(path, shown)
    else:
        document = Document(shown)
        is_odd = path.exists() or path.is_symlink()
        text = "is not a file that can be read" if is_odd else f"no such file in {loaded.root}"
        document.mistakes.append(Mistake(shown, 1, 1, "", text))
    loaded.documents[shown] = document
    return document


def _folder(loaded: Loaded, name: str, model: type[M], *, beside: tuple[str, ...] = ()) -> dict[str, M]:
    """Every file of one folder as the model; its stem is its name. `beside` are endings of what lies there as well."""
    found: dict[str, M] = {}
    paths = sorted(path for path in (loaded.root / name).glob("*") if not path.name.startswith("."))
    if not paths:
        _document(loaded, loaded.root / name / "*.yaml", f"{name}/*.yaml")
    for path in paths:
        shown = f"{name}/{path.name}"
        if path.suffix in beside:
            continue
        if path.suffix.lower() not in (".yaml", ".yml"):
            loaded.warnings.append(Mistake(shown, 1, 1, "", "is not read: only NAME.yaml is"))
            continue
        document = _document(loaded, path, shown)
        wrong = _wrong_name(path)
        if wrong:
            document.mistakes = [Mistake(shown, 1, 1, "", wrong)]
            continue
        if document.data is not None:
            references.refuse(document)
            settings = validated(model, document, data=document.data)
            if settings is not None:
                found[path.stem] = settings
    return found


def _wrong_name(path: Path) -> str | None:
    """Why a file of this name is not read."""
    if path.suffix != ".yaml":
        return "is not read: a settings file is called NAME.yaml; rename or move it"
    stem = path.stem
    is_name = stem[:1].isalpha() and len(stem) <= 40 and all(c in _NAME_LETTERS for c in stem)
    return None if is_name else "the name of the file becomes a name: use lower-case letters, digits, - and _"


_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
