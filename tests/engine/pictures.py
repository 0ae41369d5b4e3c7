"""Pictures of every format, what NumPy says of them, and models that paint them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pleinair.engine import Picture, Session
from pleinair.engine.picture import PACKED, plane_shapes

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
node = helper.make_node

WEIGHTS = {"601": (0.299, 0.587, 0.114), "709": (0.2126, 0.7152, 0.0722)}


# ---- models -----------------------------------------------------------------------------------


def image_model(
    nodes: Sequence[NodeProto], constants: dict[str, Any] | None = None, extra: Sequence[Any] = ()
) -> bytes:
    shape: list[str | int | None] = [1, "height", "width", 3]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, shape)
    painted = helper.make_tensor_value_info("painted", TensorProto.UINT8, [1, "h", "w", 3])
    initializers = [
        numpy_helper.from_array(np.asarray(value, np.float32), name)
        for name, value in (constants or {}).items()
    ]
    graph = helper.make_graph(list(nodes), "graph", [image, *extra], [painted], initializers)
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def to_planes() -> list[NodeProto]:
    return [
        node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
    ]


def to_pixels(last: str) -> list[NodeProto]:
    return [
        node("Cast", [last], ["bytes"], to=TensorProto.UINT8),
        node("Transpose", ["bytes"], ["painted"], perm=[0, 2, 3, 1]),
    ]


@cache
def copying() -> bytes:
    """Gives every pixel back: a single map from rows to rows."""
    nodes = [*to_planes(), node("Mul", ["planes", "one"], ["same"]), *to_pixels("same")]
    return image_model(nodes, {"one": 1})


@cache
def painting() -> bytes:
    """A small network like a style: stride 2, norm, ×2, and a last layer by pixels."""
    random = np.random.default_rng(5)
    constants = {
        "w0": random.standard_normal((8, 3, 5, 5)) / 400,
        "w1": random.standard_normal((3, 8, 3, 3)) * 12,
        "scale": random.standard_normal(8),
        "bias": random.standard_normal(8),
        "grey": 120,
        "two": [1, 1, 2, 2],
    }
    asymmetric = {"coordinate_transformation_mode": "asymmetric"}
    nodes = [
        *to_planes(),
        node("Conv", ["planes", "w0"], ["c0"], strides=[2, 2], pads=[2] * 4),
        node("InstanceNormalization", ["c0", "scale", "bias"], ["n0"]),
        node("Relu", ["n0"], ["r0"]),
        node("Resize", ["r0", "", "two"], ["u0"], nearest_mode="floor", **asymmetric),
        node("Conv", ["u0", "w1"], ["c1"], pads=[1] * 4),
        node("Add", ["c1", "grey"], ["a1"]),
        *to_pixels("a1"),
    ]
    return image_model(nodes, constants)


@cache
def session(model: bytes, isa: str | None = None, threads: int = 1) -> Session:
    return Session(model, isa=isa, threads=threads)


# ---- the reference ----------------------------------------------------------------------------


def noise(*shape: int, seed: int = 0) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def new_picture(
    width: int, height: int, pixels: str, *, gap: int = 0, seed: int | None = None, **how: Any
) -> Picture:
    """A picture whose rows lie `gap` bytes apart, of noise or of zeros with 77 in the gaps."""
    planes = []
    for index, shape in enumerate(plane_shapes(pixels, width, height)):
        row = int(np.prod(shape[1:]))
        memory = np.full((shape[0], row + gap), 77, np.uint8)
        memory[:, :row] = 0 if seed is None else noise(shape[0], row, seed=seed + index)
        strides = (row + gap, *((shape[2], 1) if len(shape) == 3 else (1,)))
        planes.append(np.lib.stride_tricks.as_strided(memory, shape, strides))
    return Picture(tuple(planes), pixels, **how)


def gaps(picture: Picture, gap: int) -> list[Bytes]:
    """The bytes between the rows of new_picture(gap=gap)."""
    found = []
    for plane in picture.planes:
        row = int(np.prod(plane.shape[1:]))
        flat = np.lib.stride_tricks.as_strided(plane, (plane.shape[0], row + gap), (row + gap, 1))
        found.append(flat[:, row:])
    return found


def chroma_of(picture: Picture) -> tuple[Bytes, Bytes]:
    if picture.format == "nv12":
        return picture.planes[1][..., 0], picture.planes[1][..., 1]
    return picture.planes[1], picture.planes[2]


def scale_of(full: bool) -> tuple[float, float, float]:
    """Black, and what luma and chroma are multiplied by."""
    return (0, 1, 1) if full else (16, 219 / 255, 224 / 255)


def as_rgb(picture: Picture) -> Floats:
    """Red, green, blue of 0..255 with their fractions."""
    if picture.format in PACKED:
        order = [2, 1, 0] if picture.format.startswith("b") else [0, 1, 2]
        rgb = picture.planes[0][..., order].astype(np.float64)
    else:
        red, green, blue = WEIGHTS[picture.matrix]
        black, luma, chroma = scale_of(picture.full_range)
        y = (picture.planes[0].astype(np.float64) - black) / luma
        spread = [
            np.kron(c, np.ones((2, 2)))[: y.shape[0], : y.shape[1]] for c in chroma_of(picture)
        ]
        cb, cr = ((c - 128) / chroma for c in spread)
        r, b = y + cr * 2 * (1 - red), y + cb * 2 * (1 - blue)
        g = (y - red * r - blue * b) / green
        rgb = np.clip(np.stack([r, g, b], -1), 0, 255)
    return rgb[:, ::-1] if picture.mirrored else rgb


def from_rgb(rgb: Bytes, like: Picture) -> list[Floats]:
    """What the planes of `like` should hold, before rounding."""
    image = (rgb[:, ::-1] if like.mirrored else rgb).astype(np.float64)
    if like.format in PACKED:
        order = [2, 1, 0] if like.format.startswith("b") else [0, 1, 2]
        alpha = [np.full((*image.shape[:2], 1), 255.0)] * (PACKED[like.format] - 3)
        return [np.concatenate([image[..., order], *alpha], -1)]
    weights = np.array(WEIGHTS[like.matrix])
    black, luma, chroma = scale_of(like.full_range)
    height, width = image.shape[:2]
    even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    mean = even.reshape(len(even) // 2, 2, -1, 2, 3).mean((1, 3))
    grey = mean @ weights
    cb = 128 + chroma * (mean[..., 2] - grey) / (2 * (1 - weights[2]))
    cr = 128 + chroma * (mean[..., 0] - grey) / (2 * (1 - weights[0]))
    planes = [black + luma * (image @ weights)]
    return planes + ([np.stack([cb, cr], -1)] if like.format == "nv12" else [cb, cr])


def assert_holds(picture: Picture, rgb: Bytes) -> None:
    """Each byte of the picture is the nearest to what `rgb` says."""
    for plane, want in zip(picture.planes, from_rgb(rgb, picture), strict=True):
        assert np.abs(plane - np.clip(want, 0, 255)).max() <= 0.5 + 1e-3
