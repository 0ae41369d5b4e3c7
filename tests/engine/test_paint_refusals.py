"""Pictures that cannot be, and models that take none."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from onnx import TensorProto, helper

from pleinair.engine import EngineError, Picture, Session
from tests.engine.pictures import (
    copying,
    image_model,
    new_picture,
    node,
    noise,
    painting,
    session,
)


def refusal(painter: Session, given: Any, out: Any = None) -> EngineError:
    with pytest.raises(EngineError) as caught:
        painter.paint(given, out)
    return caught.value


def test_refuses_models_that_do_not_begin_with_rows_of_pixels() -> None:
    nodes = [
        node("Cast", ["image"], ["light"], to=TensorProto.FLOAT),
        node("Sub", ["white", "light"], ["dark"]),
        node("Cast", ["dark"], ["painted"], to=TensorProto.UINT8),
    ]
    painter, image = session(image_model(nodes, {"white": 255})), noise(20, 30, 3)
    assert np.array_equal(painter.paint(image), 255 - image)
    error = refusal(painter, new_picture(30, 20, "i420"))
    assert error.code == "unsupported"
    assert "first step" in str(error)
    error = refusal(painter, image, new_picture(30, 20, "rgba"))
    assert error.code == "unsupported"
    assert "last step" in str(error)


def test_refuses_reference_loops() -> None:
    painter, image = Session(painting(), reference=True), noise(20, 30, 3)
    assert refusal(painter, new_picture(30, 20, "nv12")).code == "unsupported"
    assert np.array_equal(painter.paint(image), session(painting()).paint(image))


def test_refuses_models_of_another_kind() -> None:
    port = helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "h", "w", 1])
    out = helper.make_tensor_value_info("painted", TensorProto.UINT8, [1, "h", "w", 1])
    graph = helper.make_graph([node("Identity", ["image"], ["painted"])], "g", [port], [out])
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    painter = session(bytes(model.SerializeToString()))
    assert refusal(painter, noise(20, 30, 3)).code == "invalid argument"


def test_refuses_another_size() -> None:
    error = refusal(session(copying()), noise(20, 30, 3), noise(30, 20, 3))
    assert error.code == "invalid argument"
    assert "20 x 30 pixels; the session was made for 30 x 20" in str(error)


def test_refuses_wrong_planes() -> None:
    y, half = np.zeros((5, 7), np.uint8), np.zeros((3, 4), np.uint8)
    with pytest.raises(ValueError, match="no pixel format 'yuyv'"):
        Picture((y,), "yuyv")
    with pytest.raises(ValueError, match="no matrix '2020'"):
        Picture((y, half, half), "i420", matrix="2020")
    with pytest.raises(ValueError, match="i420 has 3 planes, not 2"):
        Picture((y, half), "i420")
    with pytest.raises(ValueError, match=r"plane 2 of i420 has shape \(3, 3\) instead of \(3, 4\)"):
        Picture((y, half, half[:, 1:]), "i420")
    with pytest.raises(ValueError, match="float32 instead of uint8"):
        Picture((y, half, half.astype(np.float32)), "i420")
    with pytest.raises(ValueError, match="gaps within its rows"):
        Picture((np.zeros((5, 14), np.uint8)[:, ::2], half, half), "i420")
    with pytest.raises(ValueError, match="H×W×3 or H×W×4"):
        Picture.of(y)
    read_only = np.zeros((20, 30, 3), np.uint8)
    read_only.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        session(copying()).paint(noise(20, 30, 3), read_only)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", 6, "unknown format 6"),
        ("format", -1, "unknown format -1"),
        ("matrix", 2, r"unknown matrix \(2\)"),
        ("range", 7, r"range \(7\)"),
        ("data", (0, None), "no data in plane 0"),
        ("data", (2, None), "no data in plane 2"),
        ("stride", (0, 29), "rows of 30 bytes that overlap in plane 0"),
        ("stride", (1, -14), "rows of 15 bytes that overlap in plane 1"),
        ("stride", (2, 0), "overlap in plane 2"),
    ],
)
def test_the_engine_checks_what_it_is_given(field: str, value: Any, message: str) -> None:
    """What Python can't say wrongly, a C caller can."""
    picture, image = new_picture(30, 20, "i420"), noise(20, 30, 3)
    painter = session(copying())
    painter.paint(image)
    (plan,) = [plan for shapes, plan in painter._plans.items() if shapes == ((1, 20, 30, 3),)]
    native = picture.native()
    if isinstance(value, tuple):
        getattr(native, field)[value[0]] = value[1]
    else:
        setattr(native, field, value)
    wrong = Mock(spec=Picture)
    wrong.native.return_value = native
    with pytest.raises(EngineError, match=message) as caught:
        plan.paint(wrong, Picture.of(image), [])
    assert caught.value.code == "invalid argument"
    with pytest.raises(EngineError, match="output picture"):
        plan.paint(Picture.of(image), wrong, [])
