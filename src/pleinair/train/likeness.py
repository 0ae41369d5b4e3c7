"""How alike two networks see: what one explains of the other, and whether distances agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pleinair.train import losses
from pleinair.train.features import Features

_NEAR = 0.05
"""Style distances much below this are as good as none."""


@dataclass(frozen=True)
class Seen:
    """How well one layer sees what the teacher sees, on pictures that were not trained on.

    ``explained`` is the share of the variance of the teacher's activations, each channel in its
    own unit, that a linear map of ours gives; ``agreement`` the correlation of the logarithms of
    style distances between pictures.
    """

    explained: float
    agreement: float


class Heads(nn.Module):
    """Linear maps from our activations to the teacher's, used in distillation only.

    The teacher's channels are taken in units of their own: mean 0 and deviation 1.
    """

    def __init__(self, student: Features, teacher: Features, taps: tuple[str, ...]) -> None:
        super().__init__()
        self.taps = taps
        self.maps = nn.ModuleDict()
        for tap in taps:
            theirs = teacher.width(tap)
            self.maps[tap] = nn.Conv2d(student.width(tap), theirs, 1)
            self.register_buffer(f"mean_{tap}", torch.zeros(theirs, 1, 1))
            self.register_buffer(f"deviation_{tap}", torch.ones(theirs, 1, 1))

    def learn_units(self, seen: Iterable[Mapping[str, Tensor]]) -> None:
        """Take the units from some batches of the teacher's activations."""
        batches = list(seen)
        for tap in self.taps:
            values = torch.cat([found[tap].float() for found in batches])
            deviation, mean = torch.std_mean(values, (0, 2, 3), keepdim=True)
            self.get_buffer(f"mean_{tap}").copy_(mean[0])
            # A channel that hardly ever answers must not become the loudest.
            least = 0.1 * float(deviation.mean())
            self.get_buffer(f"deviation_{tap}").copy_(deviation[0].clamp_min(least))

    def in_units(self, tap: str, values: Tensor) -> Tensor:
        """The teacher's activations in their units."""
        shifted = values.float() - self.get_buffer(f"mean_{tap}")
        return shifted / self.get_buffer(f"deviation_{tap}")

    def unexplained(self, tap: str, found: Tensor, goal: Tensor) -> Tensor:
        """Mean squared rest of the teacher's activations, in their units: about 1 for nothing."""
        mapped: Tensor = self.maps[tap](found)
        return (mapped.float() - self.in_units(tap, goal)).square().mean()


def log_distances(moments: losses.Moments) -> Tensor:
    """Logarithms of the style distances between all pictures of a batch, both ways: [pairs]."""
    count = len(moments.mean)
    one, other = (~torch.eye(count, dtype=torch.bool)).nonzero(as_tuple=True)
    found, goal = (losses.Moments(moments.mean[i], moments.covariance[i]) for i in (one, other))
    return (losses.moment_distance(found, goal) + _NEAR).log()


@torch.no_grad()
def likeness(
    student: Features, teacher: Features, heads: Heads, pictures: Tensor
) -> dict[str, Seen]:
    """How well each layer sees on pictures [count, 3, h, w] in 0..1."""
    rest: dict[str, list[Tensor]] = {tap: [] for tap in heads.taps}
    power: dict[str, list[Tensor]] = {tap: [] for tap in heads.taps}
    ours: dict[str, list[losses.Moments]] = {tap: [] for tap in heads.taps}
    theirs: dict[str, list[losses.Moments]] = {tap: [] for tap in heads.taps}
    for picture in pictures:
        goal, found = teacher(picture[None], heads.taps), student(picture[None], heads.taps)
        for tap in heads.taps:
            rest[tap].append(heads.unexplained(tap, found[tap], goal[tap]))
            power[tap].append(heads.in_units(tap, goal[tap]).square().mean())
            ours[tap].append(losses.moments(found[tap]))
            theirs[tap].append(losses.moments(goal[tap]))
    return {
        tap: Seen(
            1 - float(torch.stack(rest[tap]).sum() / torch.stack(power[tap]).sum()),
            _correlation(_together(ours[tap]), _together(theirs[tap])),
        )
        for tap in heads.taps
    }


def _together(moments: list[losses.Moments]) -> losses.Moments:
    return losses.Moments(
        torch.cat([each.mean for each in moments]), torch.cat([each.covariance for each in moments])
    )


def _correlation(ours: losses.Moments, theirs: losses.Moments) -> float:
    pair = torch.stack([log_distances(ours), log_distances(theirs)])
    return float(torch.corrcoef(pair)[0, 1])
