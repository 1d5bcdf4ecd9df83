"""The built-in local page on 127.0.0.1."""
