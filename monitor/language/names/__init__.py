"""Names in posts: who and what is spoken of. Loaded once, asked of voices alone."""

from monitor.language.names.chosen import Find, chosen
from monitor.language.names.finder import KINDS, SCHEMES, Entity, Finder, load

__all__ = ["KINDS", "SCHEMES", "Entity", "Find", "Finder", "chosen", "load"]
