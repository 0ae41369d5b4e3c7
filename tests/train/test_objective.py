"""Every picture of a batch is judged by the painting whose style it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from torch import Tensor

from pleinair.train import Painting, TrainConfig, train
from pleinair.train.data import read_image, to_tensor
from pleinair.train.objective import Objective, styles_of_step

Make = Callable[..., TrainConfig]
CPU = torch.device("cpu")


@pytest.fixture
def two(make_config: Make, painting: Path, tmp_path: Path) -> TrainConfig:
    """A dark painting of few colours beside the one of blobs."""
    noise = np.random.default_rng(1).integers(0, 60, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((96, 96)).save(tmp_path / "dark.png")
    paintings = (Painting(painting, "blobs", size=96), Painting(tmp_path / "dark.png", "dark"))
    return make_config(paintings=paintings, batch=2)


def test_styles_are_balanced_shuffled_and_depend_on_seed_and_step(
    make_config: Make, painting: Path
) -> None:
    paintings = tuple(Painting(painting, name) for name in "abcde")
    config = make_config(paintings=paintings, batch=4)
    chosen = [styles_of_step(config, 4, step) for step in range(5)]
    assert Counter(np.ravel(chosen).tolist()) == dict.fromkeys(range(5), 4)
    assert chosen != [styles_of_step(replace(config, seed=2), 4, step) for step in range(5)]
    parts = styles_of_step(config, 2, 3, part=0) + styles_of_step(config, 2, 3, part=1)
    assert parts == chosen[3], "processes share what one would do"


def test_a_picture_is_compared_with_the_painting_of_its_style(two: TrainConfig) -> None:
    objective = Objective(two, CPU)
    paintings = [
        to_tensor([read_image(painting.file).resize((64, 64))]) for painting in two.paintings
    ]

    def paint_right(_: Tensor, style: Tensor) -> Tensor:
        return torch.cat([paintings[int(row.argmax())] for row in style])

    def paint_wrong(_: Tensor, style: Tensor) -> Tensor:
        return torch.cat([paintings[1 - int(row.argmax())] for row in style])

    photos = torch.rand(2, 3, 64, 64)
    right, wrong = (objective(paint, photos, 0)["style"] for paint in (paint_right, paint_wrong))
    assert right < 0.3 * wrong


@pytest.mark.parametrize("loss", ["content", "steadiness"])
def test_factors_of_a_painting_weigh_its_losses_alone(two: TrainConfig, loss: str) -> None:
    factor: dict[str, Any] = {loss: 3.0}
    heavy = tuple(replace(painting, **factor) for painting in two.paintings)
    first = (heavy[0], two.paintings[1])

    def losses_of(config: TrainConfig) -> dict[str, float]:
        torch.manual_seed(0)
        found = Objective(config, CPU)(lambda photos, _: photos.flip(3) / 2, photos, 0)
        return {name: value.item() for name, value in found.items()}

    photos = torch.rand(4, 3, 64, 64)
    plain = losses_of(two)
    tripled = losses_of(replace(two, paintings=heavy))
    part = losses_of(replace(two, paintings=first))
    assert tripled[loss] == pytest.approx(3 * plain[loss])
    assert plain[loss] < part[loss] < tripled[loss]
    assert {n: v for n, v in part.items() if n != loss} == {
        n: v for n, v in plain.items() if n != loss
    }


def test_a_painter_that_follows_motion_and_nothing_else_is_steady(two: TrainConfig) -> None:
    objective = Objective(replace(two, noise=0.0), CPU)
    photos = torch.nn.functional.interpolate(torch.rand(2, 3, 8, 8), (64, 64), mode="bicubic")
    steady = objective(lambda photos, _: photos, photos, 0)["steadiness"]
    places = torch.linspace(0, 1, 64).expand(3, 64, 64)
    fixed = objective(lambda photos, _: photos / 2 + places / 2, photos, 0)["steadiness"]
    boiling = objective(lambda photos, _: torch.rand(photos.shape), photos, 0)["steadiness"]
    assert steady < 0.2 * boiling
    assert fixed < boiling


def test_with_a_teacher_alone_no_features_are_computed(
    two: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(two, tmp_path / "run", install=False, console=Console(quiet=True))
    turned = replace(two, paintings=two.paintings[::-1], teacher=tmp_path / "run" / "tiny.onnx")
    objective = Objective(replace(turned, style_weight=0.0, content_weight=0.0), CPU)
    monkeypatch.setattr(objective, "features", None)
    assert objective.teacher is not None
    net = objective.teacher.net
    photos = torch.rand(2, 3, 64, 64)

    def copy(photos: Tensor, style: Tensor) -> Tensor:
        painted: Tensor = net(photos, style.flip(1))
        return painted.clamp(0, 1)

    assert objective(copy, photos, 0)["teacher"] == 0
    wrong = objective(lambda photos, style: copy(photos, style.flip(1)), photos, 0)
    assert wrong["teacher"] > 0
    assert not wrong.keys() & {"style", "content"}


def test_a_teacher_must_know_the_styles(
    two: TrainConfig, make_config: Make, tmp_path: Path
) -> None:
    train(make_config(), tmp_path / "run", install=False, console=Console(quiet=True))
    with pytest.raises(ValueError, match=r"has no style '(blobs|dark)'"):
        Objective(replace(two, teacher=tmp_path / "run" / "tiny.onnx"), CPU)
