"""Pictures in every format, with gaps between their rows, and what is wrong with some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pleinair.engine.picture import FORMATS
from tests.engine.pictures import painting
from tests.web.pictures import described, noisy, packed, painted

InNode = Callable[..., tuple[dict[str, Any], bytes]]


@pytest.mark.parametrize("pixels", FORMATS)
@pytest.mark.parametrize(("matrix", "full_range"), [("601", False), ("709", True)])
def test_formats_are_read_as_natively(
    in_node: InNode, pixels: str, matrix: str, full_range: bool
) -> None:
    picture = noisy(38, 22, pixels, matrix=matrix, full_range=full_range)
    said, out = in_node(painting(), packed(picture), described(picture))
    assert (said.get("width"), said.get("height")) == (38, 22), said
    assert out == painted(painting(), picture)


def test_rows_may_lie_apart_and_planes_anywhere(in_node: InNode) -> None:
    picture = noisy(38, 22, "nv12")
    luma, chroma = picture.planes
    data = bytearray(b"\x77" * 1700)
    for y, row in enumerate(chroma):
        data[5 + 50 * y : 5 + 50 * y + 38] = row.tobytes()
    for y, row in enumerate(luma):
        data[700 + 40 * y : 700 + 40 * y + 38] = row.tobytes()
    where = {"strides": [40, 50], "offsets": [700, 5]}
    _, out = in_node(painting(), bytes(data), {**described(picture), **where})
    assert out == painted(painting(), picture)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"format": "I444"}, "pictures in 'I444' can't be read"),
        ({"width": 0}, "the picture is 0 x 20 pixels"),
        ({"height": 21}, "plane 0 of 20 x 21 pixels in RGBA does not lie within"),
        ({"strides": [79]}, "plane 0 of 20 x 20 pixels in RGBA does not lie within"),
        ({"strides": [80, 80]}, "a picture in RGBA has 1 planes"),
        ({"offsets": [-4]}, "plane 0 of"),
        ({"strides": [79.5]}, "plane 0 of"),
    ],
)
def test_what_does_not_fit_is_refused(in_node: InNode, wrong: dict[str, Any], message: str) -> None:
    said, _ = in_node(painting(), bytes(20 * 20 * 4), {"width": 20, "height": 20, **wrong})
    assert said["code"] == "invalid argument"
    assert message in said["message"]
