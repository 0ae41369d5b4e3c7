"""The commands that paint, as a person calls them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from pleinair import Style, video
from pleinair.engine import Session
from pleinair.video import scene

Pleinair = Callable[..., "tuple[int, str, str]"]
Data = Callable[[str], Path]

pytestmark = pytest.mark.usefixtures("own_styles")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Give a clip of the scene, 20 frames."""
    path = tmp_path / "clip.mp4"
    video.stylize_images(
        scene.frames(20, 128, 96), path, lambda image: image, count=20, size=(128, 96), rate=25
    )
    return path


def pictures(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in container.decode(video=0)
        ]


def test_stylize_video(clip: Path, tmp_path: Path, pleinair: Pleinair) -> None:
    target = tmp_path / "out.mp4"
    status, out, _ = pleinair("stylize", clip, target, "--style", "negative", "--threads", 1)
    assert status == 0
    assert out == f"{target}: painted in A Negative\n"
    before, after = pictures(clip), pictures(target)
    assert len(after) == len(before) == 20
    for a, b in zip(before, after, strict=True):
        assert np.abs(255.0 - a - b).mean() < 4


def test_stylize_picture_at_another_size(tmp_path: Path, pleinair: Pleinair) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    video.write_picture(source, next(iter(scene.frames(1, 128, 96))))
    status, *_ = pleinair("stylize", source, target, "-s", "negative", "--size", "64x48")
    assert status == 0
    painted = video.read_picture(target)
    np.testing.assert_array_equal(painted, 255 - video.read_picture(source, (64, 48)))


@pytest.mark.parametrize("style", ["starry-night", "great-wave"])
def test_shipped_styles_paint_a_clip(
    style: str, clip: Path, tmp_path: Path, pleinair: Pleinair
) -> None:
    status, *_ = pleinair("stylize", clip, tmp_path / "out.mp4", "-s", style)
    assert status == 0
    before, after = pictures(clip), pictures(tmp_path / "out.mp4")
    assert len(after) == len(before)
    assert all(np.abs(a.astype(float) - b).mean() > 10 for a, b in zip(before, after, strict=True))


def test_stylize_in_a_style_of_a_model(easel: Path, tmp_path: Path, pleinair: Pleinair) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    image = next(iter(scene.frames(1, 128, 96)))
    video.write_picture(source, image)
    more = ["--strength", "0.7", "--keep-colours", "--model"]
    status, out, _ = pleinair("stylize", source, target, "-s", "lines+dots", *more, "easel")
    assert status == 0
    assert out == f"{target}: painted in 50% A Dots, 50% A Lines\n"
    style = Style(Session(easel))
    style.select({"dots": 0.5, "lines": 0.5})
    style.strength, style.colours = 0.7, 1
    np.testing.assert_array_equal(video.read_picture(target), style(image))
    status, _, err = pleinair("stylize", source, target, "-s", "negative", *more, easel)
    assert status == 1
    assert "no style named 'negative' in" in err
    status, _, err = pleinair("stylize", source, target, "-s", "negative", "--keep-colours")
    assert (status, err) == (1, "pleinair: negative: this model has no input 'colours'\n")


@pytest.mark.usefixtures("easel")
def test_smoothing_starts_anew_at_a_cut(
    tmp_path: Path, pleinair: Pleinair, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = list(scene.frames(12, 128, 96))
    images[6:] = [255 - image for image in images[6:]]
    source = tmp_path / "cut.mp4"
    video.stylize_images(images, source, lambda i: i, count=12, size=(128, 96), rate=25)
    done: list[str] = []

    def noted(name: str) -> None:
        method = getattr(Style, name)

        def call(*arguments: object) -> None:
            done.append(name)
            method(*arguments)

        monkeypatch.setattr(Style, name, call)

    noted("paint")
    noted("reset")
    for smoothing, resets in ("0", []), ("0.9", ["reset"]):
        done.clear()
        more = ["-s", "dots", "--smoothing", smoothing]
        assert pleinair("stylize", source, tmp_path / "out.mp4", *more)[0] == 0
        assert done == ["paint"] * 6 + resets + ["paint"] * 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.mp4", "out.mp4", "-s", "negative"], "none.mp4: can't read it (No such file"),
        (["clip.mp4", "out.mp4", "-s", "nought"], "no style named 'nought' (there are: "),
        (["clip.mp4", "out.mp4", "-s", "no.onnx"], "no.onnx: no such style file"),
        (["clip.mp4", "out.gif", "-s", "negative"], "out.gif: unknown kind of video"),
        (["clip.mp4", "out.png", "-s", "negative"], "is a video, and"),
        (["a.png", "out.mp4", "-s", "negative"], "is a picture, and"),
        (["clip.mp4", "no/out.mp4", "-s", "negative"], "no/out.mp4: can't write there (No such"),
        (["cut.mp4", "out.mp4", "-s", "negative"], "cut.mp4: not a video, or a truncated one"),
    ],
)
def test_bad_input_is_one_clear_line(
    arguments: list[str],
    message: str,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    pleinair: Pleinair,
) -> None:
    monkeypatch.chdir(clip.parent)
    Path("cut.mp4").write_bytes(clip.read_bytes()[:500])
    there = set(clip.parent.iterdir())
    status, out, err = pleinair("stylize", *arguments)
    assert status == 1
    assert out == ""
    assert err.startswith("pleinair: ")
    assert message in err
    assert err.count("\n") == 1
    assert set(clip.parent.iterdir()) == there


@pytest.mark.parametrize("size", ["640", "x", "0x0", "15x400", "640x", "-2x30"])
def test_bad_size(size: str, pleinair: Pleinair) -> None:
    status, _, err = pleinair("stylize", "a.mp4", "b.mp4", "-s", "negative", f"--size={size}")
    assert status == 2
    assert "Invalid value for '--size'" in err


@pytest.mark.parametrize("ask", [signal.SIGINT, signal.SIGTERM])
def test_interruption_leaves_nothing(ask: signal.Signals, clip: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.mp4"
    one = next(iter(scene.frames(1, 640, 480)))
    video.stylize_images(
        (one for _ in range(400)), long, lambda image: image, count=400, size=(640, 480), rate=25
    )
    target = tmp_path / "out.mp4"
    arguments = ["stylize", str(long), str(target), "-s", "starry-night"]
    command = [sys.executable, "-m", "pleinair", *arguments]
    # Whoever runs the tests in the background has them ignore Ctrl-C, and what they start, too.
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".out.*.mp4")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(ask)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.endswith("pleinair: interrupted\n")
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "long.mp4", "styles"}
    assert clip.exists()


def test_demo_paints_every_style(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pleinair: Pleinair
) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    status, out, _ = pleinair("demo", "--output", tmp_path, "--seconds", 0.4, "--size", "160x90")
    assert status == 0
    for style in ("great-wave", "starry-night", "negative"):
        path = tmp_path / f"pleinair-demo-{style}.mp4"
        assert str(path) in out
        assert [frame.shape for frame in pictures(path)] == [(90, 160, 3)] * 10


def test_demo_opens_its_result_where_there_is_a_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pleinair: Pleinair
) -> None:
    opened = tmp_path / "opened"
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("DISPLAY", ":0")
    status, *_ = pleinair("demo", "--output", tmp_path, "--seconds", 0.2, "--size", "64x64")
    assert status == 0
    deadline = time.monotonic() + 10
    while not (opened.exists() and opened.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert opened.read_text() == f"{tmp_path / 'pleinair-demo-starry-night.mp4'}\n"
