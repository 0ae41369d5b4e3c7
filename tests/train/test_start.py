"""A run can begin with a checkpoint or a model file, for the same styles or others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch
from onnx import helper
from rich.console import Console

from pleinair.convert.graph import read_weights
from pleinair.nets.levers import SKETCH
from pleinair.nets.stylenet import StyleNet
from pleinair.train import Painting, TrainConfig, train
from pleinair.train.export import export, style_model
from pleinair.train.start import read_start
from pleinair.train.trainer import CHECKPOINT, Trainer

Make = Callable[..., TrainConfig]
QUIET = Console(quiet=True)


@pytest.fixture
def trained(make_config: Make, painting: Path, tmp_path: Path) -> tuple[TrainConfig, Path]:
    """A run of the styles `tiny` and `other`."""
    paintings = (Painting(painting, "tiny", size=96), Painting(painting, "other", size=64))
    config = make_config(paintings=paintings, learning_rate=0.02)
    train(config, tmp_path / "first", install=False, console=QUIET)
    return config, tmp_path / "first"


def test_a_model_file_holds_the_checkpoints_weights(trained: tuple[TrainConfig, Path]) -> None:
    config, run = trained
    exact, held = read_start(run / CHECKPOINT), read_start(run / "tiny.onnx")
    assert exact.styles == held.styles == ("tiny", "other")
    assert exact.levers == held.levers == config.levers
    assert exact.weights.keys() == held.weights.keys()
    for name, values in exact.weights.items():
        assert torch.equal(held.weights[name], values.half().float()), name


def test_int8_weights_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    net = StyleNet(SKETCH)
    record = {"config": {"levers": SKETCH.to_dict(), "architecture": "levers", "paintings": []}}
    export(net, tmp_path / "net.onnx", "net", {"pleinair.training": json.dumps(record)})
    held = read_start(tmp_path / "net.onnx").weights
    assert held.keys() == net.state_dict().keys()
    net.load_state_dict(held)
    again = read_weights(style_model(net, "net", {}))
    for name, values in held.items():
        torch.testing.assert_close(torch.from_numpy(again[name]), values, rtol=1e-6, atol=0)


def test_known_styles_take_their_rows_whatever_their_order(
    trained: tuple[TrainConfig, Path], make_config: Make, tmp_path: Path
) -> None:
    config, run = trained
    turned = make_config(paintings=config.paintings[::-1], init=run / CHECKPOINT)
    second = Trainer(turned, tmp_path / "second", console=QUIET)
    table = read_start(run / CHECKPOINT).weights["table"]
    assert torch.equal(second.net.state_dict()["table"], table.flip(0))


def test_a_new_painting_takes_the_row_that_suits_it_best(
    trained: tuple[TrainConfig, Path], make_config: Make, painting: Path, tmp_path: Path
) -> None:
    _, run = trained
    new = make_config(paintings=(Painting(painting, "new", size=96),), init=run / "tiny.onnx")
    trainer = Trainer(new, tmp_path / "second", console=QUIET)
    table = read_start(run / "tiny.onnx").weights["table"]
    row = trainer.net.state_dict()["table"]
    assert len(row) == 1
    assert any(torch.equal(row[0], held) for held in table)

    for index in (0, 1):
        start = read_start(run / CHECKPOINT)
        start.weights["table"][index] *= 100
        assert trainer._nearest(start, 0) == 1 - index, "colours beyond all bounds suit nothing"


def test_another_network_is_refused(
    trained: tuple[TrainConfig, Path], make_config: Make, tmp_path: Path
) -> None:
    config, run = trained
    wider = make_config(levers=type(config.levers)(), init=run / CHECKPOINT)
    with pytest.raises(ValueError, match="another network"):
        Trainer(wider, tmp_path / "second", console=QUIET)


def test_files_that_are_no_start_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no file .*gone\.onnx"):
        read_start(tmp_path / "gone.onnx")
    (tmp_path / "junk.onnx").write_bytes(b"\x99 junk")
    with pytest.raises(ValueError, match="not a readable ONNX file"):
        read_start(tmp_path / "junk.onnx")
    foreign = helper.make_model(helper.make_graph([], "g", [], []))
    onnx.save(foreign, tmp_path / "foreign.onnx")
    with pytest.raises(ValueError, match="no training record"):
        read_start(tmp_path / "foreign.onnx")
