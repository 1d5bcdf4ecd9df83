"""The detector on real evenings: what the house promises of it, measured on recorded streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from monitor.replay import run

DENSE = {
    "x_f1_turkish_gp_2020": 0.8,
    "x_football_avl_shu_2020": 0.8,
    "x_euro2020_sco_cze": 0.8,
}
"""Evenings short enough for every run, and the part of their major happenings that has to be found."""


@pytest.fixture(scope="module")
def reports(shared: Path) -> dict[str, dict[str, Any]]:
    data = shared / "data"
    return {
        name: run([data / "streams" / f"{name}.jsonl.gz"], brands=[], events_file=data / "events" / f"{name}.yaml")
        for name in DENSE
    }


@pytest.mark.parametrize("name", DENSE)
def test_most_major_happenings_are_found_in_time(reports: dict[str, dict[str, Any]], name: str) -> None:
    met = reports[name]["events"]
    assert met["majors_found"] >= DENSE[name] * met["majors_listed"], met
    assert met["median_delay_secs"] < 60


@pytest.mark.parametrize("name", DENSE)
def test_people_are_not_flooded(reports: dict[str, dict[str, Any]], name: str) -> None:
    met = reports[name]["events"]
    assert met["alerts_per_hour"] < 20
    assert met["quiet_alerts"] <= 2


@pytest.mark.parametrize("name", DENSE)
def test_every_trend_has_a_name_and_posts_to_read(reports: dict[str, dict[str, Any]], name: str) -> None:
    for trend in reports[name]["trends"]:
        assert 0 < len(trend["name"]) <= 60
        assert "@" not in trend["name"]
        assert "http" not in trend["name"]
        assert 1 <= len(trend["terms"]) <= 8
        assert 3 <= len(trend["samples"]) <= 5
        assert trend["started_at"] <= trend["detected_at"]


def test_the_report_always_tells_the_known_drops(reports: dict[str, dict[str, Any]]) -> None:
    for report in reports.values():
        assert {"bad_json", "duplicate", "too_old"} <= report["dropped"].keys()


def test_a_sparse_stream_of_months_is_read_in_seconds(shared: Path) -> None:
    report = run([shared / "data" / "streams" / "x_rumours_2014_2015.jsonl.gz"], brands=[])
    assert report["posts"] == 1694
    assert report["trends"]
