"""Texts a brand could post: templates with slots, several variants, and the checks each text has to pass."""
