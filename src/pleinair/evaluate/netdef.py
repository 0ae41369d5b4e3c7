"""The style networks that Facebook shipped in 2017 (Caffe2 NetDef protobufs), as ONNX models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleinair.nets.caffe2go import Caffe2GoNet
from pleinair.train.export import style_model

# Field numbers of caffe2.proto: NetDef.op, OperatorDef.output/type/arg, Argument.name/floats/ints.
_OP, _OUTPUT, _TYPE, _ARG = 2, 2, 4, 5
_NAME, _FLOATS, _INTS = 1, 5, 6
_MIDDLE = 117.0  # what Caffe2GoNet subtracts in the place of each colour's own mean

Field = tuple[int, int | bytes]
Blobs = dict[str, NDArray[np.float32]]


def read_netdef(path: Path) -> onnx.ModelProto:
    """The network of an ``init_net.pb`` of Facebook's 2017 style effects, exactly, as ONNX.

    Its weights go into :class:`Caffe2GoNet`, whose layers are those of the ``predict_net.pb`` that
    all styles share. The colour order (BGR) and the mean of each colour are folded into the
    first and the last layer, which is exact as all padding is by reflection; pixels are cut to
    whole steps, not rounded, as there. The noise that the app added to its input is left out.
    Raises ``ValueError`` for a file that is no such network.
    """
    try:
        blobs = _blobs(path.read_bytes())
        net = _filled(blobs)
    except (LookupError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: not a style network of Caffe2 ({error})") from error
    name = path.name.removesuffix("_init_net.pb")
    return style_model(net, name, {"pleinair.name": name}, compact=False)


def _filled(blobs: Blobs) -> Caffe2GoNet:
    net = Caffe2GoNet()
    layers = [m for m in net.layers if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.PReLU)]
    kinds = {
        nn.Conv2d: "SpatialConvolution",
        nn.ConvTranspose2d: "Deconvolution",
        nn.PReLU: "PReLU",
    }
    with torch.no_grad():
        for kind, called in kinds.items():
            names = {name.split("/")[0] for name in blobs if name.startswith(f"caffe.{called}_")}
            ours = [layer for layer in layers if type(layer) is kind]
            theirs = sorted(names, key=lambda name: int(name.rpartition("_")[2]))
            for layer, name in zip(ours, theirs, strict=True):
                parts = [layer.weight] if kind is nn.PReLU else [layer.weight, layer.bias]
                for i, part in enumerate(parts):
                    assert isinstance(part, Tensor)
                    part.copy_(torch.from_numpy(blobs[f"{name}/param_{i}"]).view_as(part))
        convolutions = [layer for layer in layers if not isinstance(layer, nn.PReLU)]
        _to_rgb(convolutions[0], convolutions[-1], torch.from_numpy(blobs["mean"]))
    return net


def _to_rgb(first: nn.Module, last: nn.Module, mean: Tensor) -> None:
    """Turn a network from BGR minus ``mean`` [3] into one from RGB minus ``_MIDDLE``."""
    assert isinstance(first, nn.Conv2d)
    assert isinstance(last, nn.ConvTranspose2d)
    assert first.bias is not None
    assert last.bias is not None
    shift = _MIDDLE - mean
    first.bias += first.weight.sum((2, 3)) @ shift
    first.weight.copy_(first.weight.flip(1))
    # The export adds half a step to round, and this network's own end cuts.
    last.bias.copy_((last.bias - shift - 0.5).flip(0))
    last.weight.copy_(last.weight.flip(1))


def _blobs(content: bytes) -> Blobs:
    """Tensors of all ``GivenTensorFill`` operators by name."""
    blobs: Blobs = {}
    for number, net_field in _fields(content):
        if number != _OP or not isinstance(net_field, bytes):
            continue
        operator = list(_fields(net_field))
        if _texts(operator, _TYPE) != ["GivenTensorFill"]:
            continue
        arguments = [list(_fields(a)) for n, a in operator if n == _ARG and isinstance(a, bytes)]
        named = {_texts(argument, _NAME)[0]: argument for argument in arguments}
        shape = [size for n, size in named["shape"] if n == _INTS and isinstance(size, int)]
        raw = b"".join(v for n, v in named["values"] if n == _FLOATS and isinstance(v, bytes))
        values = np.frombuffer(raw, "<f4").astype(np.float32)
        if values.size != np.prod(shape):
            raise ValueError(f"{values.size} values for a shape of {shape}")
        blobs[_texts(operator, _OUTPUT)[0]] = values.reshape(shape)
    return blobs


def _texts(fields: list[Field], number: int) -> list[str]:
    return [v.decode() for n, v in fields if n == number and isinstance(v, bytes)]


def _fields(content: bytes) -> Iterator[Field]:
    """Numbers and values of a protobuf message's fields."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind, length = key & 7, 0
        if kind == 0:
            value, at = _varint(content, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(content, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"field of kind {kind}")
        if at + length > len(content):
            raise ValueError("it ends within a field")
        yield key >> 3, content[at : at + length]
        at += length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
