"""What the judges say of pictures whose likeness is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import load_file

from pleinair.engine import Session
from pleinair.evaluate.fidelity import SqueezeNet, held_out, load_judges
from pleinair.evaluate.inputs import Photo


def test_perfect_painting_of_each_kind(judges_folder: Path, photos: list[Photo]) -> None:
    (judge,) = load_judges(judges_folder)
    photo, painting = (p.pixels for p in photos)
    goal = judge.goal(painting)
    same, swapped = judge.losses(photo, photo, goal), judge.losses(painting, photo, goal)
    assert same.content == 0
    assert swapped.style == pytest.approx(0, abs=1e-6)
    assert swapped.content > 0.5
    assert same.style is not None
    assert same.style > 0.05


def test_without_a_painting_there_is_no_style(judges_folder: Path, photos: list[Photo]) -> None:
    (judge,) = load_judges(judges_folder)
    assert judge.losses(photos[0].pixels, photos[0].pixels, None).style is None


def test_folder_without_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="features: neither squeezenet1_1 nor vgg19_to_conv3_1"):
        load_judges(tmp_path)


def test_file_that_holds_no_features_is_refused(tmp_path: Path) -> None:
    (tmp_path / "squeezenet1_1.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"squeezenet1_1\.safetensors is not a safetensors"):
        load_judges(tmp_path)


@pytest.mark.parametrize(
    ("trained_with", "squeezenet", "vgg19"),
    [
        ("vgg19_small.safetensors", True, True),
        ("vgg19_to_conv3_1.safetensors", True, False),
        ("folder/vgg19_to_conv3_1.safetensors", True, False),
        ("vgg19", True, False),
        ("vgg19-dcbb9e9d.pth", True, False),
        ("squeezenet1_1.safetensors", False, True),
        ("", True, True),
    ],
)
def test_features_of_the_training_do_not_judge(
    trained_with: str, squeezenet: bool, vgg19: bool
) -> None:
    assert held_out("squeezenet1_1", trained_with) is squeezenet
    assert held_out("vgg19_to_conv3_1", trained_with) is vgg19


def test_squeezenet_agrees_with_the_published_classifier(data: Callable[[str], Path]) -> None:
    """Its fire9 against the same layer of the ONNX classifier, whose weights are float16."""
    model = onnx.load(data("models/squeezenet1_1_fp16.onnx"))
    name = [n.output[0] for n in model.graph.node if n.op_type == "Concat"][-1]
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT16, None))
    image = np.random.default_rng(0).random((1, 3, 224, 224), np.float32)
    bgr = image[:, ::-1] * 255 - np.array([104, 117, 123], np.float32).reshape(1, 3, 1, 1)
    session = Session(model.SerializeToString(), threads=1)
    given = {session.inputs[0].name: bgr.astype(session.inputs[0].dtype)}
    expected = session.run(given)[name].astype(np.float32)
    net = SqueezeNet(load_file(data("features/squeezenet1_1.safetensors")))
    found = net(torch.from_numpy(image), ("fire9",))["fire9"].numpy()
    assert found.shape == expected.shape
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9999
