"""Exported files paint, in ONNX Runtime, what the network paints in PyTorch."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from pleinair.convert.graph import read_weights
from pleinair.convert.quantize import LEAST_ELEMENTS
from pleinair.nets.caffe2go import Caffe2GoNet
from pleinair.nets.levers import EASEL, SKETCH, Levers
from pleinair.nets.stylenet import StyleNet
from pleinair.train.data import to_pixels, to_tensor
from pleinair.train.export import export, style_model

VARIANTS = {
    "easel": EASEL,
    "sketch": SKETCH,
    "johnson's layout": Levers(blocks=1, stem=8, down_widths=(16,), up_widths=(16, 8), in_kernel=9),
    "pool, deconvolution, no norm": Levers(
        down="pool", down_widths=(), up="deconv", norm="none", padding="zero", activation="prelu"
    ),
    "unshuffle, shuffle, tanh": Levers(
        down="unshuffle", down_widths=(), up="shuffle", output="tanh"
    ),
    "eighth, depthwise, batch norm": Levers(
        scale=8,
        down_widths=(8, 16),
        up_widths=(16, 8),
        depthwise=True,
        norm="batch",
        activation="leaky",
        output="sigmoid",
    ),
    "full resolution": Levers(scale=1, blocks=1, down_widths=(), up_widths=()),
}
SIZES = ((16, 16), (64, 96), (33, 47), (17, 62))


def _photo(height: int, width: int) -> NDArray[np.uint8]:
    random = np.random.default_rng((height, width))
    return random.integers(0, 256, (height, width, 3), dtype=np.uint8)


def _trained_looking(net: nn.Module) -> nn.Module:
    """Batch statistics and slopes away from their starting values."""
    random = torch.Generator().manual_seed(5)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(torch.rand(module.num_features, generator=random) - 0.5)
            module.running_var.copy_(torch.rand(module.num_features, generator=random) + 0.5)
    return net.eval()


def _as_stored(net: nn.Module, model: onnx.ModelProto) -> nn.Module:
    """The network with the weights that a compact file holds."""
    stored = copy.deepcopy(net)
    weights = read_weights(model)
    for name, values in stored.state_dict().items():
        if values.is_floating_point():
            values.copy_(torch.from_numpy(weights[name]).reshape(values.shape))
    return stored


def _paint_in_torch(net: Any, photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = photo.shape
    short = (0, -width % net.multiple, 0, -height % net.multiple)
    with torch.no_grad():
        painted = net(nn.functional.pad(to_tensor([photo]), short, mode="reflect"))
    return to_pixels(painted[..., :height, :width])


def _paint_in_onnx(
    model: bytes,
    photo: NDArray[np.uint8],
    *,
    style: Sequence[float] = (1.0,),
    strength: float = 1.0,
    colours: float = 0.0,
) -> NDArray[np.uint8]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    inputs: dict[str, Any] = {"image": photo[None], "strength": [strength], "colours": [colours]}
    if "style" in [value.name for value in session.get_inputs()]:
        inputs["style"] = style
    given = {k: np.asarray(v, None if k == "image" else np.float32) for k, v in inputs.items()}
    painted: NDArray[np.uint8] = session.run(["painted"], given)[0]
    assert painted.dtype == np.uint8
    return np.squeeze(painted, axis=0)


@pytest.mark.parametrize("compact", [False, True], ids=["float32", "compact"])
@pytest.mark.parametrize("levers", VARIANTS.values(), ids=VARIANTS.keys())
def test_file_and_network_agree_to_one_step_at_every_size(levers: Levers, compact: bool) -> None:
    torch.manual_seed(0)
    net = _trained_looking(StyleNet(levers))
    made = style_model(net, "test", {}, compact=compact)
    held = _as_stored(net, made) if compact else net
    model = made.SerializeToString()
    for height, width in SIZES:
        photo = _photo(height, width)
        painted, expected = _paint_in_onnx(model, photo), _paint_in_torch(held, photo)
        assert painted.shape == photo.shape
        assert np.ptp(expected) > 50, "a flat painting would prove nothing"
        assert np.abs(painted.astype(int) - expected).max() <= 1


def _three_styles() -> StyleNet:
    torch.manual_seed(0)
    net = StyleNet(replace(EASEL, styles=3)).eval()
    with torch.no_grad():
        net.table.add_(0.3 * torch.randn(net.table.shape))
    return net


@pytest.mark.parametrize("style", [(0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.2, 0.5, 0.3)])
def test_the_style_is_chosen_or_mixed_by_an_input(style: tuple[float, ...]) -> None:
    net, photo = _three_styles(), _photo(40, 56)
    model = style_model(net, "test", {}, compact=False).SerializeToString()
    with torch.no_grad():
        expected = to_pixels(net(to_tensor([photo]), torch.tensor([style])))
    painted = _paint_in_onnx(model, photo, style=style)
    assert np.abs(painted.astype(int) - expected).max() <= 1
    assert np.abs(_paint_in_onnx(model, photo, style=(1, 0, 0)).astype(int) - expected).max() > 20


@pytest.mark.parametrize(("strength", "colours"), [(0, 0), (0.4, 0), (1, 1), (0.7, 0.6)])
def test_strength_and_colours_blend_with_the_photo(strength: float, colours: float) -> None:
    net, photo = _three_styles(), _photo(33, 47)
    model = style_model(net, "test", {}, compact=False).SerializeToString()
    blended = _paint_in_onnx(
        model, photo, style=(0, 1, 0), strength=strength, colours=colours
    ).astype(float)
    # The painting before it is made bytes, clipped by nothing.
    padded = nn.functional.pad(to_tensor([photo]), (0, -47 % 8, 0, -33 % 8), mode="reflect")
    with torch.no_grad():
        painted = 255 * net(padded, torch.tensor([[0.0, 1, 0]]))[0, :, :33, :47]
    difference = painted.permute(1, 2, 0).numpy() - photo
    lightness = difference @ np.array([0.299, 0.587, 0.114])
    kept = (1 - colours) * difference + colours * lightness[..., None]
    expected = np.clip(photo + strength * kept, 0, 255)
    assert np.abs(blended - expected).max() <= 1
    if strength == 0:
        np.testing.assert_array_equal(blended, photo)


def test_facebooks_network_exports_too() -> None:
    torch.manual_seed(0)
    net = Caffe2GoNet().eval()
    model = style_model(net, "test", {}, compact=False).SerializeToString()
    photo = _photo(50, 67)
    painted, expected = _paint_in_onnx(model, photo), _paint_in_torch(net, photo)
    assert np.abs(painted.astype(int) - expected).max() <= 1


def test_the_file_is_plain_onnx_with_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "style.onnx"
    size = export(
        StyleNet(EASEL), path, "style", {"pleinair.name": "style", "pleinair.year": "1889"}
    )
    assert size == path.stat().st_size < 150_000
    model = onnx.load(path)
    assert {p.key: p.value for p in model.metadata_props} == {
        "pleinair.name": "style",
        "pleinair.year": "1889",
    }
    assert model.opset_import[0].version == 17
    for value, name in ((model.graph.input[0], "image"), (model.graph.output[0], "painted")):
        assert value.name == name
        assert value.type.tensor_type.elem_type == onnx.TensorProto.UINT8
        dims = [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        assert dims == [1, "height", "width", 3]
    assert len({node.name for node in model.graph.node}) == len(model.graph.node)
    assert not list(path.parent.glob(".*")), "a temporary file was left behind"


def test_weights_keep_their_names_in_the_state_dict() -> None:
    """So that a file can be read back into a network."""
    net = StyleNet(EASEL)
    held = {t.name for t in style_model(net, "test", {}).graph.initializer}
    assert set(net.state_dict()) <= held


@pytest.mark.parametrize("levers", [EASEL, SKETCH], ids=["easel", "sketch"])
def test_large_kernels_are_int8_and_all_else_is_float16(levers: Levers) -> None:
    net = StyleNet(levers)
    model = style_model(net, "test", {})
    kinds = {t.name: t.data_type for t in model.graph.initializer}
    for name, values in net.state_dict().items():
        small = values.ndim < 4 or values.numel() < LEAST_ELEMENTS
        wanted = onnx.TensorProto.FLOAT16 if small else onnx.TensorProto.INT8
        assert kinds[name] == wanted, name
    for name, values in read_weights(model).items():
        exact = net.state_dict()[name].numpy()
        assert np.square(values - exact).mean() <= 1e-4 * np.square(exact).mean(), name


def test_a_layer_without_a_rule_is_named() -> None:
    net = StyleNet(EASEL)
    net.layers.append(nn.GELU())
    with pytest.raises(ValueError, match=r"cannot export layers\.\d+: no ONNX rule for GELU"):
        style_model(net, "test", {})


def test_weights_too_large_for_float16_are_refused() -> None:
    net = StyleNet(EASEL)
    next(net.parameters()).data.fill_(1e6)
    with pytest.raises(ValueError, match="does not fit float16"):
        style_model(net, "test", {})
