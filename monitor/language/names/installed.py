"""A spaCy pipeline that somebody installed, asked for names instead of our own tagger; needs the extra `spacy`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from monitor.errors import BadInput
from monitor.language.grams import LONGEST
from monitor.language.names.finder import BATCH, Entity, Tongues

FINDS = ("ner", "entity_ruler", "span_ruler")
"""Parts of a pipeline that fill `doc.ents` (spaCy, API "Pipeline"); one of them is needed."""
KIND_OF: Mapping[str, str] = {
    "PERSON": "person",
    "PER": "person",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "ORG": "organisation",
    "NORP": "group",
    "WORK_OF_ART": "work",
    "PRODUCT": "product",
}
"""spaCy's labels in our words (OntoNotes 5 and, for other languages, WikiNER); what is not listed is no name to us."""


class Pipeline:
    """A loaded spaCy pipeline. Not safe to call from two threads at once."""

    def __init__(self, pipeline: Any, tongues: Tongues) -> None:
        self._pipeline, self._tongues = pipeline, tongues

    def find(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> list[tuple[Entity, ...] | None]:
        """The names of each text, in order; None for a text in another language than the pipeline's.

        A pipeline of spaCy's language `xx` reads every text. Raises ValueError unless there is a language a text.
        """
        told = self._tongues(texts, languages)
        found: list[tuple[Entity, ...] | None] = [None] * len(texts)
        known = [place for place, code in enumerate(told) if self._pipeline.lang in (code, "xx")]
        read = self._pipeline.pipe([texts[place][:LONGEST] for place in known], batch_size=BATCH)
        for place, document in zip(known, read, strict=True):
            found[place] = tuple(
                Entity(span.text, KIND_OF[span.label_], span.start_char, span.end_char)
                for span in document.ents
                if span.label_ in KIND_OF
            )
        return found


def trouble_with(name: str) -> str | None:
    """Why a pipeline cannot be used, as the end of a sentence; None where it can. Reads its description alone."""
    if find_spec("spacy") is None:
        return "needs spaCy, which is not installed: install the extra, `pip install 'bonmot[spacy]'`"
    package = find_spec(name) if name.isidentifier() else None
    folder = Path(package.origin).parent if package and package.origin else Path(name)
    if not folder.is_dir():
        return f"is no installed spaCy pipeline; install it, for example `python -m spacy download {name}`"
    try:
        has = json.loads((folder / "meta.json").read_text("utf-8")).get("pipeline", [])
    except (OSError, ValueError, AttributeError) as error:
        return f"is no spaCy pipeline: its meta.json cannot be read: {error}"
    if not set(FINDS) & set(has):
        return f"finds no names: it has {', '.join(has) or 'no parts'}, expected one of {', '.join(FINDS)}"
    return None


def load(name: str, tongues: Tongues) -> Pipeline:
    """Load it, a second or so. Raises BadInput where it cannot be used."""
    if (trouble := trouble_with(name)) is not None:
        raise BadInput(f"language.names: {name} {trouble}")
    import spacy

    try:
        return Pipeline(spacy.load(name), tongues)
    except (OSError, ValueError) as error:
        raise BadInput(f"language.names: {name} cannot be loaded: {error}") from error
