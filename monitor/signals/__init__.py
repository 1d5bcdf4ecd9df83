"""Named measurements of one trend for one brand: 0 to 1, each with a why. One file a signal, its name the YAML key."""
