"""Cards in a Slack channel: what is shown (cards, modals, home) and what people do there (acts)."""
