"""Perceptual features: VGG-19, or a smaller network of the same layout: our own, or a file's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional as F

OWN = "pleinair"
"""The name of the features that come with the package."""
OWN_FILE = Path(__file__).with_name("features.safetensors")
VGG19_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
_CONVS_PER_BLOCK = (2, 2, 4, 4, 4)
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


def layer_names() -> list[str]:
    """``1_1, 1_2, 2_1 … 5_4``: the convolutions of VGG-19 in order.

    A smaller network may lack some: what it has keeps its place, and ``X_1`` comes after a pool.
    """
    return [f"{b}_{i}" for b, n in enumerate(_CONVS_PER_BLOCK, 1) for i in range(1, n + 1)]


class Features(nn.Module):
    """Activations of a VGG-19-shaped network (Simonyan & Zisserman 2014, arXiv:1409.1556).

    Called with RGB images in 0..1, float [batch, 3, height, width], and the names of the wanted
    activations (``relu1_1`` … ``relu5_1``); gives a dict of float [batch, channels, h, w]. Its
    weights are frozen, and nothing deeper than the deepest wanted layer is computed.
    """

    def __init__(
        self, entry: tuple[Tensor, Tensor], convs: Mapping[str, tuple[Tensor, Tensor]], pad: str
    ) -> None:
        """``entry`` is the 1×1 colour transform; ``convs`` maps ``1_1`` … to weight and bias.

        ``pad`` says what every convolution sees outside the image: ``reflect`` or ``zero``. It may
        be changed later: zeros take a tenth of the time off a training step.
        """
        super().__init__()
        self.names = [name for name in layer_names() if name in convs]
        self.pad = pad
        for name, (weight, bias) in {"entry": entry, **convs}.items():
            self.register_buffer(f"weight{name}", weight.float())
            self.register_buffer(f"bias{name}", bias.float())

    def forward(self, image: Tensor, wanted: tuple[str, ...]) -> dict[str, Tensor]:
        """Compute the ``wanted`` activations of ``image``."""
        self.require(wanted)
        x = F.conv2d(image, *self.conv("entry"))
        found: dict[str, Tensor] = {}
        for name in self.names:
            if name.endswith("_1") and name != "1_1":
                x = F.max_pool2d(x, 2)
            weight, bias = self.conv(name)
            if self.pad == "zero":
                x = F.conv2d(x, weight, bias, padding=1)
            else:
                x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias)
            x = F.relu(x)
            if f"relu{name}" in wanted:
                found[f"relu{name}"] = x
                if len(found) == len(set(wanted)):
                    break
        return found

    def conv(self, name: str) -> tuple[Tensor, Tensor]:
        """Weight and bias of a convolution, ``entry`` or ``1_1`` …"""
        return self.get_buffer(f"weight{name}"), self.get_buffer(f"bias{name}")

    def width(self, wanted: str) -> int:
        """How many channels an activation, ``relu1_1`` …, has."""
        return len(self.conv(wanted.removeprefix("relu"))[1])

    def require(self, wanted: tuple[str, ...]) -> None:
        """Raise ``ValueError`` for a wanted activation that these features do not have."""
        for name in wanted:
            if name.removeprefix("relu") not in self.names:
                deepest = self.names[-1] if self.names else "nothing"
                raise ValueError(f"features have no layer {name!r} (they end at relu{deepest})")


def load_features(source: str | Path) -> Features:
    """Features by name or file.

    ``"pleinair"`` are the package's own, distilled from VGG-19. ``"vgg19"`` downloads
    torchvision's VGG-19 weights once through ``torch.hub`` (hash-checked, cached). A path may be
    ``.safetensors`` in the layout of ``vgg19_small`` (``conv0, conv11 … conv51``) or
    ``vgg19_to_conv3_1`` (``conv0, conv1_1 …``), or torchvision's own ``.pth``. Raises
    ``ValueError`` for a file that is none of these and ``OSError`` where it cannot be read.
    """
    if str(source) == "vgg19":
        state = torch.hub.load_state_dict_from_url(VGG19_URL, map_location="cpu", check_hash=True)
        return _from_torchvision(state)
    path = OWN_FILE if str(source) == OWN else Path(source)
    if not path.is_file():
        names = f"{OWN!r}, 'vgg19' to download"
        raise FileNotFoundError(f"features: no file {path} (give a file, {names})")
    if path.suffix == ".pth":
        return _from_torchvision(torch.load(path, map_location="cpu", weights_only=True))
    try:
        with safe_open(path, "pt") as opened:
            pad = (opened.metadata() or {}).get("padding", "reflect")
            state = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"features: {path} is not a safetensors file ({error})") from error
    return _from_safetensors(state, path, pad)


def default_features() -> str:
    """``vgg19_small`` of the data folder (``PLEINAIR_DATA``) where it is there, else our own."""
    data = Path(os.environ.get("PLEINAIR_DATA", "../shared/data"))
    small = data / "features" / "vgg19_small.safetensors"
    return str(small) if small.is_file() else OWN


def _from_torchvision(state: Mapping[str, Tensor]) -> Features:
    """Torchvision numbers its modules: convolution, ReLU, …, one pool after each block."""
    convs: dict[str, tuple[Tensor, Tensor]] = {}
    index = 0
    for name in layer_names():
        if name.endswith("_1") and name != "1_1":
            index += 1
        try:
            convs[name] = (
                state[f"features.{index}.weight"],
                state[f"features.{index}.bias"],
            )
        except KeyError as error:
            raise ValueError(f"features: not VGG-19 of torchvision, {error} is missing") from error
        index += 2
    std = torch.tensor(_IMAGENET_STD)
    entry = torch.diag(1 / std).reshape(3, 3, 1, 1), -torch.tensor(_IMAGENET_MEAN) / std
    return Features(entry, convs, pad="zero")


def _from_safetensors(state: Mapping[str, Tensor], path: Path, pad: str) -> Features:
    def pair(*keys: str) -> tuple[Tensor, Tensor] | None:
        for key in keys:
            if f"{key}.weight" in state and f"{key}.bias" in state:
                return state[f"{key}.weight"], state[f"{key}.bias"]
        return None

    entry = pair("conv0")
    if entry is None:
        raise ValueError(f"features: {path} has no colour transform conv0")
    found = {name: pair(f"conv{name}", f"conv{name.replace('_', '')}") for name in layer_names()}
    convs = {name: values for name, values in found.items() if values is not None}
    if "1_1" not in convs:
        raise ValueError(f"features: {path} has no convolutions conv11 or conv1_1")
    return Features(entry, convs, pad)
