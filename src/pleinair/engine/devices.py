"""What a model can run on: the processor, a GPU through WebGPU, or NVIDIA's through cuDNN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pleinair.engine import library as c
from pleinair.engine.picture import Picture
from pleinair.engine.plan import Array, NativePlan, Plan, Shapes, ValueInfo

DEVICES = ("cpu", "gpu", "cuda", "auto")


class RunningPlan(Protocol):
    """A model made ready for one set of input shapes on some device."""

    outputs: tuple[ValueInfo, ...]

    def run(self, arrays: list[Array]) -> dict[str, Array]: ...  # noqa: D102
    def begin(self, arrays: list[Array]) -> Callable[[], dict[str, Array]]: ...  # noqa: D102
    def paint(self, image: Picture, out: Picture, extra: list[Array]) -> None: ...  # noqa: D102
    def image_size(self) -> tuple[int, int]: ...  # noqa: D102
    def describe(self) -> Plan: ...  # noqa: D102
    def reset(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


Maker = Callable[[int, c.Options, Shapes, int], RunningPlan]


def plan_maker(device: str, data: bytes, options: c.Options, half: bool) -> tuple[str, Maker]:
    """Say what makes plans for a device of `DEVICES`, and which it is where that is "auto".

    `data` is the model's file, `half` asks a GPU for float16. "auto" is a GPU where there is one
    that is not the processor in disguise, and else the processor; a model that has no form for
    GPUs runs on the processor, too.

    Raises EngineError (code "unsupported") where what the device needs is missing, ValueError for
    an unknown name.
    """
    if device not in DEVICES:
        raise ValueError(f"no device {device!r} (known: {', '.join(DEVICES)})")
    if device == "cuda":
        from pleinair.engine.cuda import CudaPlan, open_session

        return "cuda", _cuda(CudaPlan, open_session(data))
    if device == "cpu" or (device == "auto" and not _has_gpu()):
        return "cpu", NativePlan
    from pleinair.engine.gpu import GPU, HALF, GpuPlan, open_device

    open_device()
    flags = GPU | (HALF if half else 0)

    def make(model: int, _: c.Options, shapes: Shapes, outputs: int) -> RunningPlan:
        chosen = c.Options(0, flags, None, 0, None, options.smoothing)
        try:
            return GpuPlan(model, chosen, shapes, outputs)
        except c.EngineError as error:
            if device == "gpu" or error.code not in ("unsupported", "limit"):
                raise
            return NativePlan(model, options, shapes, outputs)

    return "gpu", make


def _cuda(plan: Any, session: Any) -> Maker:
    def make(model: int, options: c.Options, shapes: Shapes, outputs: int) -> RunningPlan:
        made: RunningPlan = plan(model, options, shapes, outputs, session)
        return made

    return make


def _has_gpu() -> bool:
    from pleinair.engine.gpu import open_device

    try:
        return str(open_device().adapter.info.get("adapter_type", "")).upper() != "CPU"
    except c.EngineError:
        return False
