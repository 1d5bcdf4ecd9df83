"""Named seams at which a crash test kills the process. Inert unless the environment names one."""

from __future__ import annotations

import os
import signal

VARIABLE = "BONMOT_CRASH_AT"
"""`after_claim`, or `after_claim:3` for the third time the seam is passed."""

SEAMS = (
    "before_save",
    "after_save",
    "before_decide",
    "inside_move",
    "after_decide",
    "before_claim",
    "after_claim",
    "after_post",
    "after_receipt",
)
"""In the order one proposal passes them. `inside_move` lies between a proposal's new state and its audit row."""

PICTURE_SEAMS = ("after_upload",)
"""Between a picture's upload and the post that shows it; passed once for each try of what has a picture."""

PLOT_SEAMS = ("slack_picture_kept", "slack_picture_sent")
"""The same for a card's plot: a row, uploaded."""

CHANNEL_SEAMS = ("slack_stored", "slack_acked", "slack_decided", "slack_card_kept", "slack_card_posted")
"""The same for a click in a chat: its payload is a row, it is acked, carried out; and for a card: a row, posted."""

THREAD_SEAMS = ("slack_step_kept", "slack_step_posted")
"""The same for what a card's thread is told."""

_passed: dict[str, int] = {}


def crashpoint(seam: str) -> None:
    """Die at once, as by a power cut, when the environment names this seam; otherwise nothing."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    name, _, times = wanted.partition(":")
    if name != seam:
        return
    _passed[seam] = _passed.get(seam, 0) + 1
    if _passed[seam] >= int(times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
