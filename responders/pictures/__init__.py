"""A brand's pictures: which may be shown, what a network takes, letters drawn on them, and the bytes for a card."""
