"""X's source keeps up with more than X ever sends: 250 posts a second are its limit for self-serve apps."""

from __future__ import annotations

from monitor.bench.firehose import measure


def test_posts_come_through_tweepys_stream_faster_than_x_sends_them() -> None:
    found = measure(20_000)
    wall, core = f"{found.posts_per_sec:,.0f}", f"{found.posts_per_core_sec:,.0f}"
    print(f"x: {wall} posts/s from the socket to batches, {core} of a core's time, {found.line_bytes:.0f} bytes a line")
    assert found.posts_per_core_sec > 2_500, "ten times as fast on any machine"
