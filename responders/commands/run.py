"""`bonmot run`: the daemon."""

from __future__ import annotations

import os

from responders.commands import Config
from responders.loading import find_config, load_settings


def run(config: Config = None) -> None:
    """Run until told to stop. Raises BadInput for settings that cannot run here."""
    from monitor import telemetry
    from responders.daemon import greeting, run_daemon

    settings = load_settings(find_config(config, os.environ), os.environ)
    telemetry.configure(settings.bot.log.level, settings.bot.log.format)
    run_daemon(settings, greet=greeting)
