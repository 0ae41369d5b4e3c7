"""How much of the painting and of the photo there is, seen with features training did not use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from pleinair.evaluate.models import Pixels
from pleinair.train import losses
from pleinair.train.data import to_tensor
from pleinair.train.features import load_features

SQUEEZENET = "squeezenet1_1"
VGG19 = "vgg19_to_conv3_1"
_FIRES = tuple(f"fire{i}" for i in range(2, 10))
_POOLED = frozenset({"fire2", "fire4", "fire6"})  # a max pool goes before these
Goal = Mapping[str, losses.Moments]
_FIRE_LAYERS = ("conv1", "fire2", "fire3", "fire5")
_RELU_LAYERS = ("relu1_1", "relu2_1", "relu3_1")
_DEEP_LAYERS = (*_RELU_LAYERS, "relu4_1")
_BGR_MEAN = (104.0, 117.0, 123.0)


class SqueezeNet(nn.Module):
    """Activations of SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360), frozen.

    Called with RGB images in 0..1, float [batch, 3, height, width], and the names of the wanted
    activations (``conv1``, ``fire2`` … ``fire9``, after their ReLU).
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, values in state.items():
            self.register_buffer(name.replace(".", "_"), values.float())

    def forward(self, image: Tensor, wanted: tuple[str, ...]) -> dict[str, Tensor]:
        """Compute the ``wanted`` activations of ``image``."""
        mean = torch.tensor(_BGR_MEAN).reshape(1, 3, 1, 1)
        x = F.relu(self._conv("conv1", image.flip(1) * 255 - mean, stride=2))
        found = {"conv1": x}
        for fire in _FIRES:
            if len(found.keys() & set(wanted)) == len(wanted):
                break
            if fire in _POOLED:
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
            x = F.relu(self._conv(f"{fire}_squeeze1x1", x))
            ones = self._conv(f"{fire}_expand1x1", x)
            x = F.relu(torch.cat([ones, self._conv(f"{fire}_expand3x3", x, padding=1)], 1))
            found[fire] = x
        return {name: found[name] for name in wanted}

    def _conv(self, name: str, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        weight, bias = self.get_buffer(f"{name}_weight"), self.get_buffer(f"{name}_bias")
        return F.conv2d(x, weight, bias, stride, padding)


class Seeing(Protocol):
    """Features as a function: an image [1, 3, h, w] in 0..1 and layer names to activations."""

    def __call__(self, image: Tensor, wanted: tuple[str, ...]) -> dict[str, Tensor]:
        """Compute the ``wanted`` activations of ``image``."""


@dataclass(frozen=True)
class Losses:
    """Content loss, and with a painting style loss, of one painted photo."""

    content: float
    style: float | None


@dataclass(frozen=True)
class Judge:
    """Features and the layers by which style and content are judged."""

    name: str
    key: str  # hash of the features' file
    features: Seeing
    style_layers: tuple[str, ...]
    content_layer: str

    def losses(self, painted: Pixels, photo: Pixels, goal: Goal | None) -> Losses:
        """Losses of ``painted`` for a photo of its size and the moments of a painting."""
        with torch.no_grad():
            wanted = (*self.style_layers, self.content_layer)
            seen = self.features(to_tensor([painted]), tuple(dict.fromkeys(wanted)))
            kept = self.features(to_tensor([photo]), (self.content_layer,))
            content = losses.content_loss(seen[self.content_layer], kept[self.content_layer])
            found = {name: seen[name] for name in self.style_layers}
            style = float(losses.style_loss(found, goal)) if goal else None
            return Losses(float(content), style)

    def goal(self, painting: Pixels) -> Goal:
        """Moments of a painting, which the style loss asks for."""
        with torch.no_grad():
            found = self.features(to_tensor([painting]), self.style_layers)
        return {name: losses.moments(values) for name, values in found.items()}


def load_judges(folder: Path) -> list[Judge]:
    """The judges whose features, ``squeezenet1_1`` and ``vgg19_to_conv3_1``, are in ``folder``.

    Raises ``ValueError`` where there is none.
    """
    judges = []
    squeezenet, vgg19 = (folder / f"{name}.safetensors" for name in (SQUEEZENET, VGG19))
    if squeezenet.is_file():
        judges.append(_judge(squeezenet, _squeezenet(squeezenet), _FIRE_LAYERS, "fire5"))
    if vgg19.is_file():
        judges.append(_judge(vgg19, load_features(vgg19), _RELU_LAYERS, "relu3_1"))
    if not judges:
        raise ValueError(f"features: neither {SQUEEZENET} nor {VGG19}.safetensors in {folder}")
    return judges


def load_judge(path: str | Path) -> Judge:
    """The judge of one file: SqueezeNet's features, or features as for training.

    Features of VGG-19's layout judge by as many of their ``reluN_1`` as they have, up to
    ``relu4_1``, content by the deepest. Raises ``ValueError`` for a file that is neither, and
    ``OSError`` where it can't be read.
    """
    path = Path(path)
    if path.is_file() and path.stem == SQUEEZENET:
        return _judge(path, _squeezenet(path), _FIRE_LAYERS, "fire5")
    features = load_features(path)
    layers = tuple(name for name in _DEEP_LAYERS if name.removeprefix("relu") in features.names)
    if not path.is_file():
        return Judge(str(path), str(path), features, layers, layers[-1])
    return _judge(path, features, layers, layers[-1])


def _judge(path: Path, features: Seeing, style: tuple[str, ...], content: str) -> Judge:
    key = hashlib.sha256(path.read_bytes()).hexdigest()
    return Judge(path.stem, key, features, style, content)


def _squeezenet(path: Path) -> SqueezeNet:
    try:
        state = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"features: {path} is not a safetensors file ({error})") from error
    if missing := [f for f in ("conv1", *_FIRES) if not any(k.startswith(f) for k in state)]:
        raise ValueError(f"features: {path} has no {missing[0]}")
    return SqueezeNet(state)


def held_out(judge: str, trained_with: str) -> bool:
    """Whether training with the features ``trained_with`` (a name or file) left ``judge`` out."""
    used = Path(trained_with).name.removesuffix(".safetensors")
    return used != judge and not (judge == VGG19 and (used == "vgg19" or used.endswith(".pth")))
