"""Language models: what the heads say of a text in a language they know. Loaded once, asked of voices alone."""

from monitor.language.lexicon import Lexicon, load_lexicon
from monitor.language.reader import UNKNOWN, Language, Reading, load

__all__ = ["UNKNOWN", "Language", "Lexicon", "Reading", "load", "load_lexicon"]
