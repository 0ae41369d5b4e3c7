"""What a training step asks of the network: the weighted losses of one batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import ImageOps
from torch import Tensor

from pleinair.nets.stylenet import StyleNet
from pleinair.train import losses
from pleinair.train.config import TrainConfig
from pleinair.train.data import read_image, to_tensor
from pleinair.train.features import Features, load_features
from pleinair.train.motion import next_frame, random_motion
from pleinair.train.start import read_start

Painter = Callable[[Tensor, Tensor], Tensor]
"""Paints photos [batch, 3, h, w] in the styles [batch, styles]."""


class Objective:
    """The losses of a configuration; holds the features and what the paintings look like."""

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        self.config, self.device = config, device
        self.features = load_features(config.features)
        self.features.require((*config.style_layers, config.content_layer))
        self.features.pad = "zero"
        self.features.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.goal = _painting_moments(self.features, config, device)
        self.teacher = None if config.teacher is None else Teacher(config, device)

    def __call__(
        self, paint: Painter, photos: Tensor, step: int, part: int = 0
    ) -> dict[str, Tensor]:
        """The weighted losses, by name, of photos [batch, 3, size, size] in 0..1.

        Randomness depends on the seed, the step and the ``part`` of its batch alone.
        """
        c = self.config
        chosen = styles_of_step(c, len(photos), step, part)
        style = torch.eye(len(c.paintings), device=self.device)[chosen]
        painted = paint(photos, style).float().contiguous()
        terms = {
            **self._seen(photos, painted, chosen),
            "tone": losses.tone_loss(painted, photos),
            "variation": losses.total_variation(painted),
            "range": losses.range_loss(painted),
        }
        if c.grid_weight and c.levers.multiple > 1:
            terms["grid"] = losses.grid_loss(painted, c.levers.multiple)
        if c.steadiness_weight:
            random = torch.Generator().manual_seed((c.seed * 1_000_003 + step) * 64 + part)
            terms["steadiness"] = self._steadiness(paint, photos, painted, style, random)
        if self.teacher is not None:
            terms["teacher"] = (painted - self.teacher(photos, chosen)).abs().mean((1, 2, 3))
        return {name: self._weighted(name, chosen, values) for name, values in terms.items()}

    def _seen(self, photos: Tensor, painted: Tensor, chosen: list[int]) -> dict[str, Tensor]:
        """The losses that need features, and most of the time: none where they weigh nothing."""
        c = self.config
        if not c.style_weight + c.content_weight:
            return {}
        with torch.no_grad():
            content = self.features(photos, (c.content_layer,))[c.content_layer]
        found = self.features(painted, (*c.style_layers, c.content_layer))
        goal = {
            name: losses.Moments(moments.mean[chosen], moments.covariance[chosen])
            for name, moments in self.goal.items()
        }
        return {
            # A misty painting has small moments: at first a layer's distance is 1 for one painting
            # and 100 for another, which would drown all others without the logarithm.
            "style": losses.style_distances(found, goal).log1p().mean(0),
            "content": losses.content_loss(found[c.content_layer], content),
        }

    def nearest(self, net: StyleNet, painting: int) -> int:
        """Which style of ``net`` turns a painting into what is most like itself."""
        styles = net.levers.styles
        goal = {
            name: losses.Moments(
                row.mean[painting : painting + 1], row.covariance[painting : painting + 1]
            )
            for name, row in self.goal.items()
        }
        size = (self.config.size, self.config.size)
        picture = ImageOps.fit(read_image(self.config.paintings[painting].file), size)
        batch = to_tensor([picture]).to(self.device).expand(styles, -1, -1, -1)
        with torch.no_grad():
            painted = net(batch, torch.eye(styles, device=self.device))
            found = self.features(painted, self.config.style_layers)
            return int(losses.style_loss(found, goal).argmin())

    def _weighted(self, loss: str, chosen: list[int], values: Tensor) -> Tensor:
        """The mean over pictures, each by the factor that its painting has for this loss."""
        paintings = [self.config.paintings[i] for i in chosen[: len(values)]]
        factors = [getattr(painting, loss, 1.0) for painting in paintings]
        weight: float = getattr(self.config, f"{loss}_weight")
        return weight * (torch.tensor(factors, device=values.device) * values).mean()

    def _steadiness(
        self,
        paint: Painter,
        photos: Tensor,
        painted: Tensor,
        style: Tensor,
        random: torch.Generator,
    ) -> Tensor:
        """How much the painting of half the photos boils in what could be the next frame."""
        half = (len(photos) + 1) // 2
        height, width = photos.shape[-2:]
        motion = random_motion((height, width), random).to(self.device)
        frame = next_frame(photos[:half], motion, self.config.noise, random)
        frame = frame.contiguous(memory_format=torch.channels_last)
        again = paint(frame, style[:half]).float()
        return losses.steadiness_loss(painted[:half], again, motion)


class Teacher:
    """A trained network whose paintings a smaller one learns to copy, style by style."""

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        assert config.teacher is not None
        known = read_start(config.teacher)
        names = [painting.name for painting in config.paintings]
        for name in set(names) - set(known.styles):
            raise ValueError(f"teacher: {config.teacher} has no style {name!r}")
        net = StyleNet(known.levers)
        if config.size % net.multiple:
            raise ValueError(f"size must be a multiple of {net.multiple} for the teacher")
        net.load_state_dict(known.weights)
        self.net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        rows = [known.styles.index(name) for name in names]
        self.styles = torch.eye(len(known.styles), device=device)[rows]

    def __call__(self, photos: Tensor, chosen: list[int]) -> Tensor:
        """Its paintings of photos [batch, 3, h, w] in these styles, within 0..1."""
        with torch.no_grad():
            painted: Tensor = self.net(photos, self.styles[chosen])
        return painted.float().clamp(0, 1)


def styles_of_step(config: TrainConfig, batch: int, step: int, part: int = 0) -> list[int]:
    """Which style each picture gets: all in random order, again and again over the steps."""
    styles = len(config.paintings)
    chosen = []
    first = step * config.batch + part * batch
    for place in range(first, first + batch):
        turn, index = divmod(place, styles)
        chosen.append(int(np.random.default_rng((config.seed, turn)).permutation(styles)[index]))
    return chosen


def _painting_moments(
    features: Features, config: TrainConfig, device: torch.device
) -> dict[str, losses.Moments]:
    """The moments of all paintings by layer, one row per painting."""
    found = []
    for painting in config.paintings:
        picture = to_tensor([read_image(painting.file, longer=painting.size)]).to(device)
        with torch.no_grad():
            layers = features(picture, config.style_layers)
        found.append({name: losses.moments(layers[name]) for name in config.style_layers})
    return {
        name: losses.Moments(
            torch.cat([layers[name].mean for layers in found]),
            torch.cat([layers[name].covariance for layers in found]),
        )
        for name in config.style_layers
    }
