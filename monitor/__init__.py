"""WATCHES public streams and finds opportunities. Has no code that can post."""
