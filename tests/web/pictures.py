"""Pictures as browsers hand them over, and what the native engine makes of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from pleinair.engine import Session
from pleinair.engine.picture import Picture, plane_shapes
from pleinair.styles.catalogue import find
from tests.engine.pictures import image_model, node, to_pixels, to_planes


def style(name: str) -> bytes:
    """The file of a shipped model or style."""
    return find(name).read_bytes()


def noisy(width: int, height: int, pixels: str = "rgba", **how: Any) -> Picture:
    """A smooth picture with noise over it."""
    random = np.random.default_rng(width * height)
    planes = []
    for shape in plane_shapes(pixels, width, height):
        ramp = np.linspace(0, 200, int(np.prod(shape))).reshape(shape)
        planes.append((ramp + random.integers(0, 56, shape)).astype(np.uint8))
    return Picture(tuple(planes), pixels, **how)


def packed(picture: Picture) -> bytes:
    """Its planes, one after another."""
    return b"".join(plane.tobytes() for plane in picture.planes)


def described(picture: Picture) -> dict[str, Any]:
    """What engine.js wants to know about it."""
    return {
        "width": picture.width,
        "height": picture.height,
        "format": picture.format.upper(),
        "matrix": f"bt{picture.matrix}",
        "fullRange": picture.full_range,
    }


def painted(model: bytes, picture: Picture, **inputs: Any) -> bytes:
    """The RGBA that the native engine makes of a picture, in the first style if not told."""
    out = np.empty((picture.height, picture.width, 4), np.uint8)
    session = Session(model, threads=1)
    return session.paint(picture, out, inputs={**usual(session), **inputs}).tobytes()


def usual(session: Session) -> dict[str, Any]:
    """What the inputs beside the picture are where nothing else is said: as in engine.js."""
    inputs: dict[str, Any] = {}
    for info in session.inputs[1:]:
        assert info.shape
        inputs[info.name] = np.zeros(info.shape, np.float32)
        inputs[info.name][0] = info.name != "colours"
    return inputs


def adjustable() -> bytes:
    """A model with the inputs of one whose styles can be mixed and weakened, and with two names."""
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [length])
        for name, length in {"style": 2, "strength": 1, "colours": 1}.items()
    ]
    nodes = [
        *to_planes(),
        node("Mul", ["planes", "strength"], ["weaker"]),
        node("MatMul", ["style", "shifts"], ["shift"]),
        node("Add", ["shift", "colours"], ["both"]),
        node("Add", ["weaker", "both"], ["sum"]),
        node("Clip", ["sum", "least", "most"], ["held"]),
        *to_pixels("held"),
    ]
    constants = {"shifts": [[10], [45]], "least": 0, "most": 255}
    model = onnx.load_from_string(image_model(nodes, constants, inputs))
    styles = [{"name": "first", "title": "The First", "year": "1888"}, {"name": "second"}]
    helper.set_model_props(model, {"pleinair.styles": json.dumps(styles)})
    return bytes(model.SerializeToString())
