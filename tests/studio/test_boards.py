"""Boards as rows, and as the dots of a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pleinair.studio.boards import find_boards, read_board


def _report() -> dict[str, Any]:
    def row(model: str, style: str, kmac: float, loss: float) -> dict[str, Any]:
        return {
            "model": model,
            "style": style,
            "painting": style,
            "size_bytes": 2000,
            "kmac_per_pixel": kmac,
            "speed": {"640x480": {"ms": 4 * kmac}, "1280x720": None},
            "losses": {
                "first": None,
                "second": {"style_ratio": loss, "content_ratio": 4 * loss, "style": 9.0},
            },
            "warp": {"ratio": 3.0},
            "pictures": {"cat": "pictures/a.jpg", "dog": "../outside.jpg", "cow": "/etc/passwd"},
            "raters": {"score": 0.5},
        }

    gatys = {"model": "Gatys", "style": "sea", "losses": {"second": {"style": 1.0}}}
    return {
        "machine": "a machine",
        "settings": {"speed_sizes": [[640, 480], [1280, 720]]},
        "photos": ["cat"],
        "judges": ["first", "second"],
        "originals": {"cat": "pictures/cat.jpg"},
        "paintings": {},
        "rows": [
            row("small", "sea", 1, 3),
            row("small", "fog", 1, 5),
            row("big", "sea", 9, 1),
            gatys,
        ],
    }


def test_figures_are_found_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "board.json").write_text(json.dumps(_report()))
    board = read_board(tmp_path)
    small = board.rows[0].figures
    assert small["kb"] == 2
    assert small["ms 640x480"] == 4
    assert small["ms 1280x720"] is None
    assert small["look"] == 6  # the second judge's, as the first may not speak
    assert small["people"] == 0.5
    assert list(board.costs) == ["kmac", "ms 640x480"]
    assert list(board.losses) == ["look", "style second", "content second"]
    assert "shift" not in board.columns
    assert board.rows[3].figures["style second"] == 1
    assert board.rows[3].figures["kmac"] is None


def test_a_model_is_the_mean_of_its_paintings(tmp_path: Path) -> None:
    (tmp_path / "board.json").write_text(json.dumps(_report()))
    dots = read_board(tmp_path).dots("kmac", "style second")
    assert [(d.name, d.x, d.y, d.strong) for d in dots] == [
        ("small, sea", 1, 3, False),
        ("small, fog", 1, 5, False),
        ("big, sea", 9, 1, False),
        ("small", 1, 4, True),
        ("big", 9, 1, True),
    ]


def test_pictures_outside_the_board_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "outside.jpg").touch()
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "board.json").write_text(json.dumps(_report()))
    board = read_board(tmp_path / "board")
    assert board.rows[0].pictures == {"cat": (tmp_path / "board/pictures/a.jpg").resolve()}


def test_boards_are_found_among_the_runs_and_beside_them(tmp_path: Path) -> None:
    for place in ("runs/one", "board", "runs/two/deeper", "photos"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "board.json").write_text("{}")
    found = {path.relative_to(tmp_path).as_posix() for path in find_boards(tmp_path / "runs")}
    assert found == {"runs/one", "board"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": 3}'])
def test_a_damaged_board_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "board.json").write_text(text)
    with pytest.raises(ValueError, match=r"board\.json: no board that can be read"):
        read_board(tmp_path)
