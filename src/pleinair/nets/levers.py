"""The levers of a style network: every choice of its architecture in one dataclass."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

Down = Literal["conv", "pool", "unshuffle"]
Up = Literal["nearest", "deconv", "shuffle"]
Norm = Literal["instance", "batch", "none"]
Padding = Literal["reflect", "zero"]
Activation = Literal["relu", "leaky", "prelu"]
Output = Literal["clip", "sigmoid", "tanh"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "down": get_args(Down),
    "up": get_args(Up),
    "norm": get_args(Norm),
    "padding": get_args(Padding),
    "activation": get_args(Activation),
    "output": get_args(Output),
}


@dataclass(frozen=True)
class Levers:
    """Architecture of a feed-forward style network (Johnson et al. 2016, arXiv:1603.08155).

    The network reads the image, goes down to ``1/scale`` of its resolution, runs residual
    blocks there, and comes back up. Raises ``ValueError``, naming the lever, for a value that
    makes no network.

    Attributes:
        styles: how many styles the network knows: rows of its table of norms' scales and shifts
            (conditional instance norm, Dumoulin et al. 2017, arXiv:1610.07629). More than one
            needs ``norm="instance"``.
        coarse_blocks: number of residual blocks at half the low resolution, before the others:
            one step down, the blocks, one step up, added to what went in (as in an hourglass,
            Newell et al. 2016, arXiv:1603.06937). They see twice as far at a quarter of the cost.
        coarse_width: channels of the coarse blocks; 0 for no such step.
        blocks: number of residual blocks (two convolutions each) at the low resolution.
        width: channels of the residual blocks.
        kernel: kernel side of the inner convolutions (odd).
        in_kernel: kernel side of the first convolution (odd).
        out_kernel: kernel side of the last convolution (odd).
        stem: channels of a full-resolution convolution before any downsampling; 0 for none.
        scale: early downsampling factor: 1, 2, 4 or 8.
        down: how to downsample: strided convolutions that halve, one average pool, or one
            pixel unshuffle (space to depth).
        down_widths: channels after each halving but the last, which gives ``width``
            (``down="conv"`` only).
        up: how to upsample, doubling each time: nearest neighbour then convolution, 4×4 stride-2
            deconvolution, or convolution then pixel shuffle (depth to space).
        up_widths: channels after each doubling. With one entry per doubling a last convolution
            at full resolution follows; with one fewer the last doubling gives the three colours.
        depthwise: residual blocks of depthwise 3×3 and pointwise 1×1 convolutions.
        norm: normalisation after every convolution but the last.
        padding: what lies outside the borders.
        activation: nonlinearity after every normalisation.
        output: how the last layer becomes 0..1: ``clip`` (linear, clipped when pixels are made),
            ``sigmoid``, or ``tanh`` scaled to 0..1.
    """

    styles: int = 1
    coarse_blocks: int = 0
    coarse_width: int = 0
    blocks: int = 3
    width: int = 24
    kernel: int = 3
    in_kernel: int = 5
    out_kernel: int = 3
    stem: int = 0
    scale: int = 4
    down: Down = "conv"
    down_widths: tuple[int, ...] = (8,)
    up: Up = "nearest"
    up_widths: tuple[int, ...] = (16,)
    depthwise: bool = False
    norm: Norm = "instance"
    padding: Padding = "reflect"
    activation: Activation = "relu"
    output: Output = "clip"

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            _require(name, getattr(self, name) in allowed, f"one of {', '.join(allowed)}", self)
        for name in ("kernel", "in_kernel", "out_kernel"):
            side = getattr(self, name)
            _require(name, side in range(1, 16, 2), "an odd number from 1 to 15", self)
        _require("styles", 1 <= self.styles <= 1024, "from 1 to 1024", self)
        one = self.norm == "instance" or self.styles == 1
        _require("styles", one, "1 without instance norm", self)
        _require("coarse_width", 0 <= self.coarse_width <= 1024, "from 0 to 1024", self)
        coarse = 64 if self.coarse_width else 0
        _require("coarse_blocks", 0 <= self.coarse_blocks <= coarse, f"from 0 to {coarse}", self)
        _require("blocks", 0 <= self.blocks <= 64, "from 0 to 64", self)
        _require("width", 1 <= self.width <= 1024, "from 1 to 1024", self)
        _require("stem", 0 <= self.stem <= 1024, "from 0 to 1024", self)
        _require("scale", self.scale in (1, 2, 4, 8), "1, 2, 4 or 8", self)
        doublings = self.doublings
        between = max(doublings - 1, 0) if self.down == "conv" else 0
        _require("down_widths", len(self.down_widths) == between, f"{between} widths long", self)
        ends = (max(doublings - 1, 0), doublings)
        _require("up_widths", len(self.up_widths) in ends, f"{ends[0]} or {ends[1]} long", self)
        for name in ("down_widths", "up_widths"):
            widths = getattr(self, name)
            _require(name, all(1 <= w <= 1024 for w in widths), "of widths from 1 to 1024", self)

    @property
    def multiple(self) -> int:
        """What height and width of the image must be multiples of."""
        return self.scale * (2 if self.coarse_width else 1)

    @property
    def doublings(self) -> int:
        """How often the resolution is halved on the way down and doubled on the way up."""
        return self.scale.bit_length() - 1

    def to_dict(self) -> dict[str, Any]:
        """The levers as plain JSON values (tuples become lists)."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Inverse of :meth:`to_dict`; raises ``ValueError`` for a lever that does not exist."""
        known = {f.name for f in fields(cls)}
        for name in values.keys() - known:
            raise ValueError(f"lever {name!r} does not exist (known: {', '.join(sorted(known))})")
        made: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**made)


def _require(name: str, holds: bool, wanted: str, levers: Levers) -> None:
    if not holds:
        raise ValueError(f"lever {name} must be {wanted}, not {getattr(levers, name)!r}")


EASEL = Levers(
    coarse_blocks=1, coarse_width=24, blocks=2, width=16, down_widths=(8,), up_widths=(16,)
)
"""The default: at most 2.5 kMAC per pixel."""

SKETCH = Levers(
    coarse_width=24,
    blocks=1,
    width=16,
    in_kernel=3,
    down_widths=(8,),
    up="deconv",
    up_widths=(8,),
)
"""For slow devices: at most 0.9 kMAC per pixel."""

MURAL = Levers(
    coarse_blocks=1, coarse_width=64, blocks=4, width=32, down_widths=(16,), up_widths=(32,)
)
"""For fast ones: at most 12 kMAC per pixel."""

JOHNSON = Levers(
    blocks=5,
    width=128,
    in_kernel=9,
    out_kernel=9,
    stem=32,
    down_widths=(64,),
    up_widths=(64, 32),
    output="tanh",
)
"""Johnson et al. 2016, with instance norm (Ulyanov et al. 2016, arXiv:1607.08022), reflection
padding and nearest upsampling in the place of deconvolution."""

PRESETS: dict[str, Levers] = {
    "sketch": SKETCH,
    "easel": EASEL,
    "mural": MURAL,
    "johnson": JOHNSON,
}
