"""How the heads are made: reads the research sets, needs the extra `train`; nothing of this runs in the daemon."""
