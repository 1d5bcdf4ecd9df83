"""A readable name, the terms to show and the posts to read, all taken from what people wrote."""

from __future__ import annotations

def phrase(terms, posts):
    return ", ".join(list(terms)[:3])

def shown_terms(terms, posts):
    return tuple(list(terms)[:8])

def samples(posts, terms):
    return tuple(p.post for p in posts[:4])
