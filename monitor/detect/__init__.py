"""From posts to bursts to trends: text, duplicates, counting, significance, grouping, naming. Pure."""
