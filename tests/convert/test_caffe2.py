"""Facebook's networks of 2017, read from their protobufs, beside their operators in NumPy."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from pleinair.convert import import_caffe2, predict_beside
from pleinair.convert.netdef import Operator, read_net
from pleinair.engine import Session

Array = NDArray[Any]
Blobs = dict[str, Array]
RANDOM = np.random.default_rng(3)
MEAN = np.array([103.939, 116.779, 123.68], np.float32)


# ---- what Caffe2 says that its operators do ----------------------------------------------------


def whole(operator: Operator, name: str, otherwise: int = 0) -> int:
    argument = operator.arguments.get(name)
    return otherwise if argument is None or argument.number is None else int(argument.number)


def preprocess(_: Operator, bgra: Array, mean: Array) -> Array:
    """Planes of blue, green and red less their means; alpha goes."""
    planes: Array = bgra[..., :3].transpose(0, 3, 1, 2) - mean.reshape(3, 1, 1)
    return planes


def deprocess(_: Operator, planes: Array, mean: Array) -> Array:
    """Packed bytes with alpha 0; the fraction is cut off."""
    light = np.clip(planes + mean.reshape(3, 1, 1), 0, 255)
    bgr = light.transpose(0, 2, 3, 1).astype(np.uint8)
    return np.concatenate([bgr, np.zeros_like(bgr[..., :1])], axis=3)


def average_pool(operator: Operator, x: Array) -> Array:
    side = whole(operator, "kernel_h")
    assert side == whole(operator, "kernel_w") == whole(operator, "stride_h")
    n, channels, height, width = x.shape
    blocks = x.reshape(n, channels, height // side, side, width // side, side)
    return np.asarray(blocks.mean(axis=(3, 5)))


def pad_image(operator: Operator, x: Array) -> Array:
    assert operator.arguments["mode"].text == "reflect"
    top, left, bottom, right = (whole(operator, f"pad_{side}") for side in "tlbr")
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), mode="reflect")


def conv(operator: Operator, x: Array, weights: Array, bias: Array) -> Array:
    assert whole(operator, "stride_h") == whole(operator, "stride_w") == 1
    assert whole(operator, "pad") == 0
    patches = np.lib.stride_tricks.sliding_window_view(x, weights.shape[2:], axis=(2, 3))
    sums = np.einsum("nchwkl,ockl->nohw", patches, weights, optimize=True)
    return np.asarray(sums + bias[:, None, None])


def conv_transpose(operator: Operator, x: Array, weights: Array, bias: Array) -> Array:
    """Every input pixel adds its multiple of the kernel to the output."""
    stride = whole(operator, "stride_h")
    assert stride == whole(operator, "stride_w")
    assert whole(operator, "pad") == whole(operator, "adj") == 0
    n, _, height, width = x.shape
    _, channels, down, across = weights.shape
    y = np.zeros((n, channels, (height - 1) * stride + down, (width - 1) * stride + across))
    for k in range(down):
        for j in range(across):
            part = y[:, :, k : k + stride * height : stride, j : j + stride * width : stride]
            part[:, :, :height, :width] += np.einsum("nchw,co->nohw", x, weights[:, :, k, j])
    return y + bias[:, None, None]


def prelu(_: Operator, x: Array, slopes: Array) -> Array:
    return np.where(x > 0, x, x * slopes[:, None, None])


OPERATORS: dict[str, Callable[..., Array]] = {
    "PackedInt8BGRANHWCToNCHWCStylizerPreprocess": preprocess,
    "AveragePool": average_pool,
    "PadImage": pad_image,
    "Conv": conv,
    "PRelu": prelu,
    "ConvTranspose": conv_transpose,
    "BRGNCHWCToPackedInt8BGRAStylizerDeprocess": deprocess,
}


def painted_by_operators(init: Path, predict: Path, rgb: Array) -> Array:
    """The whole network in float64."""
    blobs: Blobs = {}
    for fill in read_net(init).operators:
        if fill.type == "GivenTensorFill":
            values, shape = fill.arguments["values"].floats, fill.arguments["shape"].integers
            blobs[fill.outputs[0]] = values.astype(np.float64).reshape(shape)
    alpha = np.full_like(rgb[..., :1], 255)
    net = read_net(predict)
    blobs[net.inputs[0]] = np.concatenate([rgb[..., ::-1], alpha], axis=3)
    for operator in net.operators:
        inputs = [blobs[name] for name in operator.inputs]
        blobs[operator.outputs[0]] = OPERATORS[operator.type](operator, *inputs)
    return blobs[net.outputs[0]][..., 2::-1]


# ---- files of our own --------------------------------------------------------------------------


def field(number: int, content: bytes) -> bytes:
    length, size = b"", len(content)
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def step(kind: str, inputs: list[str], output: str, **arguments: Any) -> bytes:
    content = b"".join(field(1, name.encode()) for name in inputs)
    content += field(2, output.encode()) + field(4, kind.encode())
    for name, value in arguments.items():
        if isinstance(value, str):
            packed = field(4, value.encode())
        elif isinstance(value, int):
            packed = b"\x18" + bytes([value])
        elif isinstance(value, float):
            packed = b"\x15" + struct.pack("<f", value)
        elif value.dtype == np.float32:
            packed = b"".join(b"\x2d" + struct.pack("<f", number) for number in value)
        else:
            packed = b"".join(b"\x30" + bytes([number]) for number in value)
        content += field(5, field(1, name.encode()) + packed)
    return field(2, content)


def write_network(folder: Path, *, changed: str = "") -> tuple[Path, Path]:
    """A small random network of the operators that the real files have."""
    sizes = {"a": (5, 3, 3, 3), "b": (5, 4, 3, 3), "c": (4, 3, 3, 3), "p": (5,), "q": (4,)}
    biases = {"a1": (5,), "b1": (4,), "c1": (3,)}
    init = b""
    for name, shape in {**sizes, **biases}.items():
        values = RANDOM.normal(scale=0.15 if len(shape) > 1 else 1.0, size=shape)
        filled = {"shape": np.array(shape), "values": values.astype(np.float32).ravel()}
        init += step("GivenTensorFill", [], name, **filled)
    init += step("GivenTensorFill", [], "mean", shape=np.array([3]), values=MEAN)
    init += step("ConstantFill", [], "data", shape=np.array([1]))
    twice: dict[str, Any] = {"kernel_h": 3, "kernel_w": 3, "stride_h": 2, "stride_w": 2}
    pool: dict[str, Any] = {"kernel_h": 4, "kernel_w": 4, "stride_h": 4, "stride_w": 4}
    pads = {f"pad_{side}": pad for side, pad in zip("lrtb", (1, 0, 1, 0), strict=True)}
    ends = {f"pad_{side}": pad for side, pad in zip("lrtb", (0, 1, 0, 1), strict=True)}
    shrink = changed or "AveragePool"
    steps = [
        step("PackedInt8BGRANHWCToNCHWCStylizerPreprocess", ["data", "mean"], "x", noise_std=5.0),
        step(shrink, ["x"], "y", **pool, order="NCHW", pad=0),
        step("PadImage", ["y"], "x", **pads, mode="reflect", order="NCHW"),
        step("Conv", ["x", "a", "a1"], "y", kernel_h=3, kernel_w=3, stride_h=1, stride_w=1),
        step("PRelu", ["y", "p"], "y", order="NCHW"),
        step("ConvTranspose", ["y", "b", "b1"], "x", **twice, pad=0, adj=0),
        step("PRelu", ["x", "q"], "x"),
        step("ConvTranspose", ["x", "c", "c1"], "y", **twice),
        step("PadImage", ["y"], "x", **ends, mode="reflect"),
        step("BRGNCHWCToPackedInt8BGRAStylizerDeprocess", ["x", "mean"], "out"),
    ]
    paths = folder / "small_init_net.pb", folder / "small_predict_net.pb"
    paths[0].write_bytes(init)
    predict = field(1, b"style") + b"".join(steps) + field(7, b"data") + field(8, b"out")
    paths[1].write_bytes(predict)
    return paths


# ---- tests -------------------------------------------------------------------------------------


def paint(model: onnx.ModelProto, rgb: Array, **options: Any) -> Array:
    return Session(model.SerializeToString(), **options).run({"image": rgb})["painted"]


def assert_same(painted: Array, expected: Array) -> None:
    """But where a sum comes out within rounding of a whole step, which may be cut either way."""
    apart = np.abs(painted.astype(int) - expected)
    assert expected.std() > 5, "a flat picture would prove nothing"
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.002


def test_operators_of_a_small_file(tmp_path: Path) -> None:
    init, predict = write_network(tmp_path)
    model = import_caffe2(init, predict_beside(init))
    rgb = RANDOM.integers(0, 256, (1, 24, 32, 3), np.uint8)
    assert_same(paint(model, rgb), painted_by_operators(init, predict, rgb))
    assert {p.key: p.value for p in model.metadata_props} == {"pleinair.name": "small"}


def test_other_sizes_are_continued_by_reflection(tmp_path: Path) -> None:
    init, predict = write_network(tmp_path)
    rgb = RANDOM.integers(0, 256, (1, 23, 30, 3), np.uint8)
    whole_picture = np.pad(rgb, ((0, 0), (0, 1), (0, 2), (0, 0)), mode="reflect")
    expected = painted_by_operators(init, predict, whole_picture)[:, :23, :30]
    assert_same(paint(import_caffe2(init, predict), rgb), expected)


def test_noise_comes_from_its_seed(tmp_path: Path) -> None:
    init, predict = write_network(tmp_path)
    rgb = np.full((1, 140, 132, 3), 128, np.uint8)
    calm = paint(import_caffe2(init, predict), rgb)
    model = import_caffe2(init, predict, noise_seed=1)
    noisy = paint(model, rgb)
    assert (noisy != calm).mean() > 0.1
    np.testing.assert_array_equal(noisy, paint(import_caffe2(init, predict, noise_seed=1), rgb))
    assert (noisy != paint(import_caffe2(init, predict, noise_seed=2), rgb)).mean() > 0.1
    runtime = onnxruntime.InferenceSession(model.SerializeToString())
    assert_same(noisy, runtime.run(None, {"image": rgb})[0].astype(int))


@pytest.mark.parametrize("kept", [0, 100, 900])
def test_truncated_files_are_refused(tmp_path: Path, kept: int) -> None:
    init, predict = write_network(tmp_path)
    init.write_bytes(init.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"small_init_net\.pb: "):
        import_caffe2(init, predict)


@pytest.mark.parametrize(
    ("operator", "message"),
    [("MaxPool", "MaxPool is not supported on colours"), ("Conv", "no weights '' of rank 4")],
)
def test_operators_that_are_not_there_are_named(
    tmp_path: Path, operator: str, message: str
) -> None:
    init, predict = write_network(tmp_path, changed=operator)
    with pytest.raises(ValueError, match=rf"small_predict_net\.pb with .*{message}"):
        import_caffe2(init, predict)


def test_the_other_half_is_missing(tmp_path: Path) -> None:
    init, predict = write_network(tmp_path)
    predict.unlink()
    with pytest.raises(ValueError, match=r"there is no predict_net\.pb beside it"):
        predict_beside(init)


@pytest.mark.parametrize("name", ["flowers", "mosaic", "night_b"])
def test_real_files(data: Callable[[str], Path], name: str) -> None:
    init = data(f"caffe2go/{name}_init_net.pb")
    predict = predict_beside(init)
    model = import_caffe2(init, predict)
    rgb = RANDOM.integers(0, 256, (1, 48, 64, 3), np.uint8)
    expected = painted_by_operators(init, predict, rgb)
    assert_same(paint(model, rgb, threads=1), expected)
    runtime = onnxruntime.InferenceSession(model.SerializeToString())
    assert_same(runtime.run(None, {"image": rgb})[0], expected)
