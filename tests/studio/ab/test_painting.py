"""What is made for raters: painted, of one size, with names and times that say nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleinair import StyleError
from pleinair.studio.ab import painting
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import Content, Medium
from pleinair.video import MediaError, probe, read_picture, scene, stylize_images
from pleinair.video.stylize import Paint


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(next(iter(scene.frames(1, 320, 240)))).save(path)
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    frames = scene.frames(20, 128, 96)
    stylize_images(frames, path, lambda f: f, count=20, size=(128, 96), rate=10)
    return path


def test_photos_and_clips_are_painted_by_all(
    store: Store, easel: Path, own_styles: Path, photo: Path, clip: Path
) -> None:
    negative = own_styles / "negative.onnx"
    test = painting.make(
        store,
        "mine",
        [f"other={negative}", str(easel)],
        [("photo", photo), ("clip", clip)],
        longer=160,
        seconds=0.8,
    )
    said: list[tuple[int, int]] = []
    painting.paint(store, test.token, lambda _text, done, total: said.append((done, total)))
    assert said[0] == (0, 6)
    assert said[-1] == (6, 6)
    assert store.test(test.token).status == "open"
    assert [entrant.name for entrant in store.entrants(test)] == ["other", "easel"]
    still, moving = store.contents(test)
    assert (still.width, still.height, still.frames) == (160, 120, 0)
    assert (moving.width, moving.height, moving.frames, moving.rate) == (128, 96, 8, 10)
    files = {(m.content_id, m.entrant_id): m for m in store.media(test)}
    first = store.entrants(test)[0].id
    shown = read_picture(store.medium_path(files[still.id, first], still))
    assert np.array_equal(shown, 255 - read_picture(photo, (160, 120)))
    for medium in files.values():
        content = {still.id: still, moving.id: moving}[medium.content_id]
        path = store.medium_path(medium, content)
        assert path.stat().st_mtime == 0
        if content is moving:
            found = probe(path)
            assert (found.frames, found.width, found.height) == (8, 128, 96)
    spoilt = read_picture(store.medium_path(files[still.id, None], still))
    assert np.abs(spoilt.astype(float) - shown).mean() > 20


def test_every_style_is_a_content_of_its_own(store: Store, easel: Path, photo: Path) -> None:
    twin = easel.with_name("twin.onnx")
    twin.write_bytes(easel.read_bytes())
    test = painting.make(
        store, "t", ["easel", "twin"], [("photo", photo)], styles=["dots", "waves"]
    )
    assert [(c.name, c.style) for c in store.contents(test)] == [
        ("photo", "dots"),
        ("photo", "waves"),
    ]


def test_painting_goes_on_where_it_was(
    store: Store, easel: Path, own_styles: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [str(own_styles / "negative.onnx"), str(easel)]
    test = painting.make(store, "t", models, [("photo", photo)], longer=64)

    def stop(_text: str, done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        painting.paint(store, test.token, stop)
    assert store.test(test.token).status == "painting"
    made: list[Medium] = []
    make = painting._make

    def counted(store: Store, medium: Medium, content: Content, paint: Paint) -> None:
        made.append(medium)
        make(store, medium, content, paint)

    monkeypatch.setattr(painting, "_make", counted)
    painting.paint(store, test.token)
    assert len(made) == 1
    assert store.test(test.token).status == "open"


def test_wrong_tests_are_refused(
    store: Store, easel: Path, own_styles: Path, photo: Path, tmp_path: Path
) -> None:
    negative = str(own_styles / "negative.onnx")
    with pytest.raises(StyleError, match="no style named 'rembrandt'"):
        painting.make(store, "t", ["easel", negative], [("photo", photo)], styles=["rembrandt"])
    with pytest.raises(StyleError, match="missing"):
        painting.make(store, "t", ["easel", "missing.onnx"], [("photo", photo)])
    with pytest.raises(MediaError, match=r"missing\.png"):
        painting.make(store, "t", ["easel", negative], [("p", tmp_path / "missing.png")])
    with pytest.raises(ValueError, match="model easel comes twice"):
        painting.make(store, "t", [str(easel), "easel"], [("photo", photo)])
    with pytest.raises(ValueError, match="at least 4"):
        painting.make(store, "t", ["easel", negative], [("photo", photo)], trials=3)
    assert store.tests() == []
