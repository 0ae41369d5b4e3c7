"""What is searched: the levers of the network and the knobs of its training, as flat parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pleinair.nets.levers import PRESETS, Levers

if TYPE_CHECKING:
    from optuna import Trial

Params = dict[str, Any]
_KNOBS = {"learning_rate": 1e-2, "content_weight": 2.0, "steadiness_weight": 50.0}
_PAINTING_SIZE = 640


def suggest(trial: Trial, crops: Sequence[int]) -> Params:
    """Ask Optuna for every parameter; one that a network has no use for is asked for all the same.

    So all trials have the same parameters, which lets the sampler learn how they go together.
    """
    return {
        "scale": trial.suggest_categorical("scale", [4, 8]),
        "width": trial.suggest_int("width", 8, 48, step=4),
        "blocks": trial.suggest_int("blocks", 0, 4),
        "coarse_width": trial.suggest_int("coarse_width", 0, 64, step=8),
        "coarse_blocks": trial.suggest_int("coarse_blocks", 0, 2),
        "first_width": trial.suggest_int("first_width", 4, 16, step=4),
        "last_width": trial.suggest_int("last_width", 4, 32, step=4),
        "in_kernel": trial.suggest_int("in_kernel", 3, 7, step=2),
        "out_kernel": trial.suggest_int("out_kernel", 3, 5, step=2),
        "down": trial.suggest_categorical("down", ["conv", "pool", "unshuffle"]),
        "up": trial.suggest_categorical("up", ["nearest", "deconv", "shuffle"]),
        "depthwise": trial.suggest_categorical("depthwise", [False, True]),
        "painting_size": trial.suggest_int("painting_size", 320, 1120, step=80),
        "crop": trial.suggest_categorical("crop", list(crops)),
        "learning_rate": trial.suggest_float("learning_rate", 3e-3, 3e-2, log=True),
        "content_weight": trial.suggest_float("content_weight", 0.5, 8.0, log=True),
        "steadiness_weight": trial.suggest_float("steadiness_weight", 10.0, 200.0, log=True),
    }


def levers_of(params: Mapping[str, Any]) -> Levers:
    """The network of a set of parameters.

    ``first_width`` are the channels at half the resolution on the way down, ``last_width`` on the
    way up; at a scale of 8 the widths between lie half way. A coarse step of width 0 is none.
    """
    width, first, last = (params[name] for name in ("width", "first_width", "last_width"))
    deep = params["scale"] == 8
    down: tuple[int, ...] = ()
    if params["down"] == "conv":
        down = (first, (first + width + 1) // 2) if deep else (first,)
    return Levers(
        scale=params["scale"],
        width=width,
        blocks=params["blocks"],
        coarse_width=params["coarse_width"],
        coarse_blocks=params["coarse_blocks"] if params["coarse_width"] else 0,
        in_kernel=params["in_kernel"],
        out_kernel=params["out_kernel"],
        down=params["down"],
        down_widths=down,
        up=params["up"],
        up_widths=((width + last + 1) // 2, last) if deep else (last,),
        depthwise=params["depthwise"],
    )


def params_of(preset: str, crops: Sequence[int]) -> Params:
    """The parameters of a preset, trained as ``pleinair train`` does by default."""
    levers = PRESETS[preset]
    params = {
        "scale": levers.scale,
        "width": levers.width,
        "blocks": levers.blocks,
        "coarse_width": levers.coarse_width,
        "coarse_blocks": levers.coarse_blocks,
        "first_width": levers.down_widths[0],
        "last_width": levers.up_widths[-1],
        "in_kernel": levers.in_kernel,
        "out_kernel": levers.out_kernel,
        "down": levers.down,
        "up": levers.up,
        "depthwise": levers.depthwise,
        "painting_size": _PAINTING_SIZE,
        "crop": crops[0],
        **_KNOBS,
    }
    if levers_of(params) != levers:
        raise ValueError(f"preset {preset} is not in the space that is searched")
    return params


def batch_of(crop: int, crops: Sequence[int], batch: int) -> int:
    """Photos in a step of ``crop`` pixels, so that all steps cost about as much.

    ``batch`` is that of the first of ``crops``.
    """
    return max(1, round(batch * (crops[0] / crop) ** 2))
