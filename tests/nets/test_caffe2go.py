"""Facebook's network of 2017 keeps its published size and shapes."""

from __future__ import annotations

import torch

from pleinair.nets.caffe2go import Caffe2GoNet


def test_output_has_the_shape_of_the_input_from_44_pixels_up() -> None:
    for height, width in ((44, 44), (64, 100)):
        assert Caffe2GoNet()(torch.rand(1, 3, height, width)).shape == (1, 3, height, width)
