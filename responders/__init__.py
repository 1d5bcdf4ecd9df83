"""ASKS PEOPLE, POSTS, LEARNS: turns an opportunity into a draft, a person's decision, one publication and its receipt."""

__version__ = "0.1.0"
