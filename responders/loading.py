"""Where config/ lies, and all of it read and checked with the publishers and the templates known."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from monitor import load as whole
from monitor.errors import BadInput, BadState
from monitor.keywords import Lists
from monitor.load import Loaded
from monitor.mistakes import nearest
from monitor.settings import BrandSettings, Settings, TemplateFile, words_of
from monitor.yamlfile import Document
from responders import publishers
from responders.drafting.lengths import measure
from responders.pictures.checking import check_assets

VARIABLE = "BONMOT_CONFIG"


def find_config(option: Path | None, environ: Mapping[str, str]) -> Path:
    """The config folder: the option, then BONMOT_CONFIG, then ./config. Raises BadInput that says where we looked.

    A place that was named and does not exist is an answer, not a reason to look further.
    """
    named = option or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    folder = named or Path("config")
    if (folder / "bot.yaml").is_file():
        return folder
    said = "--config" if option else f"{VARIABLE}" if named else f"./config (neither --config nor {VARIABLE} is given)"
    what = "has no bot.yaml" if folder.is_dir() else "is no folder"
    raise BadInput(
        f"no settings: {said if not named else f'{said} says {folder}, which'} {what}; "
        f"`bonmot init {folder}` copies starter settings there"
    )


def load_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the folder `root`, checked whole. Raises BadInput whose text is all mistakes, one a line."""
    return load(root, environ).settings()


def load(root: Path, environ: Mapping[str, str]) -> Loaded:
    """The same with its warnings, for `check`."""
    return whole.load(root, environ, (check_publishers, check_texts, check_policy, check_assets))


def starter_dir() -> Path:
    """The starter settings, for `init` and `demo` only: shipped in the wheel, or the checkout's own config/."""
    package = Path(str(files("responders")))
    for folder in (package / "starter", package.parent / "config"):
        if (folder / "bot.yaml").is_file():
            return folder
    raise BadState(f"the installation has no starter settings beside {package}; install it again")


def check_publishers(loaded: Loaded) -> None:
    """Check each publisher's block, and that every account has somebody to post for it."""
    whole.check_blocks(loaded, "publishers", publishers)
    if loaded.bot is None:
        return
    for name, brand in loaded.brands.items():
        for i, account in enumerate(brand.accounts):
            _check_account(loaded, loaded.documents[f"brands/{name}.yaml"], account, index=i)


def _check_account(loaded: Loaded, document: Document, account: str, *, index: int) -> None:
    assert loaded.bot is not None
    platform, _, handle = account.partition(":")
    if platform in loaded.bot.publishers:
        known_as = loaded.bot.publishers[platform].get("accounts")
        if isinstance(known_as, dict) and _bare(handle) not in {_bare(str(other)) for other in known_as}:
            text = f"the publisher '{platform}' of bot.yaml has no account '{handle}'{nearest(handle, list(known_as))}"
            document.mistakes.append(document.mistake(("accounts", index), text))
        return
    known = publishers.names()
    if not _has_length(platform):
        text = f"there is no platform '{platform}'{nearest(platform, known)}"
        document.mistakes.append(document.mistake(("accounts", index), text))
        return
    what = f"bot.yaml has no publisher '{platform}'" if platform in known else f"nothing can post to '{platform}' yet"
    if loaded.bot.live:  # a yes that only reaches the console would look like a post
        document.mistakes.append(document.mistake(("accounts", index), f"{what}; add it or remove the account"))
    else:
        text = f"{what}; what is approved for it goes to the console"
        loaded.warnings.append(document.mistake(("accounts", index), text))


def _has_length(platform: str) -> bool:
    """Whether texts can be measured for the platform: without that no draft for it could ever be offered."""
    try:
        measure(platform, "")
    except BadInput:
        return False
    return True


def _bare(handle: str) -> str:
    return handle.removeprefix("@").casefold()


def check_policy(loaded: Loaded) -> None:
    """Check that what networks allow is told of accounts that exist."""
    document = loaded.documents["bot.yaml"]
    if loaded.bot is None:
        return
    known = [account for brand in loaded.brands.values() for account in brand.accounts]
    own, named = loaded.bot.policy, "no brand has the account"
    for key in own.access:
        if key not in known:
            text = f"{named} '{key}'{nearest(key, known)}"
            document.mistakes.append(document.mistake(("policy", "access", key), text, at_key=True))
    for i, rule in enumerate(own.rules):
        if rule.account not in known:
            text = f"{named} '{rule.account}'{nearest(rule.account, known)}"
            document.mistakes.append(document.mistake(("policy", "rules", i, "account"), text))


def check_texts(loaded: Loaded) -> None:
    """Check that every template can be filled in, and used by the brands that name its file."""
    users: dict[str, list[tuple[str, BrandSettings]]] = {}
    for name, brand in loaded.brands.items():
        if loaded.documents[f"brands/{name}.yaml"].mistakes:
            continue
        for stem in brand.templates or [name]:
            users.setdefault(stem, []).append((name, brand))
    lists = words_of(loaded.lists)
    for stem, file in loaded.templates.items():
        _check_file(file, loaded.documents[f"templates/{stem}.yaml"], users.get(stem, []), lists=lists)


def _check_file(
    file: TemplateFile, document: Document, users: list[tuple[str, BrandSettings]], *, lists: Lists
) -> None:
    from responders.drafting.templates import problems_of  # jinja2 is slow to import

    for i, template in enumerate(file.templates):
        found = problems_of(template)
        for name, brand in [] if found else users:
            if set(template.facts) <= {fact.name for fact in brand.facts}:
                found += [f"{name}: {text}" for text in problems_of(template, brand=brand.to_brand(name, lists=lists))]
        document.mistakes.extend(document.mistake(("templates", i, "text"), text) for text in found)
