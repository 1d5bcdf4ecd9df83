"""`bonmot train`: make the trained heads and their model cards anew from the published research sets."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.errors import BadInput
from responders.commands import Json

if TYPE_CHECKING:
    from monitor.language.training.plan import Trained

NEEDED = ("sklearn", "scipy")
NAMES_NEED = "model.safetensors"
"""Without this file of the encoder the heads are made and the tagger of names is not."""
NEEDED_FOR_AN_ENCODER = ("onnxruntime", "tokenizers")
NEEDED_FOR_NAMES = ("torch",)

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The labelled sets; else $BONMOT_SHARED/data/nlp.", show_default=False),
]
Encoder = Annotated[
    Path | None,
    typer.Option(
        "--encoder",
        metavar="DIR",
        help="model.onnx and vocab.txt of MiniLM: better figures; with its model.safetensors: the tagger of names too.",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where heads and model cards are written.")]


def train(*, data: Data = None, encoder: Encoder = None, out: Out = Path("heads"), as_json: Json = False) -> None:
    """Train, measure and write every head; minutes on two cores, progress on stderr.

    Raises BadInput where the extra `train` is not installed, a set or the encoder cannot be read or `out` not written.
    """
    names = encoder is not None and (encoder / NAMES_NEED).exists()
    needed = (*NEEDED, *(NEEDED_FOR_AN_ENCODER if encoder else ()), *(NEEDED_FOR_NAMES if names else ()))
    _refuse_without(needed)
    from monitor.language.training.all import train_all

    root = data or Path(os.environ.get("BONMOT_SHARED", "../shared")) / "data" / "nlp"
    if not root.is_dir():
        raise BadInput(f"no labelled sets: {root} is no folder; give --data DIR or set BONMOT_SHARED")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{out}: cannot be made: {error.strerror}") from error
    made = train_all(root, out, encoder=encoder, tell=_tell)
    named = _names(root, encoder if names else None, out)
    if as_json:
        found = {one.plan.name: _told(one) for one in made}
        print(json.dumps(found | ({"names": named} if named else {}), indent=2))
    else:
        _print(made)
        for scheme in ("emerging", "broad") if named else ():
            val, test = named[f"{scheme}_val"], named[f"{scheme}_test"]
            print(f"{f'names {scheme}':<18}{val:>12.1f}{test:>8.1f}{'':>27}  F1 of whole names")


def _names(root: Path, encoder: Path | None, out: Path) -> dict[str, float]:
    """The figures of the tagger of names; nothing where it cannot be made."""
    if encoder is None:
        _tell(f"names: left out; --encoder names no folder with {NAMES_NEED}")
        return {}
    from monitor.language.training.names.make import make_names

    return {name: round(value, 2) for name, value in make_names(root, out, encoder=encoder, tell=_tell).items()}


def _tell(said: str) -> None:
    print(said, file=sys.stderr)


def _refuse_without(packages: tuple[str, ...]) -> None:
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise BadInput(f"training needs {', '.join(missing)}: install the extra, `pip install 'bonmot[train]'`")


def _told(one: Trained) -> dict[str, Any]:
    figures = {name: round(value, 4) for name, value in one.figures.items()}
    return {"measure": one.plan.measured_by, "above": one.plan.bar, "posts": one.sizes, **figures}


def _print(made: list[Trained]) -> None:
    print(f"{'head':<18}{'validation':>12}{'test':>8}{'above':>8}{'calibration error':>19}  measure")
    for one in made:
        bar = f"{one.plan.bar:.1f}" if one.plan.bar is not None else "-"
        found = one.figures
        line = f"{one.plan.name:<18}{found['val']:>12.1f}{found['test']:>8.1f}{bar:>8}{found['test_error']:>19.3f}"
        print(f"{line}  {one.plan.measured_by}")
