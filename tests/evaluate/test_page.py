"""The board's page: what it shows, and that it shows names as they are."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pleinair.evaluate.page import write_page


def _row(model: str, style: str, painting: str | None, **more: Any) -> dict[str, Any]:
    row = {
        "model": model,
        "style": style,
        "painting": painting,
        "painting_size": 640 if painting else None,
        "pictures": {"cat": f"pictures/{model}-cat.jpg", "dog": f"pictures/{model}-dog.jpg"},
        "losses": {"squeezenet1_1": {"content": 1.5, "style": 0.4}},
    }
    return {**row, **more}


@pytest.fixture
def report() -> dict[str, Any]:
    unrest = {"painted": 12.0, "plain": 4.0, "ratio": 3.0}
    measured = {
        "parameters": 37707,
        "size_bytes": 88520,
        "styles": 12,
        "kmac_per_pixel": 2.4,
        "speed": {"640x480": {"ms": 8.0, "fps": 125.0}, "1280x720": None},
        "losses": {
            "squeezenet1_1": {
                "content": 1.5,
                "style": 0.4,
                "content_ratio": 1.25,
                "style_ratio": 1.6,
            }
        },
        "warp": unrest,
        "warp_found": None,
        "flicker": unrest,
        "shift": unrest,
    }
    return {
        "machine": "Processor <1>",
        "settings": {
            "threads": 1,
            "photo_size": 384,
            "gatys_steps": 250,
            "speed_sizes": [[640, 480], [1280, 720]],
        },
        "photos": ["cat", "dog"],
        "clips": ["rabbit"],
        "scenes": ["sintel"],
        "judges": ["squeezenet1_1"],
        "paintings": {"starry night": "pictures/painting-starry-night.jpg"},
        "originals": {"cat": "pictures/cat.jpg", "dog": "pictures/dog.jpg"},
        "rows": [
            _row("Gatys", "starry night", "starry night"),
            _row("easel", "starry <night>", "starry night", **measured),
            _row(
                "flowers (2017)", "flowers", None, **{**measured, "losses": {"squeezenet1_1": None}}
            ),
        ],
    }


def _page(report: dict[str, Any], folder: Path) -> str:
    return write_page(report, folder).read_text()


def test_figures_and_pictures(report: dict[str, Any], tmp_path: Path) -> None:
    page = _page(report, tmp_path)
    for text in ("37,707", "88.5", "of 12", "2.4", "8.0", "125.0 fps", "1.60", "0.400", "3.00"):
        assert f">{text}" in page
    shown = set(re.findall(r'src="([^"]+)"', page))
    expected = {path for row in report["rows"] for path in row["pictures"].values()}
    assert shown == expected | set(report["originals"].values()) | set(report["paintings"].values())
    assert page.count("<svg") == 1  # no row has a time for 720p


def test_people_stand_beside_the_figures(report: dict[str, Any], tmp_path: Path) -> None:
    assert "What people say" not in _page(report, tmp_path)
    report["rows"][1]["raters"] = {"score": 0.42, "low": 0.1, "high": 0.74, "votes": 90.0}
    found = {"figure": "warp", "rho": -0.8, "low": -0.95, "high": -0.3, "rows": 8}
    few = {"figure": "shift", "rho": 0.5, "low": None, "high": None, "rows": 3}
    report["raters"] = {
        "test": "spring <1>",
        "question": "Which?",
        "votes": 1200,
        "people": 31,
        "agreement": [found, few],
    }
    page = _page(report, tmp_path)
    for text in ("+0.42<small>+0.10 to +0.74", "1,200 votes of 31 people", "spring &lt;1&gt;"):
        assert text in page
    for text in (">-0.80", "-0.95 to -0.30", "too few rows"):
        assert text in page


def test_names_are_shown_as_they_are(report: dict[str, Any], tmp_path: Path) -> None:
    page = _page(report, tmp_path)
    assert "starry &lt;night&gt;" in page
    assert "Processor &lt;1&gt;" in page
    assert "starry <night>" not in page


def test_tags_are_closed(report: dict[str, Any], tmp_path: Path) -> None:
    open_tags: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag: str, _attributes: object) -> None:
            if tag not in ("meta", "img", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    checker = Checker()
    checker.feed(re.sub(r"<(circle|polyline)[^>]*/>", "", _page(report, tmp_path)))
    assert open_tags == []


def test_board_without_relative_losses_has_no_plot(report: dict[str, Any], tmp_path: Path) -> None:
    report["rows"] = report["rows"][:1] + report["rows"][2:]
    page = _page(report, tmp_path)
    assert "<svg" not in page
    assert "other styles" in page
