"""Language models: what the heads say of a text in a language they know. Loaded once, run in one executor."""

from monitor.language.reader import UNKNOWN, Language, LanguageRoom, Reading, load

__all__ = ["UNKNOWN", "Language", "LanguageRoom", "Reading", "load"]
