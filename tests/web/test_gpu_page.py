"""The camera page on the browser's WebGPU, a software one here (SwiftShader), and off it again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pleinair.engine import Session
from tests.engine.pictures import image_model, node, painting, to_pixels, to_planes
from tests.web.page import (
    GPU_FLAGS,
    Opened,
    count,
    lay_out_page,
    painted,
    planes,
    start_camera,
    write_y4m,
)

SIZE = (48, 32)  # of the frame that networks are checked with: nothing is compiled twice
GPU_CODE = ("pleinair-gpu.wasm", "gpu/window.wgsl")
CANVAS = """() => {
  const shown = document.getElementById("canvas");
  const { width, height } = shown;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(shown, 0, 0);
  return [width, height, [...context.getImageData(0, 0, width, height).data]];
}"""
# For tests alone: devices that the page has are named, so that they can be destroyed.
NAMED = """
const ask = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...given) {
  return (self.device = await ask.apply(this, given));
};
"""


@pytest.fixture(scope="module")
def small_page(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with a network for which a software GPU does not compile long."""
    page = page_with(painting(), modules, tmp_path_factory.mktemp("small"))
    change(page / "painter-worker.js", "", NAMED)
    change(page / "choice.js", "AGAIN = 10_000", "AGAIN = 1000")  # tests have no time
    return page


def page_with(network: bytes, modules: Path, folder: Path) -> Path:
    model = folder / "small.onnx"
    model.write_bytes(network)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLEINAIR_WEB", str(folder / "web"))
        return lay_out_page(modules, folder, [model])


def joined() -> bytes:
    """A network that the engine runs, and that has no form for GPUs."""
    nodes = [
        *to_planes(),
        node("Conv", ["planes", "same"], ["inner"]),
        node("Concat", ["inner", "planes"], ["both"], axis=1),
        node("Conv", ["both", "mean"], ["one"]),
        *to_pixels("one"),
    ]
    same = np.eye(3).reshape(3, 3, 1, 1)
    return image_model(nodes, {"same": same, "mean": np.concatenate([same, same], 1) / 2})


