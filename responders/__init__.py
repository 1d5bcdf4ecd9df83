"""ASKS PEOPLE, POSTS, LEARNS: an opportunity becomes a draft, a decision, one publication and its receipt."""

__version__ = "0.1.0"
