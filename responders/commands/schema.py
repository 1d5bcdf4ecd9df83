"""`bonmot schema`: what may stand in each settings file, for editors that complete and check YAML."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from monitor import sources
from monitor.assets import AssetFile
from monitor.settings import BotSettings, BrandSettings, CalendarFile, ListFile, TemplateFile
from responders import publishers

_FILES: dict[str, type[BaseModel]] = {
    "bot.yaml": BotSettings,
    "brands/*.yaml": BrandSettings,
    "templates/*.yaml": TemplateFile,
    "calendars/*.yaml": CalendarFile,
    "lists/*.yaml": ListFile,
    "assets/*.yaml": AssetFile,
}


def schema() -> None:
    """Print one JSON object: the schema of each kind of file, by the files it is for."""
    print(json.dumps(schemas(), indent=2, sort_keys=True, ensure_ascii=False))


def schemas() -> dict[str, Any]:
    """The JSON schema of each kind of file, sources and publishers filled in."""
    found = {name: model.model_json_schema() for name, model in _FILES.items()}
    for key, kind in (("sources", sources), ("publishers", publishers)):
        blocks = {name: kind.load(name).Settings.model_json_schema() for name in kind.names()}
        found["bot.yaml"]["properties"][key] = {
            "type": "object",
            "properties": {name: block_schema(name, block, found["bot.yaml"]) for name, block in blocks.items()},
            "additionalProperties": False,
        }
    return found


def block_schema(name: str, block: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """A block's schema inside the file's: its definitions move to the top under names of their own."""
    definitions = block.pop("$defs", {})
    text = json.dumps({"block": block, "definitions": definitions})
    for definition in definitions:
        text = text.replace(f'"#/$defs/{definition}"', f'"#/$defs/{name}.{definition}"')
    moved = json.loads(text)
    top.setdefault("$defs", {}).update({f"{name}.{key}": value for key, value in moved["definitions"].items()})
    return {"anyOf": [moved["block"], {"type": "null"}]}
