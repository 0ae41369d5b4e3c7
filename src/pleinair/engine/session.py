"""Running a model: `Session` is to the engine what a file object is to a file."""

from __future__ import annotations

import ctypes
import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np

from pleinair.engine import library as c
from pleinair.engine.devices import RunningPlan, plan_maker
from pleinair.engine.external import with_external_data
from pleinair.engine.library import EngineError
from pleinair.engine.picture import Picture, Plane
from pleinair.engine.plan import IN_FLIGHT, Array, Plan, Shapes, Step, ValueInfo, text, value_info

Kind = TypeVar("Kind", Plane, Picture)

_REFERENCE = 1
_PROFILE = 2
_PLANS_KEPT = 8


class Session:
    """A model ready to run.

    `model` is a path or the bytes of an ONNX file, `threads` how many threads a run uses (default:
    as many as this process may use cores), `isa` one of `instruction_sets()` (default: PLEINAIR_ISA
    or the engine's choice; for tests), `reference` runs every node by its plain loop (slow; for
    tests), `profile` times each step (see `plan`), `without` leaves out some of `rewrites()` (for
    tests).

    `smoothing`, at least 0 (none) and less than 1, is against flicker in video: of the mean and the
    variance that an instance normalisation used in the run before, this share stays in the next
    one. Runs of other input shapes, and those after `reset`, start anew.

    `device` is "cpu" (the default), "gpu" (through WebGPU: Vulkan, Metal or Direct3D; outputs may
    differ from the processor's by rounding), "cuda" (ONNX Runtime with cuDNN) or "auto" (a GPU
    where there is one and it can run the model, else the processor). `half` lets a "gpu" keep
    images and weights as float16.

    A plan is made for each set of input shapes and the last few are kept. A session may be used
    from several threads; runs take turns.

    Raises ValueError for `threads` or a `smoothing` out of range, EngineError for a model that is
    malformed or asks for what the engine or the device does not have, and where what the device
    needs is missing, FileNotFoundError and other OSErrors for a
    file that cannot be read.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | bytes,
        *,
        threads: int | None = None,
        isa: str | None = None,
        reference: bool = False,
        profile: bool = False,
        without: Sequence[str] = (),
        smoothing: float = 0.0,
        device: str = "cpu",
        half: bool = False,
    ) -> None:
        self._plans: OrderedDict[Shapes, RunningPlan] = OrderedDict()
        self._ran: Shapes | None = None  # shapes of the last run
        self._lock = threading.Lock()
        data = model if isinstance(model, bytes) else _read_model(Path(model))
        self.threads = threads if threads is not None else available_cores()
        if self.threads < 1:
            raise ValueError(f"threads must be at least 1, not {self.threads}")
        if not 0 <= smoothing < 1:
            raise ValueError(f"smoothing must be at least 0 and less than 1, not {smoothing}")
        isa = isa or os.environ.get("PLEINAIR_ISA")
        self._options = c.Options(
            self.threads,
            _REFERENCE * reference | _PROFILE * profile,
            isa.encode() if isa else None,
            0,
            " ".join(without).encode(),
            smoothing,
        )
        if device == "cuda" and smoothing:
            raise ValueError("device 'cuda' has no smoothing")
        self.device, self._make_plan = plan_maker(device, data, self._options, half)
        lib, error, handle = c.library(), c.Error(), ctypes.c_void_p()
        status = lib.pl_model_load(
            data, len(data), lib.pl_default_host(), ctypes.byref(handle), ctypes.byref(error)
        )
        c.check(status, error)
        self._handle = handle.value or 0
        weakref.finalize(self, _free, self._handle, self._plans)
        self.inputs = tuple(self._ports("input"))
        self.outputs = tuple(self._ports("output"))
        self.metadata = {
            text(lib.pl_model_metadata_key(self._handle, i)): text(
                lib.pl_model_metadata_value(self._handle, i)
            )
            for i in range(lib.pl_model_metadata_count(self._handle))
        }
        self.opset = int(lib.pl_model_opset(self._handle))
        self.parameters = int(lib.pl_model_parameter_count(self._handle))
        self.operators = tuple(
            text(lib.pl_model_node_operator(self._handle, i))
            for i in range(lib.pl_model_node_count(self._handle))
        )

    def _ports(self, kind: str) -> Iterator[ValueInfo]:
        lib = c.library()
        describe = getattr(lib, f"pl_model_{kind}")
        for i in range(getattr(lib, f"pl_model_{kind}_count")(self._handle)):
            info = c.ValueInfo()
            describe(self._handle, i, ctypes.byref(info))
            yield value_info(info)

    def run(
        self, inputs: Mapping[str, Array], outputs: Sequence[str] | None = None
    ) -> dict[str, Array]:
        """Runs the model once.

        `inputs` maps every input's name to an array of its type; C-contiguous arrays are read in
        place. Returns the outputs by name: all of them, or those named in `outputs`.

        Raises ValueError for missing, unknown or wrongly typed arrays, EngineError for shapes that
        the model does not take.
        """
        return self.begin(inputs, outputs)()

    def begin(
        self, inputs: Mapping[str, Array], outputs: Sequence[str] | None = None
    ) -> Callable[[], dict[str, Array]]:
        """Begins a run; what is returned waits for it and gives its outputs.

        On a GPU the next run may begin before: `in_flight` of them keep it busy. `inputs` must not
        change until then. Arguments and errors are those of `run`.
        """
        arrays = self._check(inputs)
        wanted = self._wanted(outputs)
        with self._lock:
            finish = self._next_plan(arrays).begin(arrays)
        return lambda: {name: array for name, array in finish().items() if name in wanted}

    @property
    def in_flight(self) -> int:
        """How many runs are worth being under way at once: 1 on the processor."""
        return 1 if self.device == "cpu" else IN_FLIGHT

    @overload
    def paint(
        self, image: Kind, out: None = None, *, inputs: Mapping[str, Array] | None = None
    ) -> Kind: ...
    @overload
    def paint(
        self, image: Plane | Picture, out: Kind, *, inputs: Mapping[str, Array] | None = None
    ) -> Kind: ...
    def paint(
        self,
        image: Plane | Picture,
        out: Plane | Picture | None = None,
        *,
        inputs: Mapping[str, Array] | None = None,
    ) -> Plane | Picture:
        """Runs a model from one image to another on pictures of any format.

        The model's first input and only output are uint8 [1, height, width, 3] RGB, 0..255. The
        formats of both pictures are converted while the model reads and writes them, without a
        copy in between.

        `image` is a Picture, or an array H×W×3 (RGB) or H×W×4 (RGBA) of uint8. `out` takes the
        result, in any format too, and must not overlap `image`; by default a new one of the kind
        of `image`. `inputs` maps the names of the model's other inputs to arrays.

        Returns `out`. Raises ValueError for wrong arrays and EngineError for a model of another
        kind, or one (code "unsupported") that begins or ends with something else than rows of
        pixels and so takes plain RGB alone.
        """
        source = Picture.of(image)
        stand_in = np.broadcast_to(np.uint8(0), (1, source.height, source.width, 3))
        arrays = self._check({self.inputs[0].name: stand_in, **(inputs or {})}, copy=False)
        extra = [np.require(array, requirements=["C", "A"]) for array in arrays[1:]]
        with self._lock:
            plan = self._next_plan(arrays)
            if out is None:
                made = source.like(*reversed(plan.image_size()))
                out = made if isinstance(image, Picture) else made.planes[0]
            target = Picture.of(out)
            if not all(plane.flags.writeable for plane in target.planes):
                raise ValueError("the picture to paint on is read-only")
            plan.paint(source, target, extra)
        return out

    def reset(self) -> None:
        """Forgets the runs before, where they are smoothed: for the first frame after a cut."""
        with self._lock:
            self._ran = None

    def plan(self, shapes: Mapping[str, Sequence[int]]) -> Plan:
        """What the session does for inputs of these shapes."""
        stand_ins = {
            info.name: np.broadcast_to(np.zeros((), info.dtype), tuple(shapes[info.name]))
            for info in self.inputs
            if info.name in shapes
        }
        arrays = self._check(stand_ins, copy=False)
        with self._lock:
            return self._plan_for(arrays).describe()

    def _check(self, inputs: Mapping[str, Array], copy: bool = True) -> list[Array]:
        names = [info.name for info in self.inputs]
        unknown = sorted(set(inputs) - set(names))
        if unknown:
            raise ValueError(f"the model has no input {unknown[0]!r}; it has {', '.join(names)}")
        arrays = []
        for info in self.inputs:
            if info.name not in inputs:
                raise ValueError(f"input {info.name!r} is missing")
            array = np.asarray(inputs[info.name])
            if array.dtype != info.dtype:
                raise ValueError(f"input {info.name!r} is {array.dtype} instead of {info.dtype}")
            if array.ndim > c.MAX_RANK:
                raise ValueError(f"input {info.name!r} has {array.ndim} dimensions; 8 is the most")
            arrays.append(np.require(array, requirements=["C", "A"]) if copy else array)
        return arrays

    def _wanted(self, outputs: Sequence[str] | None) -> set[str]:
        names = [info.name for info in self.outputs]
        if outputs is None:
            return set(names)
        for name in outputs:
            if name not in names:
                raise ValueError(f"the model has no output {name!r}; it has {', '.join(names)}")
        return set(outputs)

    def _next_plan(self, arrays: list[Array]) -> RunningPlan:
        """The plan of the run that comes; it continues those before it where shapes are equal."""
        plan, shapes = self._plan_for(arrays), tuple(array.shape for array in arrays)
        if shapes != self._ran:
            plan.reset()
        self._ran = shapes
        return plan

    def _plan_for(self, arrays: list[Array]) -> RunningPlan:
        shapes = tuple(array.shape for array in arrays)
        plan = self._plans.get(shapes)
        if plan is None:
            plan = self._make_plan(self._handle, self._options, shapes, len(self.outputs))
            self._plans[shapes] = plan
            if len(self._plans) > _PLANS_KEPT:
                self._plans.popitem(last=False)[1].close()
        self._plans.move_to_end(shapes)
        return plan


def _read_model(path: Path) -> bytes:
    return with_external_data(path.read_bytes(), path.parent)


def _free(model: int, plans: OrderedDict[Shapes, RunningPlan]) -> None:
    for plan in plans.values():
        plan.close()
    c.library().pl_model_free(model)


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def instruction_sets() -> tuple[str, ...]:
    """Instruction sets that the engine was built for and this machine has, slowest first."""
    return tuple(_names(c.library().pl_isa_name))


def peak(isa: str | None = None) -> float:
    """The most multiply-adds per second that one core does, measured now (takes some 20 ms).

    `isa` as for `Session`. Raises ValueError for one that is not there.
    """
    lib, name = c.library(), isa.encode() if isa else None
    rounds, best = 1 << 20, 0.0
    for _ in range(5):
        start = time.perf_counter()
        done = lib.pl_peak(name, rounds)
        best = max(best, done / (time.perf_counter() - start))
    if not best:
        raise ValueError(f"this machine has no instruction set {isa!r}")
    return best


def rewrites() -> tuple[str, ...]:
    """What the planner may do to a graph; `Session(without=...)` leaves some of it out."""
    return tuple(_names(c.library().pl_rewrite_name))


def operators() -> tuple[str, ...]:
    """The ONNX operators that the engine knows."""
    return tuple(_names(c.library().pl_operator_name))


def _names(at: Any) -> Iterator[str]:
    index = 0
    while name := at(index):
        yield text(name)
        index += 1


__all__ = [
    "EngineError",
    "Plan",
    "Session",
    "Step",
    "ValueInfo",
    "available_cores",
    "instruction_sets",
    "operators",
    "peak",
    "rewrites",
]
