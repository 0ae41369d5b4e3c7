"""The camera page as a person meets it: laid out, served, with a camera from a file."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from pleinair.deploy import PageServer, lay_out
from pleinair.styles import model_files
from tests.conftest import BROWSER_FLAGS, ROOT

Opened = Callable[..., Any]
SIZE = (640, 360)
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
# The browser's GPU is its own program, which makes frames of videos textures of that GPU.
GPU_FLAGS = [
    *(flag for flag in BROWSER_FLAGS if flag != "--disable-gpu"),
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-angle=swiftshader",
]
SHOWN = """() => {
  const canvas = document.createElement("canvas");
  const shown = document.getElementById("canvas");
  canvas.width = 64; canvas.height = 36;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(shown, 0, 0, 64, 36);
  return [...context.getImageData(0, 0, 64, 36).data];
}"""


def lay_out_page(modules: Path, folder: Path, models: Sequence[Path] = ()) -> Path:
    """The page with the shipped styles, or others, and freshly built modules."""
    files = folder / "web"
    shutil.copytree(ROOT / "web", files, ignore=shutil.ignore_patterns("*.wasm"))
    for module in modules.glob("*.wasm"):
        shutil.copy(module, files)
    lay_out(folder / "page", models or model_files()[::-1])
    return folder / "page"


def planes(clip: Path, count: int, size: tuple[int, int] = SIZE) -> list[NDArray[np.uint8]]:
    """Frames of a clip as I420: [height * 3 / 2, width]."""
    with av.open(str(clip), "r") as container:
        frames = islice(container.decode(video=0), count)
        small = [frame.reformat(*size, format="yuv420p").to_ndarray() for frame in frames]
    return [np.asarray(frame, np.uint8) for frame in small]


def write_y4m(path: Path, frames: list[NDArray[np.uint8]], rate: int = 30) -> Path:
    """What Chromium takes for a camera, of so many frames a second."""
    rows, width = frames[0].shape
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{rows * 2 // 3} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + frame.tobytes())
    return path


@contextmanager
def served(folder: Path, **options: Any) -> Iterator[PageServer]:
    with PageServer(folder, **options) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def start_camera(page: Any) -> None:
    page.click("#begin")
    painted(page, 3)


def painted(page: Any, more: int = 1) -> None:
    """Waits until so many more frames are painted."""
    page.wait_for_function(
        f"before => (document.getElementById('canvas').dataset.painted ?? 0) >= before + {more}",
        arg=count(page),
        timeout=60_000,
    )


def count(page: Any) -> int:
    return int(page.evaluate("document.getElementById('canvas').dataset.painted ?? 0"))


def shown(page: Any) -> NDArray[np.uint8]:
    """The canvas, small: [36, 64, 4]."""
    return np.array(page.evaluate(SHOWN), np.uint8).reshape(36, 64, 4)


def press(page: Any, key: str) -> Any:
    """Presses a key; gives the file that is saved then."""
    with page.expect_download(timeout=60_000) as download:
        page.keyboard.press(key)
    return Path(download.value.path()).read_bytes(), download.value.suggested_filename
