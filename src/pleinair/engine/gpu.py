"""Plans on a GPU: the engine says what to dispatch, WebGPU (wgpu-native) does it."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pleinair.engine import library as c
from pleinair.engine.picture import PACKED, Picture
from pleinair.engine.plan import Array, PlanInfo, Shapes, fixed, tensor

GPU, HALF = 4, 8  # flags of pl_options
_SCRATCH, _CONSTANTS, _PARAMETERS, _INPUT, _OUTPUT, _PICTURE_IN, _PICTURE_OUT = range(7)
_SHADERS = (
    Path(__file__).with_name("gpu"),  # installed
    Path(__file__).parents[3] / "engine" / "gpu",  # a checkout
)
_Home = dict[int, Any]  # where the processor reads outputs, by the buffers they are in
_ROW = 256  # rows of textures lie at multiples of it in buffers


@dataclass(frozen=True)
class Dispatch:
    """One dispatch of a run.

    `shader` is the WGSL of its module, `groups` how many workgroups it has along x, y and z, `macs`
    the multiply-adds and `bytes` what it reads and writes, each byte once.
    """

    name: str
    kind: str
    shader: str
    groups: tuple[int, int, int]
    macs: int
    bytes: int


@cache
def open_device() -> Any:
    """The machine's GPU through wgpu.

    Raises EngineError (code "unsupported") where the package, a driver or a GPU is missing.
    """
    try:
        import wgpu
    except ImportError:
        message = "device 'gpu' needs the package wgpu: pip install 'pleinair[gpu]'"
        raise c.EngineError("unsupported", message) from None
    try:
        adapter = wgpu.gpu.request_adapter_sync(power_preference="high-performance")
        features = [name for name in ("shader-f16",) if name in adapter.features]
        wanted = "max-storage-buffer-binding-size", "max-buffer-size"
        limits = {name: adapter.limits[name] for name in wanted if name in adapter.limits}
        return adapter.request_device_sync(required_features=features, required_limits=limits)
    except Exception as error:  # wgpu has no common class for what its library refuses
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = f"device 'gpu': no GPU with a driver for Vulkan, Metal or Direct3D 12 ({reason})"
        raise c.EngineError("unsupported", message) from None


def device_name() -> str:
    """What the driver calls the GPU. Raises EngineError as `open_device` does."""
    info = open_device().adapter.info
    return str(info.get("device") or info.get("description") or "unknown")


class GpuPlan(PlanInfo):
    """A `pl_session` for a GPU: the model planned for one set of input shapes.

    Raises EngineError: no GPU, or (code "unsupported") a model that has no form for GPUs.
    """

    def __init__(self, model: int, options: c.Options, shapes: Shapes, outputs: int) -> None:
        self._device = open_device()
        if options.flags & HALF and "shader-f16" not in self._device.features:
            raise c.EngineError("unsupported", "this GPU has no float16 (shader-f16)")
        super().__init__(model, options, shapes, outputs)
        try:
            self._buffers = [self._make(info) for info in _buffers(self._handle)]
            self._infos = _buffers(self._handle)
            self._pipelines: dict[int, Any] = {}
            self._dispatches = [self._prepare(info) for info in _dispatches(self._handle)]
            self._homes: list[_Home] = []  # that no run waits for
        except BaseException:
            self.close()
            raise

    # ---- making ---------------------------------------------------------------------------------

    def _make(self, info: c.GpuBuffer) -> Any:
        import wgpu

        device = self._device
        if info.kind in (_PICTURE_IN, _PICTURE_OUT):
            usage = wgpu.TextureUsage
            use = (
                usage.TEXTURE_BINDING | usage.COPY_DST
                if info.kind == _PICTURE_IN
                else usage.STORAGE_BINDING | usage.COPY_SRC
            )
            size = (info.width, info.height, 1)
            return device.create_texture(size=size, format="rgba8unorm", usage=use)
        usage = wgpu.BufferUsage
        use = usage.STORAGE | usage.COPY_DST | usage.COPY_SRC
        if info.bytes > device.limits["max-storage-buffer-binding-size"]:
            raise c.EngineError(
                "limit", f"an image of {info.bytes} bytes is too large for this GPU"
            )
        if info.kind != _CONSTANTS:
            return device.create_buffer(size=max(16, info.bytes), usage=use)
        data = ctypes.string_at(info.data, info.bytes)
        return device.create_buffer_with_data(data=data, usage=use)

    def _prepare(self, info: c.GpuDispatch) -> tuple[Any, Any, tuple[int, int, int]]:
        pipeline = self._pipelines.get(info.shader)
        if pipeline is None:
            code = shader_code(c.library().pl_gpu_shader(self._handle, info.shader).decode())
            module = self._device.create_shader_module(code=code)
            pipeline = self._device.create_compute_pipeline(
                layout="auto", compute={"module": module, "entry_point": "main"}
            )
            self._pipelines[info.shader] = pipeline
        entries = [
            {"binding": i, "resource": self._resource(info.bindings[i])}
            for i in range(info.binding_count)
        ]
        layout = pipeline.get_bind_group_layout(0)
        group = self._device.create_bind_group(layout=layout, entries=entries)
        return pipeline, group, tuple(info.groups)

    def _resource(self, binding: c.GpuBinding) -> Any:
        made = self._buffers[binding.buffer]
        if self._infos[binding.buffer].kind in (_PICTURE_IN, _PICTURE_OUT):
            return made.create_view()
        return {"buffer": made, "offset": binding.offset, "size": binding.bytes}

    def _new_home(self) -> _Home:
        import wgpu

        usage = wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.MAP_READ
        return {
            index: self._device.create_buffer(
                size=_row(info) * info.height if info.kind == _PICTURE_OUT else info.bytes,
                usage=usage,
            )
            for index, info in enumerate(self._infos)
            if info.kind in (_OUTPUT, _PICTURE_OUT)
        }

    def close(self) -> None:
        """Gives the memory back; call it once."""
        homes = [made for home in getattr(self, "_homes", ()) for made in home.values()]
        for made in [*getattr(self, "_buffers", ()), *homes]:
            made.destroy()
        super().close()

    # ---- running --------------------------------------------------------------------------------

    def run(self, arrays: list[Array]) -> dict[str, Array]:
        """Gives all outputs by name for all inputs in order."""
        return self.begin(arrays)()

    def begin(self, arrays: list[Array]) -> Callable[[], dict[str, Array]]:
        """Tells the GPU to run; what is returned waits for the outputs. Others may begin before."""
        self._parameters(arrays)
        for index, info in enumerate(self._infos):
            if info.kind == _INPUT:
                self._device.queue.write_buffer(self._buffers[index], 0, arrays[info.port])
            elif info.kind == _PICTURE_IN:
                self._write_picture(index, _with_alpha(arrays[info.port][0]))
        home = self._submit()

        def finish() -> dict[str, Array]:
            results = {}
            for port, value in enumerate(self.outputs):
                index = next(i for i in home if self._infos[i].port == port)
                results[value.name] = self._read(home, index, fixed(value))
            self._homes.append(home)
            return results

        return finish

    def paint(self, image: Picture, out: Picture, extra: list[Array]) -> None:
        """Fills one picture from another; `extra` are the inputs behind the first."""
        for picture in (image, out):
            if picture.format not in PACKED:
                message = f"a GPU reads and writes RGB in any order, not {picture.format}"
                raise c.EngineError("unsupported", message)
        (source,) = (i for i, info in enumerate(self._infos) if info.kind == _PICTURE_IN)
        (target,) = (i for i, info in enumerate(self._infos) if info.kind == _PICTURE_OUT)
        self._parameters([np.empty((1, image.height, image.width, 3), np.uint8), *extra])
        self._write_picture(source, _with_alpha(image.rgb()))
        home = self._submit()
        painted = self._read(home, target, (1, out.height, out.width, 3))[0]
        self._homes.append(home)
        out.rgb()[...] = painted
        if PACKED[out.format] == 4:
            out.planes[0][..., 3] = 255

    def _parameters(self, arrays: Sequence[Array]) -> None:
        given = (c.Tensor * len(arrays))(*(tensor(array) for array in arrays))
        error = c.Error()
        status = c.library().pl_gpu_parameters(self._handle, given, len(given), ctypes.byref(error))
        c.check(status, error)
        for index, info in enumerate(self._infos):
            if info.kind == _PARAMETERS:
                data = ctypes.string_at(info.data, info.bytes)
                self._device.queue.write_buffer(self._buffers[index], 0, data)

    def _write_picture(self, index: int, rgba: Array) -> None:
        info = self._infos[index]
        self._device.queue.write_texture(
            {"texture": self._buffers[index]},
            rgba,
            {"bytes_per_row": 4 * info.width, "rows_per_image": info.height},
            (info.width, info.height, 1),
        )

    def _submit(self) -> _Home:
        """Tells the GPU to run, and to bring its outputs home."""
        homes = self._homes.pop() if self._homes else self._new_home()
        encoder = self._device.create_command_encoder()
        work = encoder.begin_compute_pass()
        for pipeline, group, groups in self._dispatches:
            work.set_pipeline(pipeline)
            work.set_bind_group(0, group)
            work.dispatch_workgroups(*groups)
        work.end()
        for index, home in homes.items():
            info = self._infos[index]
            if info.kind == _PICTURE_OUT:
                encoder.copy_texture_to_buffer(
                    {"texture": self._buffers[index]},
                    {"buffer": home, "bytes_per_row": _row(info), "rows_per_image": info.height},
                    (info.width, info.height, 1),
                )
            else:
                encoder.copy_buffer_to_buffer(self._buffers[index], 0, home, 0, info.bytes)
        self._device.queue.submit([encoder.finish()])
        return homes

    def _read(self, homes: _Home, index: int, shape: tuple[int, ...]) -> Array:
        info, home = self._infos[index], homes[index]
        home.map_sync("READ")
        try:
            data = home.read_mapped()
            if info.kind != _PICTURE_OUT:
                return np.frombuffer(data, np.float32).reshape(shape).copy()
            rows = np.frombuffer(data, np.uint8).reshape(info.height, _row(info))
            rgba = rows[:, : 4 * info.width].reshape(info.height, info.width, 4)
            return rgba[np.newaxis, :, :, :3].copy()
        finally:
            home.unmap()

    def dispatches(self) -> tuple[Dispatch, ...]:
        """What a run is made of, in order."""
        return dispatches(self._handle)


class Commands(PlanInfo):
    """What a GPU would be told to do for these input shapes; needs none."""

    def dispatches(self) -> tuple[Dispatch, ...]:
        """What a run is made of, in order."""
        return dispatches(self._handle)


def dispatches(handle: int | None) -> tuple[Dispatch, ...]:
    """The dispatches of a session with the flag GPU."""
    lib = c.library()
    return tuple(
        Dispatch(
            info.name.decode(),
            info.kind.decode(),
            shader_code(lib.pl_gpu_shader(handle, info.shader).decode()),
            tuple(info.groups),
            info.macs,
            info.bytes,
        )
        for info in _dispatches(handle)
    )


def shader_code(particular: str) -> str:
    """A whole shader: what the engine writes for a dispatch, and the files that it names."""
    first = particular.partition("\n")[0].removeprefix("// with ")
    return "\n".join([particular, *(_shader_file(name) for name in first.split())])


def shader_files() -> dict[str, Path]:
    """The WGSL that is the same for all models, by the names that shaders know it by."""
    folder = next((folder for folder in _SHADERS if folder.is_dir()), _SHADERS[0])
    return {path.stem: path for path in sorted(folder.glob("*.wgsl"))}


@cache
def _shader_file(name: str) -> str:
    path = shader_files().get(name)
    if not path:
        raise c.EngineError("unsupported", f"the shader {name}.wgsl is not installed")
    return path.read_text("utf-8")


def _buffers(handle: int | None) -> list[c.GpuBuffer]:
    infos = (c.GpuBuffer * c.library().pl_gpu_buffer_count(handle))()
    for i, info in enumerate(infos):
        c.library().pl_gpu_get_buffer(handle, i, ctypes.byref(info))
    return list(infos)


def _dispatches(handle: int | None) -> list[c.GpuDispatch]:
    infos = (c.GpuDispatch * c.library().pl_gpu_dispatch_count(handle))()
    for i, info in enumerate(infos):
        c.library().pl_gpu_get_dispatch(handle, i, ctypes.byref(info))
    return list(infos)


def _row(info: c.GpuBuffer) -> int:
    width: int = info.width
    return math.ceil(4 * width / _ROW) * _ROW


def _with_alpha(rgb: Array) -> Array:
    rgba = np.full((*rgb.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = rgb
    return rgba
