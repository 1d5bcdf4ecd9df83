"""Files of the workspace: bytes come in by an address of their own; none is of use until the service looked at it."""

from __future__ import annotations

from collections.abc import Mapping

from responders.sandbox.slack.words import No, Thing

LOOKS_UNTIL_READY = 2
"""`files.info` is asked so often before an upload has been looked at by the service."""
MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
PICTURES = frozenset(MAGIC.values())


def kind_of(known: Mapping[str, Thing], key: str, looks: int) -> str:
    """The mimetype of a file; empty while the service is not through with it, and for one that is not there."""
    file = known.get(key)
    if file is None or not file.get("is_complete") or file["looks"] < looks:
        return ""
    return next((kind for magic, kind in MAGIC.items() if file["body"].startswith(magic)), "application/octet-stream")


def check_shown(blocks: list[Thing], known: Mapping[str, Thing], looks: int) -> None:
    """Raises No where a block shows a file that is no picture, or not one yet."""
    for i, block in enumerate(blocks):
        file = block.get("slack_file")
        if isinstance(file, dict) and kind_of(known, str(file.get("id")), looks) not in PICTURES:
            text = f"[ERROR] invalid slack file [json-pointer:/blocks/{i}/slack_file]"
            raise No("invalid_blocks", response_metadata={"messages": [text]})
