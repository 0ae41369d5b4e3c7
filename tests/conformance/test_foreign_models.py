"""Networks that others made, on real photographs, beside ONNX Runtime.

Agreement is the largest difference over the largest value of ONNX Runtime's output.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from PIL import Image

from pleinair.engine import Session

Data = Callable[[str], Path]
Array = npt.NDArray[Any]

# What the networks of the original SqueezeNet take off each channel, in BGR order.
IMAGENET_MEAN = np.array([104, 117, 123], np.float32)


def peer(model: Path, feed: dict[str, Array]) -> dict[str, Array]:
    """ONNX Runtime's outputs by name."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of initializers that are listed as inputs
    session = onnxruntime.InferenceSession(
        model, sess_options=options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))


def agree(model: Path, feed: dict[str, Array], within: float) -> dict[str, Array]:
    """The engine's outputs, after a comparison of all of them with ONNX Runtime's."""
    ours, theirs = Session(model, threads=2).run(feed), peer(model, feed)
    assert ours.keys() == theirs.keys()
    for name, want in theirs.items():
        have = ours[name]
        assert (have.dtype, have.shape) == (want.dtype, want.shape)
        largest = np.abs(want.astype(np.float64)).max()
        difference = np.abs(have.astype(np.float64) - want).max()
        assert difference <= within * largest, f"{name}: {difference / largest:.2e} relative"
    return ours


def planes(picture: Image.Image) -> Array:
    """A picture as float32 [1, channels, height, width], 0 to 255."""
    pixels = np.asarray(picture, np.float32)
    return np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], -1).transpose(2, 0, 1)[None])


def photo(path: Path, width: int, height: int) -> Image.Image:
    return Image.open(path).convert("RGB").resize((width, height), Image.Resampling.BICUBIC)


def middle(path: Path, size: int) -> Image.Image:
    """The largest square in the middle, scaled to `size`."""
    picture = Image.open(path).convert("RGB")
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    return picture.resize((size, size), Image.Resampling.BICUBIC, box=box)


# Not every photograph can be here: on large flat areas candy's normalisation magnifies rounding
# until ONNX Runtime itself is 1.3e-4 away from the same network in float64 (and the engine 0.9e-4).
@pytest.mark.parametrize("style", ["candy", "mosaic"])
@pytest.mark.parametrize("name", ["kodak/kodim05.jpg", "kodak/kodim23.jpg"])
def test_style_networks(data: Data, style: str, name: str) -> None:
    picture = planes(photo(data(f"photos/{name}"), 720, 720))[:, ::-1].copy()  # BGR
    agree(data(f"models/winml/{style}.onnx"), {"inputImage": picture}, 1e-4)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("kodak/kodim23.jpg", "macaw"),
        ("kodak/kodim21.jpg", "beacon, lighthouse, beacon light, pharos"),
        ("coco128/000000000034.jpg", "zebra"),
        ("coco128/000000000471.jpg", "school bus"),
        ("coco128/000000000397.jpg", "pizza, pizza pie"),
    ],
)
def test_classifier_in_float16_names_what_is_there(data: Data, name: str, label: str) -> None:
    labels = data("models/imagenet_classes.txt").read_text(encoding="utf-8").splitlines()
    picture = planes(middle(data(f"photos/{name}"), 224))[:, ::-1] - IMAGENET_MEAN[:, None, None]
    model = data("models/squeezenet1_1_fp16.onnx")
    out = agree(model, {"data_0": picture.astype(np.float16)}, 1e-3)["softmaxout_1"]
    assert labels[int(out.argmax())] == label
    assert out.max() > 0.9


def test_super_resolution(data: Data) -> None:
    picture = Image.open(data("models/super-res-input.jpg")).convert("YCbCr").resize((224, 224))
    luma = planes(picture)[:, :1] / 255
    out = agree(data("models/super_resolution.onnx"), {"input": luma}, 1e-4)["output"]
    # Shrunk to where it came from, the enlarged picture is the picture.
    shrunk = out.reshape(224, 3, 224, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - luma[0, 0]).mean() < 0.02


def test_face_detector_finds_the_face(data: Data) -> None:
    model = data("models/version-RFB-320.onnx")
    picture = (planes(photo(data("photos/kodak/kodim04.jpg"), 320, 240)) - 127) / 128
    out = agree(model, {"input": picture}, 1e-4)
    best = int(out["scores"][0, :, 1].argmax())
    assert out["scores"][0, best, 1] > 0.99
    left, top, right, bottom = out["boxes"][0, best]
    for eye_or_mouth in ((0.45, 0.43), (0.69, 0.47), (0.5, 0.64)):
        assert left < eye_or_mouth[0] < right
        assert top < eye_or_mouth[1] < bottom
    assert (right - left) * (bottom - top) < 0.5  # a face, not the whole picture


def test_face_detector_finds_none_among_parrots(data: Data) -> None:
    model = data("models/version-RFB-320.onnx")
    picture = (planes(photo(data("photos/kodak/kodim23.jpg"), 320, 240)) - 127) / 128
    assert agree(model, {"input": picture}, 1e-4)["scores"][0, :, 1].max() < 0.5


def test_digits_network_with_nodes_out_of_order(data: Data) -> None:
    picture = photo(data("photos/kodak/kodim04.jpg"), 28, 28).convert("L")
    grey = planes(picture).reshape(1, 28, 28, 1) / 255
    agree(data("models/mnist-sm.onnx"), {"conv2d_5_input": grey}, 1e-4)
