"""`bonmot explain`: why posts like these would get their verdict, with every number to redo the score by hand."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.clock import SystemClock
from monitor.errors import BadInput
from monitor.model import Brand, Score, Trend
from monitor.settings import Settings
from monitor.visible import visible
from responders.commands import Config, Json, brands_named
from responders.commands.naming import names_in
from responders.loading import find_config, load_settings

MAX_POSTS = 200

File = Annotated[Path | None, typer.Argument(metavar="FILE", help="Posts, one a line; - is standard input.")]
Texts = Annotated[
    list[str] | None, typer.Option("--text", metavar="TEXT", help="What people write; may be given many times.")
]
Names = Annotated[list[str] | None, typer.Option("--brand", metavar="NAME", help="Only this brand; may be repeated.")]
Voices = Annotated[
    int | None,
    typer.Option(
        "--voices", metavar="N", min=1, help="How many people say so; else 4 times min_voices.", show_default=False
    ),
]

Kept = Annotated[
    str, typer.Option("--trend", metavar="ID", help="A trend that became a card: what was said of it then.")
]


def explain(
    file: File = None,
    text: Texts = None,
    brand: Names = None,
    voices: Voices = None,
    trend: Kept = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Judge the posts as a trend of the last minutes. Raises BadInput where there is nothing to judge."""
    settings = load_settings(find_config(config, os.environ), os.environ)
    brands = brands_named(settings.domain_brands(), brand or [])
    if trend:
        _explain_kept(settings, trend, brands=brands, as_json=as_json)
        return
    posts = [*_typed(text or []), *_lines(file, has_text=bool(text))][:MAX_POSTS]
    judged = [_judged(posts, one, voices) for one in brands]
    named = names_in(posts, settings.bot.language.names)
    if as_json:
        found = {one.name: _as_json(one, score) for one, (_, score) in zip(brands, judged, strict=True)}
        told = {"posts": len(posts), "names": named.as_json() if named else None, "verdicts": found}
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for one, (crowd, score) in zip(brands, judged, strict=True):
        _print(one, crowd, score, assumed=True)
    if named is not None:
        print(visible(f"names: {named}"))


def _explain_kept(settings: Settings, trend: str, *, brands: Sequence[Brand], as_json: bool) -> None:
    """The scores the ledger keeps of a trend. Raises BadInput for a trend that never became a card."""
    from monitor.storage import open_database  # SQLAlchemy is slow to import
    from responders.ledger import Ledger

    ledger = Ledger(open_database(settings.data_dir / "bonmot.db"))
    kept = {offered.brand: offered for offered in ledger.opportunities_of(trend)}
    ledger.close()
    found = [(brand, kept[brand.name]) for brand in brands if brand.name in kept]
    if not found:
        raise BadInput(f"no card was made of trend {trend!r}; `bonmot inbox --json` tells the trends of the cards")
    if as_json:
        verdicts = {brand.name: _as_json(brand, offered.score) for brand, offered in found}
        print(json.dumps({"trend": trend, "verdicts": verdicts}, indent=2, ensure_ascii=False))
        return
    for brand, offered in found:
        _print(brand, offered.trend, offered.score)


def _typed(texts: list[str]) -> list[str]:
    """The posts of the command line."""
    for text in texts:
        if not text.strip():
            raise BadInput("--text: is empty; give what people write")
    return [text.encode(errors="replace").decode() for text in texts]


def _lines(file: Path | None, *, has_text: bool) -> list[str]:
    """The posts of a file or of standard input."""
    if file is None and (has_text or sys.stdin.isatty()):
        if has_text:
            return []
        raise BadInput('nothing to judge: give --text "what people write", or a file of posts, one a line')
    try:
        whole = sys.stdin.read() if file is None or str(file) == "-" else file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file or 'standard input'} is not UTF-8: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    posts = [line.strip() for line in whole.splitlines() if line.strip()]
    if not posts:
        raise BadInput(f"{file or 'standard input'} holds no post; write one a line")
    return posts


def _judged(posts: Sequence[str], brand: Brand, voices: int | None) -> tuple[Trend, Score]:
    from monitor.language import load, load_lexicon  # the word lists of the signals take a while to read
    from monitor.signals.context import Context
    from monitor.trial import tried

    context = Context(hear=load().hear, near=load_lexicon().near)
    return tried(posts, brand, SystemClock().now(), context=context, voices=voices)


def _as_json(brand: Brand, score: Score) -> dict[str, Any]:
    from monitor.trial import weights_of

    weights = weights_of(brand, score)
    return {
        "verdict": score.verdict.value,
        "tier": score.tier,
        "score": round(score.value, 4),
        "why": score.why,
        "bridge": score.bridge.name if score.bridge else None,
        "against": list(score.against),
        "signals": {
            signal.name: {
                "value": round(signal.value, 4),
                "weight": weights[signal.name],
                "why": signal.why,
                "veto": signal.veto.value if signal.veto else None,
                "caution": signal.caution,
            }
            for signal in score.signals
        },
    }


def _print(brand: Brand, trend: Trend, score: Score, *, assumed: bool = False) -> None:
    """One table a brand; strangers' words are text, never markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    tier = f", tier {score.tier}" if score.tier else ""
    console.print(Text(visible(f"{brand.title}: {score.verdict}{tier}, score {score.value:.2f}"), style="bold"))
    console.print(Text(visible(f"  {score.why}")))
    if assumed:
        console.print(Text(f"  assumed: 4 min old, {trend.voices} people say so (--voices N for another crowd)"))
    from monitor.trial import weights_of

    weights = weights_of(brand, score)
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("signal")
    for name in ("value", "weight", "product"):
        table.add_column(name, justify="right")
    table.add_column("why")
    for signal in sorted(score.signals, key=lambda s: (s.veto is None, s.caution is None, -weights[s.name], s.name)):
        weight = weights[signal.name]
        numbers = (f"{signal.value:.2f}", f"{weight:g}", f"{signal.value * weight:.2f}")
        note = f" [{signal.veto}]" if signal.veto else f" [caution: {signal.caution}]" if signal.caution else ""
        table.add_row(signal.name, *numbers, Text(visible(f"{signal.why}{note}")))
    total = sum(weights.values())
    summed = sum(signal.value * weights[signal.name] for signal in score.signals)
    table.add_section()
    table.add_row(
        "score", f"{score.value:.2f}", f"{total:g}", f"{summed:.2f}", Text("the sum of products by the weights")
    )
    console.print(table)
    for sentence in score.against:
        console.print(Text(visible(f"  against: {sentence}")))
    console.print()
