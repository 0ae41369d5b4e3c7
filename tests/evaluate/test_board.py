"""The board as a whole: its rows, its file, and that nothing is measured twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pleinair.evaluate.board import Board, Material
from pleinair.evaluate.fidelity import load_judges
from pleinair.evaluate.inputs import Clip, Photo
from pleinair.evaluate.models import Painter, Pixels, open_painters
from pleinair.evaluate.paintings import Painting, find_painting
from pleinair.evaluate.settings import Settings

SETTINGS = Settings(copies=2, runs=1, gatys_steps=2, speed_sizes=((64, 48),))


@pytest.fixture
def material(photos: list[Photo], judges_folder: Path, features_file: Path) -> Material:
    frames = [photo.pixels for photo in photos]
    flow = np.zeros((*frames[0].shape[:2], 2), np.float32)
    scene = Clip("cut", frames, [flow], [np.ones(flow.shape[:2], np.bool_)])
    return Material(photos, [], [scene], load_judges(judges_folder), str(features_file))


@pytest.fixture
def painter(negative_file: Callable[..., Path]) -> Painter:
    (painter,) = open_painters(str(negative_file()), threads=1)
    return painter


@pytest.fixture
def painting(photo_folder: Path) -> Painting:
    return Painting(photo_folder / "photo5.png", 128)


def test_rows(material: Material, painter: Painter, painting: Painting, tmp_path: Path) -> None:
    rows = Board(material, SETTINGS, tmp_path).measure([(painter, painting)])
    assert [row["model"] for row in rows] == ["unpainted", "Gatys", "negative"]
    unpainted, gatys, negative = rows
    judge = "vgg19_to_conv3_1"
    assert unpainted["losses"][judge]["content"] == 0
    assert gatys["losses"][judge]["style_ratio"] == 1
    ratio = negative["losses"][judge]["style"] / gatys["losses"][judge]["style"]
    assert negative["losses"][judge]["style_ratio"] == ratio
    # Inverting changes no difference between two frames.
    assert negative["warp"]["ratio"] == pytest.approx(1)
    assert negative["flicker"]["ratio"] == pytest.approx(1)
    assert negative["shift"]["painted"] == 0
    assert negative["warp_found"] is None
    assert negative["speed"]["64x48"]["fps"] > 0
    report = json.loads((tmp_path / "board.json").read_text())
    assert report["rows"] == rows
    assert report["settings"]["copies"] == 2
    assert "negative" in (tmp_path / "index.html").read_text()
    for row in (gatys, negative):
        assert all((tmp_path / picture).is_file() for picture in row["pictures"].values())


def test_what_is_measured_is_kept(
    material: Material, painter: Painter, painting: Painting, tmp_path: Path
) -> None:
    calls = 0

    def paint(frame: Pixels) -> Pixels:
        nonlocal calls
        calls += 1
        return frame

    counted = replace(painter, paint=paint)
    first = Board(material, SETTINGS, tmp_path).measure([(counted, painting)])
    before, calls = calls, 0
    assert Board(material, SETTINGS, tmp_path).measure([(counted, painting)]) == first
    assert calls == len(material.photos) < before  # painted once again for the pictures


def test_speeds_are_measured_anew_once_where_that_is_wanted(
    material: Material, painter: Painter, painting: Painting, tmp_path: Path
) -> None:
    calls = 0

    def paint(frame: Pixels) -> Pixels:
        nonlocal calls
        calls += frame.shape == (48, 64, 3)
        return frame

    twins = [(replace(painter, paint=paint, style=name), painting) for name in ("a", "b")]
    Board(material, SETTINGS, tmp_path).measure(twins)
    Board(material, SETTINGS, tmp_path).measure(twins)
    assert calls == 2  # a warm-up and a run, of one of two styles in one file
    Board(material, SETTINGS, tmp_path, retime=True).measure(twins)
    assert calls == 4


def test_interrupted_board_goes_on(
    material: Material, painter: Painter, painting: Painting, tmp_path: Path
) -> None:
    def stop(text: str, _done: int, _total: int) -> None:
        if text.startswith("negative"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Board(material, SETTINGS, tmp_path).measure([(painter, painting)], stop)
    assert not (tmp_path / "board.json").exists()
    parts = {path: path.stat().st_mtime_ns for path in (tmp_path / "parts").iterdir()}
    assert len(parts) == 2 + 2  # losses of photos and of Gatys, his two pictures
    Board(material, SETTINGS, tmp_path).measure([(painter, painting)])
    assert {path: path.stat().st_mtime_ns for path in parts} == parts


def test_damaged_result_is_measured_again(
    material: Material, painter: Painter, painting: Painting, tmp_path: Path
) -> None:
    first = Board(material, SETTINGS, tmp_path).measure([(painter, painting)])
    for path in (tmp_path / "parts").glob("warp-*.json"):
        path.write_text('{"painted": ')
    again = Board(material, SETTINGS, tmp_path).measure([(painter, painting)])
    assert again == first


def test_other_content_is_measured_anew(
    material: Material, painter: Painter, painting: Painting, tmp_path: Path
) -> None:
    first = Board(material, SETTINGS, tmp_path).measure([(painter, painting)])
    fewer = replace(material, photos=material.photos[:1])
    second = Board(fewer, SETTINGS, tmp_path).measure([(painter, painting)])
    assert first[-1]["losses"] != second[-1]["losses"]


def test_judge_that_training_used_says_nothing(
    material: Material, painter: Painter, painting: Painting, tmp_path: Path
) -> None:
    trained = replace(painter, record={"features": "vgg19_to_conv3_1.safetensors"})
    rows = Board(material, SETTINGS, tmp_path).measure([(trained, painting)])
    assert rows[-1]["losses"] == {"vgg19_to_conv3_1": None}
    assert rows[-1]["trained_with"] == "vgg19_to_conv3_1"
    assert "seen with vgg19_to_conv3_1" in (tmp_path / "index.html").read_text()


def test_style_without_a_painting_has_its_content_judged(
    material: Material, painter: Painter, tmp_path: Path
) -> None:
    (row,) = Board(material, SETTINGS, tmp_path).measure([(painter, None)])
    assert row["painting"] is None
    losses = row["losses"]["vgg19_to_conv3_1"]
    assert losses["style"] is None
    assert losses["content"] > 0


@pytest.mark.parametrize(
    ("style", "record", "file", "size"),
    [
        ("starry-night", {}, "starry_night.jpg", 640),
        ("scream", {}, "the_scream.jpg", 640),
        ("night", {"painting": "starry_night.jpg", "painting_size": 900}, "starry_night.jpg", 900),
        ("night", {}, None, None),
        ("mine", {}, "elsewhere.png", 640),
    ],
)
def test_painting_of_a_style(
    tmp_path: Path,
    painter: Painter,
    style: str,
    record: dict[str, object],
    file: str | None,
    size: int | None,
) -> None:
    for name in ("starry_night.jpg", "the_scream.jpg", "elsewhere.png", "LICENSE"):
        (tmp_path / name).write_bytes(b"")
    named = {"mine": tmp_path / "elsewhere.png"}
    other = replace(painter, style=style, record=record)
    found = find_painting(other, tmp_path, named, None)
    assert (found and found.path.name) == file
    assert (found and found.size) == size
    if found:
        assert find_painting(other, tmp_path, named, 500) == replace(found, size=500)
