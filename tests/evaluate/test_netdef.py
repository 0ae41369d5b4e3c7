"""Facebook's networks of 2017, read from their protobufs."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from pleinair.evaluate import netdef
from pleinair.evaluate.models import open_painters
from pleinair.evaluate.netdef import read_netdef

FRAME = np.random.default_rng(3).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def _field(number: int, content: bytes) -> bytes:
    assert len(content) < 1 << 21
    length, size = b"", len(content)
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def _fill(name: str, values: NDArray[np.float32]) -> bytes:
    shape = b"".join(b"\x30" + bytes([side]) for side in values.shape)
    floats = b"".join(b"\x2d" + struct.pack("<f", value) for value in values.ravel())
    operator = _field(2, name.encode()) + _field(4, b"GivenTensorFill")
    operator += _field(5, _field(1, b"shape") + shape)
    operator += _field(5, _field(1, b"values") + floats)
    return _field(2, operator)


def _weights() -> dict[str, NDArray[np.float32]]:
    """A small random network under the names that the real files use."""
    random = np.random.default_rng(0)
    blobs = {"mean": np.array([103.939, 116.779, 123.68], np.float32)}

    def layer(name: str, *shape: int, bias: int, scale: float) -> None:
        blobs[f"caffe.{name}/param_0"] = scale * random.standard_normal(shape, np.float32)
        blobs[f"caffe.{name}/param_1"] = scale * random.standard_normal(bias, np.float32)

    layer("SpatialConvolution_2", 12, 3, 9, 9, bias=12, scale=0.002)
    for number in range(5, 23, 3):
        layer(f"SpatialConvolution_{number}", 12, 12, 3, 3, bias=12, scale=0.1)
    layer("Deconvolution_23", 12, 6, 3, 3, bias=6, scale=0.3)
    layer("Deconvolution_26", 6, 3, 3, 3, bias=3, scale=8.0)
    for number in (*range(4, 23, 3), 25):
        size = 6 if number == 25 else 12
        blobs[f"caffe.PReLU_{number}/param_0"] = random.random(size, np.float32)
    return blobs


def _painted(blobs: dict[str, NDArray[np.float32]], frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the network does, operator by operator as ``predict_net.pb`` lists them."""
    at = {name.removeprefix("caffe."): torch.from_numpy(value) for name, value in blobs.items()}
    mean = at["mean"].reshape(1, 3, 1, 1)
    bgr = torch.from_numpy(frame[..., ::-1].copy()).permute(2, 0, 1)[None].float() - mean
    x = F.pad(F.avg_pool2d(bgr, 4), (10, 9, 10, 9), mode="reflect")
    for number in range(2, 23, 3):
        name = f"SpatialConvolution_{number}"
        x = F.conv2d(x, at[f"{name}/param_0"], at[f"{name}/param_1"])
        x = F.prelu(x, at[f"PReLU_{number + 2}/param_0"])
    for name in ("Deconvolution_23", "Deconvolution_26"):
        x = F.conv_transpose2d(x, at[f"{name}/param_0"], at[f"{name}/param_1"], stride=2)
        if name == "Deconvolution_23":
            x = F.prelu(x, at["PReLU_25/param_0"])
    x = F.pad(x, (0, 1, 0, 1), mode="reflect")
    pixels = (x + mean).clamp(0, 255)[0].permute(1, 2, 0).numpy().astype(np.uint8)
    return pixels[..., ::-1]


def _check(path: Path, blobs: dict[str, NDArray[np.float32]]) -> None:
    (painter,) = open_painters(str(path), threads=1)
    expected = _painted(blobs, FRAME).astype(int)
    assert expected.std() > 5
    apart = np.abs(painter.paint(FRAME).astype(int) - expected)
    # Where a sum comes out within rounding of a whole step, cutting may go either way.
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.002
    assert painter.parameters == 11685


def test_network_of_a_file(tmp_path: Path) -> None:
    blobs = _weights()
    path = tmp_path / "noise_init_net.pb"
    path.write_bytes(b"".join(_fill(name, values) for name, values in blobs.items()))
    _check(path, blobs)
    assert open_painters(str(path), threads=1)[0].model == "noise (2017)"


@pytest.mark.parametrize("name", ["flowers", "mosaic", "night_b"])
def test_real_files(data: Callable[[str], Path], name: str) -> None:
    path = data(f"caffe2go/{name}_init_net.pb")
    _check(path, netdef._blobs(path.read_bytes()))


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    whole = b"".join(_fill(name, values) for name, values in _weights().items())
    path = tmp_path / "short_init_net.pb"
    path.write_bytes(whole[:kept])
    with pytest.raises(ValueError, match=r"short_init_net\.pb: not a style network of Caffe2"):
        read_netdef(path)


def test_network_with_another_shape_is_refused(tmp_path: Path) -> None:
    blobs = _weights()
    blobs["caffe.SpatialConvolution_8/param_0"] = np.zeros((12, 12, 5, 5), np.float32)
    path = tmp_path / "odd_init_net.pb"
    path.write_bytes(b"".join(_fill(name, values) for name, values in blobs.items()))
    with pytest.raises(ValueError, match=r"odd_init_net\.pb: not a style network"):
        read_netdef(path)
