"""What tells an organised crowd from an organic one, each clue by itself and with its numbers."""
