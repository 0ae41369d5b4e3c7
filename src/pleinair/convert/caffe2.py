"""Caffe2 style networks of 2017, such as Facebook's camera effects, as ONNX models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from pleinair.convert.graph import GraphBuilder, pad_to_multiple
from pleinair.convert.netdef import Operator, read_net

_TILE = 128  # pixels after which the noise repeats
_CONVOLUTIONS = ("Conv", "ConvTranspose")
_BLIND = ("AveragePool", "PadImage", "Relu")  # they do the same to every channel

Blobs = dict[str, NDArray[np.float32]]


def predict_beside(init: Path) -> Path:
    """Give the ``predict_net.pb`` that belongs to an ``init_net.pb``: of the same prefix, or none.

    Raises ``ValueError`` where there is neither.
    """
    prefix = init.name.removesuffix("init_net.pb")
    for name in (f"{prefix}predict_net.pb", "predict_net.pb"):
        if init.with_name(name).is_file():
            return init.with_name(name)
    raise ValueError(f"{init}: there is no predict_net.pb beside it")


def import_caffe2(init: Path, predict: Path, noise_seed: int | None = None) -> onnx.ModelProto:
    """Read a network from its weights (``init_net.pb``) and its operators (``predict_net.pb``).

    The model takes ``image`` and gives ``painted``, uint8 RGB [1, height, width, 3] of the same
    size; its arithmetic is that of the operators: the mean of each colour is taken off at the
    beginning and added at the end, where values are held to 0..255 and cut to whole steps. They
    took packed BGRA; here the channels of the first convolution's kernel and of the last one's are
    turned, and not the picture's. Where height or width is not a multiple of the network's
    strides, the picture is continued by reflection and cropped again.

    With ``noise_seed`` the preprocessing adds Gaussian noise of the standard deviation that the
    file says, as it did on phones: another number for every pixel and colour of a tile of 128 × 128
    that is repeated. Without it, none. Raises ``ValueError`` naming what is no such network.
    """
    blobs = _read_blobs(init)
    operators = read_net(predict).operators
    try:
        importer = _Importer(blobs, operators, noise_seed)
        for operator in operators:
            importer.add(operator)
        if not importer.finished:
            raise ValueError("it does not end in the stylizer's deprocessing")
    except ValueError as error:
        raise ValueError(f"{predict} with {init.name}: {error}") from error
    dims: list[str | int | None] = [1, "height", "width", 3]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, dims)
    painted = helper.make_tensor_value_info("painted", TensorProto.UINT8, dims)
    name = init.name.removesuffix("init_net.pb").strip("_") or init.stem
    return importer.graph.model(name, [image], [painted], {"pleinair.name": name})


def _read_blobs(init: Path) -> Blobs:
    """What the operators of an init net fill; that of the picture itself says nothing."""
    blobs: Blobs = {}
    for operator in read_net(init).operators:
        if operator.type == "ConstantFill":
            continue
        if operator.type != "GivenTensorFill":
            raise ValueError(f"{init}: the operator {operator.type} is not supported")
        values, shape = operator.arguments.get("values"), operator.arguments.get("shape")
        if values is None or shape is None or values.floats.size != np.prod(shape.integers):
            raise ValueError(f"{init}: {operator.outputs} has other values than its shape says")
        blobs[operator.outputs[0]] = values.floats.reshape(shape.integers)
    return blobs


class _Importer:
    """Turns operators into nodes, in their order: the same blob is written again and again."""

    def __init__(self, blobs: Blobs, operators: Sequence[Operator], noise_seed: int | None) -> None:
        self.graph = GraphBuilder()
        self.finished = False
        self._blobs = blobs
        self._multiple = _multiple(operators)
        self._first, self._last = _outer_convolutions(operators)
        self._noise_seed = noise_seed
        self._values: dict[str, str] = {}
        self._size = ""  # height and width of the picture

    def add(self, operator: Operator) -> None:
        rule = _RULES.get(operator.type)
        if rule is None:
            raise ValueError(f"the operator {operator.type} is not supported")
        order = operator.arguments.get("order")
        if (order is not None and order.text != "NCHW") or self.finished:
            raise ValueError(f"{operator.type} is not supported in this order or place")
        self._values[operator.outputs[0]] = rule(self, operator)

    def value(self, operator: Operator) -> str:
        """The node output that is the first input."""
        name = operator.inputs[0] if operator.inputs else ""
        if name not in self._values:
            raise ValueError(f"nothing has made {name!r}, the input of {operator.type}")
        return self._values[name]

    def blob(self, operator: Operator, index: int, rank: int) -> NDArray[np.float32]:
        name = operator.inputs[index] if index < len(operator.inputs) else ""
        values = self._blobs.get(name)
        if values is None or values.ndim != rank:
            raise ValueError(f"no weights {name!r} of rank {rank} for {operator.type}")
        return values

    def kernel(self, operator: Operator, inputs_axis: int) -> list[str]:
        """Kernel and bias; their channels turned where they are colours."""
        arrays = [self.blob(operator, 1, 4)]
        arrays += [self.blob(operator, 2, 1)] if len(operator.inputs) > 2 else []
        if operator is self._first:
            arrays[0] = np.flip(arrays[0], inputs_axis)
        if operator is self._last:
            arrays = [np.flip(arrays[0], 1 - inputs_axis), *(bias[::-1] for bias in arrays[1:])]
        return [
            self.graph.weight(name, np.ascontiguousarray(array), compact=False)
            for name, array in zip(operator.inputs[1:], arrays, strict=True)
        ]

    # ---- the borders ---------------------------------------------------------------------------

    def preprocess(self, operator: Operator) -> str:
        """Bytes to planes less the mean."""
        g = self.graph
        sides = g.constant([1, 2], np.int64)
        self._size = g.node("Gather", g.node("Shape", "image"), sides, axis=0)
        x = g.node("Cast", "image", to=TensorProto.FLOAT)
        x = g.node("Transpose", x, perm=[0, 3, 1, 2])
        x = g.node("Sub", x, self._mean(operator))
        if self._noise_seed is not None:
            x = g.node("Add", x, self._noise(_number(operator, "noise_std", 10.0)))
        return pad_to_multiple(g, x, self._size, self._multiple)

    def deprocess(self, operator: Operator) -> str:
        """Planes to bytes, with the mean."""
        g = self.graph
        x = self.value(operator)
        if self._multiple > 1:
            start, axes = g.constant([0, 0], np.int64), g.constant([2, 3], np.int64)
            x = g.node("Slice", x, start, self._size, axes)
        x = g.node("Add", x, self._mean(operator))
        x = g.node("Clip", x, g.constant(0.0, np.float32), g.constant(255.0, np.float32))
        x = g.node("Cast", x, to=TensorProto.UINT8)
        self.finished = True
        return g.node("Transpose", x, output="painted", perm=[0, 2, 3, 1])

    def _mean(self, operator: Operator) -> str:
        """The files have that of blue first."""
        return self.graph.constant(self.blob(operator, 1, 1)[::-1].reshape(-1, 1, 1), np.float32)

    def _noise(self, deviation: float) -> str:
        """As large as the picture; constant for its size."""
        g = self.graph
        random = np.random.default_rng(self._noise_seed)
        tile = random.normal(0.0, deviation, (1, 3, _TILE, _TILE)).astype(np.float32)
        up = g.node("Add", self._size, g.constant([_TILE - 1], np.int64))
        often = g.node("Div", up, g.constant([_TILE], np.int64))
        repeats = g.node("Concat", g.constant([1, 1], np.int64), often, axis=0)
        tiled = g.node("Tile", g.weight("noise", tile, compact=True), repeats)
        start, axes = g.constant([0, 0], np.int64), g.constant([2, 3], np.int64)
        return g.node("Slice", tiled, start, self._size, axes)


def _outer_convolutions(operators: Sequence[Operator]) -> tuple[Operator, Operator]:
    """The first and the last, outside of which colours are told from each other by the mean alone.

    Everything else there must do the same to every channel.
    """
    places = [n for n, operator in enumerate(operators) if operator.type in _CONVOLUTIONS]
    if not places:
        raise ValueError("there is no convolution")
    for operator in (*operators[1 : places[0]], *operators[places[-1] + 1 : -1]):
        if operator.type not in _BLIND:
            raise ValueError(f"{operator.type} is not supported on colours")
    return operators[places[0]], operators[places[-1]]


# ---- settings of operators ---------------------------------------------------------------------


def _number(operator: Operator, name: str, otherwise: float) -> float:
    argument = operator.arguments.get(name)
    return otherwise if argument is None or argument.number is None else argument.number


def _pair(operator: Operator, name: str, otherwise: int) -> list[int]:
    """Height and width: ``name`` for both, or ``name_h`` and ``name_w``."""
    both = _number(operator, name, otherwise)
    return [int(_number(operator, f"{name}_{axis}", both)) for axis in "hw"]


def _pads(operator: Operator) -> list[int]:
    """Top, left, bottom, right."""
    all_sides = _number(operator, "pad", 0)
    return [int(_number(operator, f"pad_{side}", all_sides)) for side in "tlbr"]


def _window(operator: Operator) -> dict[str, Any]:
    return {
        "kernel_shape": _pair(operator, "kernel", 0),
        "strides": _pair(operator, "stride", 1),
        "pads": _pads(operator),
    }


def _multiple(operators: Sequence[Operator]) -> int:
    """What height and width must be multiples of, for what goes down to come up as large."""
    steps = [_pair(o, "stride", 1) for o in operators if o.type in ("AveragePool", "Conv")]
    return int(np.lcm(*np.prod(np.array(steps, np.int64).reshape(-1, 2), axis=0)))


# ---- the operators -----------------------------------------------------------------------------


def _average_pool(i: _Importer, operator: Operator) -> str:
    return i.graph.node("AveragePool", i.value(operator), **_window(operator))


def _pad_image(i: _Importer, operator: Operator) -> str:
    mode = operator.arguments["mode"].text if "mode" in operator.arguments else "constant"
    if mode not in ("constant", "reflect", "edge"):
        raise ValueError(f"mode {mode!r} is not supported")
    top, left, bottom, right = _pads(operator)
    pads = i.graph.constant([0, 0, top, left, 0, 0, bottom, right], np.int64)
    return i.graph.node("Pad", i.value(operator), pads, mode=mode)


def _conv(i: _Importer, operator: Operator) -> str:
    return i.graph.node(
        "Conv",
        i.value(operator),
        *i.kernel(operator, 1),
        **_window(operator),
        dilations=_pair(operator, "dilation", 1),
        group=int(_number(operator, "group", 1)),
    )


def _conv_transpose(i: _Importer, operator: Operator) -> str:
    return i.graph.node(
        "ConvTranspose",
        i.value(operator),
        *i.kernel(operator, 0),
        **_window(operator),
        output_padding=_pair(operator, "adj", 0),
    )


def _prelu(i: _Importer, operator: Operator) -> str:
    slopes = i.blob(operator, 1, 1).reshape(-1, 1, 1)
    weight = i.graph.weight(operator.inputs[1], slopes, compact=False)
    return i.graph.node("PRelu", i.value(operator), weight)


_RULES: dict[str, Callable[[_Importer, Operator], str]] = {
    "PackedInt8BGRANHWCToNCHWCStylizerPreprocess": _Importer.preprocess,
    "AveragePool": _average_pool,
    "PadImage": _pad_image,
    "Conv": _conv,
    "PRelu": _prelu,
    "Relu": lambda i, operator: i.graph.node("Relu", i.value(operator)),
    "ConvTranspose": _conv_transpose,
    "BRGNCHWCToPackedInt8BGRAStylizerDeprocess": _Importer.deprocess,
}
