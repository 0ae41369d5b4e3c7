"""Models for the fuzz targets to begin with: `python -m tests.engine.fuzz_seeds FOLDER [COUNT]`.

Random graphs as test_random_graphs draws them, the small ones, and what those do not have.
libFuzzer then keeps those that do something which no smaller one does:
`fuzz_plan -merge=1 engine/fuzz/corpus/models FOLDER`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tests.engine.test_random_graphs import Case, cases

MOST_BYTES = 1500


def write_seeds(folder: Path, count: int) -> int:
    """Write up to `count` random models and all those made by hand; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in by_hand():
        (folder / f"{name}.onnx").write_bytes(content)
    written: set[bytes] = set()

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def draw(case: Case) -> None:
        content = case.model.SerializeToString()
        if len(content) <= MOST_BYTES and content not in written:
            (folder / f"{len(written):04}.onnx").write_bytes(content)
            written.add(content)

    draw()
    return len(list(folder.iterdir()))


def model(nodes: Sequence[NodeProto], constants: dict[str, Any], opset: int = 17) -> bytes:
    """From an image `x` of any size to `y`."""
    lists = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
    graph = helper.make_graph(
        nodes,
        "seed",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        lists,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return bytes(made.SerializeToString())


def in_a_row(*operators: tuple[str, dict[str, Any]], opset: int = 17) -> bytes:
    """Operators of one input, one after the other."""
    names = ["x", *(f"t{i}" for i in range(1, len(operators))), "y"]
    nodes = [
        helper.make_node(op, [names[i]], [names[i + 1]], **attributes)
        for i, (op, attributes) in enumerate(operators)
    ]
    return model(nodes, {}, opset)


def convolutions(*shapes: tuple[int, ...], up: int = 1, **attributes: Any) -> bytes:
    """Convolutions whose weights take no room in the file: multiples of a constant."""
    nodes, constants, x = [], {"scales": np.array([1, 1, up, up], np.float32)}, "x"
    for i, shape in enumerate(shapes):
        if i == 1 and up > 1:
            nodes.append(helper.make_node("Resize", [x, "", "scales"], ["up"], mode="nearest"))
            nodes[-1].attribute.extend(
                helper.make_attribute(name, value)
                for name, value in {
                    "nearest_mode": "floor",
                    "coordinate_transformation_mode": "asymmetric",
                }.items()
            )
            x = "up"
        value = numpy_helper.from_array(np.array([0.05 * (i + 1)], np.float32))
        constants[f"s{i}"] = np.array(shape, np.int64)
        nodes.append(helper.make_node("ConstantOfShape", [f"s{i}"], [f"w{i}"], value=value))
        last = "y" if i + 1 == len(shapes) else f"c{i}"
        more = attributes if i == len(shapes) - 1 else {}
        pads = [(shape[2] - 1) // 2, (shape[3] - 1) // 2] * 2
        nodes.append(helper.make_node("Conv", [x, f"w{i}"], [last], pads=pads, **more))
        x = last
    return model(nodes, constants)


def by_hand() -> Iterator[tuple[str, bytes]]:
    """Operators that random graphs lack, and convolutions that are worth an algorithm."""
    yield (
        "old",
        in_a_row(
            ("ImageScaler", {"bias": [1.0, 2.0, 3.0], "scale": 0.5}),
            ("Crop", {"border": [0, 0, 0, 0]}),
            ("Affine", {"alpha": 0.5, "beta": 0.25}),
            ("Upsample", {"scales": [1.0, 1.0, 2.0, 2.0], "mode": "nearest"}),
            ("Dropout", {"ratio": 0.5}),
            opset=8,
        ),
    )
    yield "rounded", in_a_row(("Ceil", {}), ("Floor", {}), ("Abs", {}), ("Exp", {}), ("Log", {}))
    two = helper.make_node("Constant", [], ["two"], value_floats=[2.0])
    squeezed = helper.make_node("Squeeze", ["x", "axis"], ["flat"])
    doubled = helper.make_node("Mul", ["flat", "two"], ["y"])
    yield "squeezed", model([two, squeezed, doubled], {"axis": np.array([0])})
    yield "winograd", convolutions((32, 3, 1, 1), (32, 32, 3, 3))
    yield "upsampled", convolutions((16, 3, 1, 1), (32, 16, 3, 3), up=2)
    yield "upsampled_thrice", convolutions((16, 3, 1, 1), (8, 16, 3, 3), up=3)
    yield "tall", convolutions((12, 3, 9, 9), (3, 12, 9, 9))
    yield "depthwise", convolutions((16, 3, 1, 1), (16, 1, 3, 3), group=16)
    yield "planar", convolutions((3, 3, 5, 5), (3, 3, 3, 3))


if __name__ == "__main__":
    print(write_seeds(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000), "seeds")
