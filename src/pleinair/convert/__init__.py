"""Models written as ONNX: from nodes, and from files of other kinds. Needs the package onnx."""

from importlib.util import find_spec

if find_spec("onnx") is None:
    raise ImportError(
        'converting models needs onnx: run  pip install "pleinair[convert]"', name="onnx"
    )

from pleinair.convert.caffe2 import import_caffe2, predict_beside

__all__ = ["import_caffe2", "predict_beside"]
