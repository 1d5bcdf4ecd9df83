"""How the tagger of names is made; needs the extra `train`."""
