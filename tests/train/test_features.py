"""Features are read in every layout and computed as VGG-19 computes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import ImageOps
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from pleinair.train.data import read_image, to_tensor
from pleinair.train.features import OWN, OWN_FILE, default_features, layer_names, load_features
from pleinair.train.likeness import log_distances
from pleinair.train.losses import moments

_TORCHVISION_CONVS = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)


def test_there_are_sixteen_convolutions() -> None:
    names = layer_names()
    assert len(names) == 16
    assert (names[0], names[8], names[-1]) == ("1_1", "4_1", "5_4")


def test_layers_are_computed_in_order_with_pooling(features_file: Path) -> None:
    state = load_file(features_file)
    photo = torch.rand(1, 3, 16, 20)
    x = F.conv2d(photo, state["conv0.weight"], state["conv0.bias"])
    expected = {}
    for name in ("11", "12", "21"):
        if name == "21":
            x = F.max_pool2d(x, 2)
        x = F.pad(x, (1, 1, 1, 1), mode="reflect")
        x = F.relu(F.conv2d(x, state[f"conv{name}.weight"], state[f"conv{name}.bias"]))
        expected[f"relu{name[0]}_{name[1]}"] = x
    found = load_features(features_file)(photo, ("relu1_1", "relu2_1"))
    assert set(found) == {"relu1_1", "relu2_1"}
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name])


def test_keys_with_and_without_underscore_are_the_same(features_file: Path, tmp_path: Path) -> None:
    state = load_file(features_file)
    renamed = {
        (f"conv{k[4]}_{k[5:]}" if k[5].isdigit() else k): value for k, value in state.items()
    }
    save_file(renamed, tmp_path / "renamed.safetensors")
    photo = torch.rand(1, 3, 16, 16)
    one = load_features(features_file)(photo, ("relu3_1",))["relu3_1"]
    other = load_features(tmp_path / "renamed.safetensors")(photo, ("relu3_1",))["relu3_1"]
    assert torch.equal(one, other)


def test_torchvision_weights_are_read_and_scaled(tmp_path: Path) -> None:
    random = torch.Generator().manual_seed(1)
    state, channels = {}, 3
    for index in _TORCHVISION_CONVS:
        state[f"features.{index}.weight"] = torch.randn(4, channels, 3, 3, generator=random)
        state[f"features.{index}.bias"] = torch.randn(4, generator=random)
        channels = 4
    torch.save(state, tmp_path / "vgg19.pth")
    photo = torch.rand(1, 3, 32, 32)
    found = load_features(tmp_path / "vgg19.pth")(photo, ("relu1_1", "relu5_1"))
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)
    first = F.conv2d(
        (photo - mean) / std, state["features.0.weight"], state["features.0.bias"], padding=1
    )
    # The entry convolution pads after the colour transform, with zeros, as torchvision does.
    torch.testing.assert_close(found["relu1_1"], F.relu(first), atol=1e-4, rtol=1e-4)
    assert found["relu5_1"].shape == (1, 4, 2, 2)


def test_features_are_frozen(features_file: Path) -> None:
    features = load_features(features_file)
    assert not list(features.parameters())
    photo = torch.rand(1, 3, 16, 16, requires_grad=True)
    features(photo, ("relu2_1",))["relu2_1"].sum().backward()
    assert photo.grad is not None
    assert photo.grad.abs().sum() > 0


def test_a_layer_that_is_not_there_is_named(features_file: Path) -> None:
    with pytest.raises(ValueError, match=r"no layer 'relu5_1' \(they end at relu3_1\)"):
        load_features(features_file)(torch.rand(1, 3, 16, 16), ("relu5_1",))


def test_files_that_hold_no_features_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no file"):
        load_features(tmp_path / "gone.safetensors")
    junk = tmp_path / "junk.safetensors"
    junk.write_bytes(b"junk" * 10)
    with pytest.raises(ValueError, match="not a safetensors file"):
        load_features(junk)
    save_file({"other": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="no colour transform conv0"):
        load_features(tmp_path / "other.safetensors")
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="not VGG-19"):
        load_features(tmp_path / "other.pth")


def test_the_small_features_tell_photo_from_noise(data: Callable[[str], Path]) -> None:
    """A loose check of meaning: relu4_1 answers structure, and mirrors with its input."""
    features = load_features(data("features/vgg19_small.safetensors"))
    photo = torch.rand(1, 3, 64, 64)
    plain = features(photo, ("relu1_1", "relu5_1"))
    assert plain["relu1_1"].shape == (1, 16, 64, 64)
    assert plain["relu5_1"].shape == (1, 128, 4, 4)


def test_a_smaller_network_may_lack_convolutions(features_file: Path, tmp_path: Path) -> None:
    state = load_file(features_file)
    state = {key: value for key, value in state.items() if not key.startswith(("conv12", "conv22"))}
    save_file(state, tmp_path / "fewer.safetensors", {"padding": "zero"})
    fewer = load_features(tmp_path / "fewer.safetensors")
    photo = torch.rand(1, 3, 16, 16)
    found = fewer(photo, ("relu1_1", "relu2_1"))
    weight, bias = state["conv21.weight"], state["conv21.bias"]
    pooled = F.max_pool2d(found["relu1_1"], 2)
    torch.testing.assert_close(found["relu2_1"], F.relu(F.conv2d(pooled, weight, bias, padding=1)))
    assert fewer.width("relu3_1") == 8
    with pytest.raises(ValueError, match="no layer 'relu2_2'"):
        fewer(photo, ("relu2_2",))


def test_our_own_features_come_with_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small, with no data folder and no network, and telling how they were made."""

    def offline(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("torch.hub.load_state_dict_from_url", offline)
    monkeypatch.setenv("PLEINAIR_DATA", str(tmp_path))
    features = load_features(default_features())
    photo = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found = features(photo, ("relu1_1", "relu2_1", "relu3_1", "relu4_1"))
    assert [values.shape[2] for values in found.values()] == [64, 32, 16, 8]
    assert all(float((values > 0).float().mean()) > 0.05 for values in found.values())
    assert OWN_FILE.stat().st_size <= 3_000_000
    with safe_open(OWN_FILE, "pt") as opened:
        record = json.loads(opened.metadata()["pleinair.features"])
    assert record["config"]["teacher"] == "vgg19_small.safetensors"
    assert record["steps"] > 100
    assert record["config"]["licence"] == "Apache-2.0"
    assert all(seen["agreement"] > 0.95 for seen in record["seen"].values())


def test_our_own_features_tell_distances_as_larger_ones_do(data: Callable[[str], Path]) -> None:
    """Photographs that nothing was trained on: what is more alike for VGG-19 is so for ours."""
    paths = sorted(data("photos/bsds500/test").iterdir())[:8]
    batch = to_tensor([ImageOps.fit(read_image(path), (128, 128)) for path in paths])
    taps = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    seen = []
    for name in (OWN, data("features/vgg19_small.safetensors")):
        found = load_features(name)(batch, taps)
        seen.append([log_distances(moments(found[tap])) for tap in taps])
    for ours, theirs in zip(*seen, strict=True):
        assert float(torch.corrcoef(torch.stack([ours, theirs]))[0, 1]) > 0.8


def test_the_data_folder_decides_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEINAIR_DATA", str(tmp_path))
    assert default_features() == OWN
    (tmp_path / "features").mkdir()
    small = tmp_path / "features" / "vgg19_small.safetensors"
    small.touch()
    assert default_features() == str(small)