def change(path: Path, old: str, new: str) -> None:
    """Change what a file of the page says; with nothing to replace, append to it."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text + new)


@pytest.fixture(scope="module")
def small_clip(data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames = planes(data("video/mdn_rabbit.mp4"), 30, SIZE)
    return write_y4m(tmp_path_factory.mktemp("camera") / "clip.y4m", frames)


@pytest.fixture
def on_gpu(opened: Opened, small_page: Path) -> Callable[..., Any]:
    """Opens the small page in a browser with a GPU."""

    def open_page(camera: Path | None, **options: Any) -> Any:
        options = {"flags": GPU_FLAGS, "query": "?engine=gpu", **options}
        return opened(camera, page_folder=options.pop("page_folder", small_page), **options)

    return open_page


def by(page: Any, who: str) -> None:
    """Waits until a frame is painted by the GPU, or by the processor."""
    page.wait_for_function(
        f"() => document.getElementById('canvas').dataset.by === '{who}'", timeout=180_000
    )


def worker(page: Any) -> Any:
    return next(w for w in page.workers if w.url.endswith("painter-worker.js"))


def canvas(page: Any) -> NDArray[np.uint8]:
    width, height, data = page.evaluate(CANVAS)
    return np.array(data, np.uint8).reshape(height, width, 4)[..., :3]


def asked(page: Any) -> set[str]:
    return {request.url.removeprefix(page.url.partition("?")[0]) for request in page.asked}


def test_a_photo_is_painted_as_on_the_processor(on_gpu: Any, tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (8, 12, 3), np.uint8)
    pixels = pixels.repeat(4, 0).repeat(4, 1)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    with on_gpu(None) as page:
        page.set_input_files("#file", tmp_path / "photo.png")
        painted(page)
        for _ in range(600):  # a photo is painted for a while, and again when something changes
            if page.evaluate("document.getElementById('canvas').dataset.by") == "gpu":
                break
            page.evaluate("window.page.look()")
            page.wait_for_timeout(200)
        by(page, "gpu")
        page.wait_for_timeout(1000)
        found = canvas(page)
    (wanted,) = Session(painting(), threads=1).run({"image": pixels[None]}).values()
    assert np.abs(found.astype(int) - wanted[0]).max() <= 1
    assert np.ptp(wanted) > 50


def test_the_camera_is_painted_until_the_gpu_is_lost(on_gpu: Any, small_clip: Path) -> None:
    with on_gpu(small_clip) as page:
        start_camera(page)
        by(page, "gpu")
        page.evaluate("document.getElementById('show-stats').click()")
        painted(page, 5)
        assert "WebGPU" in page.inner_text("#stats")
        assert canvas(page).std() > 10
        before = count(page)
        worker(page).evaluate("self.device.destroy()")
        began = time.monotonic()
        by(page, "wasm")
        painted(page, 2)
        assert time.monotonic() - began < 1
        assert count(page) > before
        assert canvas(page).std() > 10
        assert "WebAssembly" in page.inner_text("#stats")
        by(page, "gpu")  # another one
        painted(page, 5)
        assert page.is_hidden("#message")


def test_a_gpu_that_paints_wrongly_paints_nothing(
    on_gpu: Any, small_page: Path, small_clip: Path, tmp_path: Path
) -> None:
    page_folder = tmp_path / "page"
    shutil.copytree(small_page, page_folder)
    change(page_folder / "gpu" / "dense.wgsl", "vec4f(x[p].y), w1", "vec4f(x[p].y), w2")
    with on_gpu(small_clip, page_folder=page_folder) as page:
        start_camera(page)
        page.wait_for_selector("#message:not([hidden])", timeout=180_000)
        assert "paints wrongly" in page.inner_text("#message")
        painted(page, 3)
        by(page, "wasm")


def test_what_has_no_form_for_gpus_is_the_processors(
    on_gpu: Any, modules: Path, small_clip: Path, tmp_path: Path
) -> None:
    page_folder = page_with(joined(), modules, tmp_path)
    with on_gpu(small_clip, page_folder=page_folder) as page:
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text))
        start_camera(page)
        while not any("no GPU for styles/small.onnx" in line for line in said):
            painted(page)
        painted(page, 5)
        by(page, "wasm")
        assert page.is_hidden("#message")


def test_what_is_too_large_for_the_gpu_is_painted_smaller(
    on_gpu: Any, small_page: Path, tmp_path: Path, data: Callable[[str], Path]
) -> None:
    page_folder = tmp_path / "page"
    shutil.copytree(small_page, page_folder)
    change(page_folder / "gpu-plan.js", "device.limits.maxStorageBufferBindingSize", "600_000")
    frames = planes(data("video/mdn_rabbit.mp4"), 2, (400, 224))
    with on_gpu(write_y4m(tmp_path / "large.y4m", frames), page_folder=page_folder) as page:
        start_camera(page)
        by(page, "gpu")
        assert canvas(page).shape == (180, 320, 3)


def test_a_slower_gpu_paints_on_trial_alone(
    on_gpu: Any, small_page: Path, small_clip: Path, tmp_path: Path
) -> None:
    page_folder = tmp_path / "page"
    shutil.copytree(small_page, page_folder)
    change(page_folder / "features.js", "!adapter.info.isFallbackAdapter", "true")
    change(page_folder / "gpu-turn.js", "PATIENCE = 1000", "PATIENCE = 20_000")
    with on_gpu(small_clip, page_folder=page_folder, query="") as page:
        start_camera(page)
        by(page, "gpu")
        by(page, "wasm")
        painted(page, 5)
        assert page.evaluate("document.getElementById('canvas').dataset.by") == "wasm"
        assert page.is_hidden("#message")


def test_a_processor_in_disguise_is_not_asked(on_gpu: Any, small_clip: Path) -> None:
    with on_gpu(small_clip, query="") as page:
        start_camera(page)
        painted(page, 15)
        by(page, "wasm")
        assert page.is_hidden("#message")
        assert asked(page).isdisjoint(GPU_CODE)


def test_without_a_gpu_the_processor_paints(
    opened: Opened, small_page: Path, small_clip: Path
) -> None:
    with opened(small_clip, page_folder=small_page, query="?engine=gpu") as page:
        page.wait_for_selector("#message:not([hidden])")
        assert "no GPU" in page.inner_text("#message")
        start_camera(page)
        painted(page, 15)
        by(page, "wasm")
        assert asked(page).isdisjoint(GPU_CODE)


def test_the_processor_paints_where_it_is_told_to(on_gpu: Any, small_clip: Path) -> None:
    with on_gpu(small_clip, query="?engine=wasm") as page:
        start_camera(page)
        painted(page, 15)
        by(page, "wasm")
        assert asked(page).isdisjoint(GPU_CODE)
