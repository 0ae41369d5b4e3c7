"""PyTorch, eager: each ONNX node becomes the function of torch that it was exported from."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.onnx_graph import Node, read
from bench.peers import Array, Run


def version() -> str:
    return str(torch.__version__).split("+")[0]


def prepare(model: Path, folder: Path) -> Path:  # noqa: ARG001
    return model


def _spatial_pads(pads: list[int]) -> list[int]:
    """ONNX's begins and ends of the four axes as torch's left, right, top, bottom."""
    return [pads[3], pads[7], pads[2], pads[6]]


def _apply(node: Node, x: list[Tensor]) -> Tensor:
    given = node.attributes
    match node.operator:
        case "Conv":
            top, left, bottom, right = given.get("pads", [0, 0, 0, 0])
            assert (top, left) == (bottom, right)
            bias = x[2] if len(x) > 2 else None
            strides = given.get("strides", [1, 1])
            return F.conv2d(x[0], x[1], bias, strides, (top, left), groups=given.get("group", 1))
        case "ConvTranspose":
            bias = x[2] if len(x) > 2 else None
            assert not any(given["pads"])
            padding = given["output_padding"]
            return F.conv_transpose2d(x[0], x[1], bias, given["strides"], (0, 0), padding)
        case "Pad":
            pads = given["pads"] if "pads" in given else x[1].tolist()
            return F.pad(x[0], _spatial_pads(pads), mode=given["mode"])
        case "InstanceNormalization":
            return F.instance_norm(x[0], weight=x[1], bias=x[2], eps=given["epsilon"])
        case "Resize":
            return F.interpolate(x[0], scale_factor=x[-1].tolist()[2:], mode=given["mode"])
        case "Slice":
            for axis, start, end in zip(given["axes"], given["starts"], given["ends"], strict=True):
                x[0] = x[0][(slice(None),) * axis + (slice(start, end),)]
            return x[0]
        case "Relu":
            return F.relu(x[0])
        case "Tanh":
            return torch.tanh(x[0])
        case "Add":
            return x[0] + x[1]
        case "Mul":
            return x[0] * x[1]
    raise NotImplementedError(node.operator)


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:  # noqa: ARG001
    torch.set_num_threads(threads)
    graph = read(model)
    weights = {name: torch.from_numpy(array.copy()) for name, array in graph.weights.items()}
    last_use = {name: index for index, node in enumerate(graph.nodes) for name in node.inputs}

    def run(image: Array) -> Array:
        values = {graph.source: torch.from_numpy(image)}
        with torch.inference_mode():
            for index, node in enumerate(graph.nodes):
                names = [name for name in node.inputs if name]
                values[node.output] = _apply(
                    node, [weights[n] if n in weights else values[n] for n in names]
                )
                for name in names:
                    if last_use[name] == index:
                        values.pop(name, None)
        return values[graph.target].numpy()

    return run
