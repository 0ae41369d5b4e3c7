"""The inference engine under Python: plain ONNX in, NumPy arrays in and out."""

from pleinair.engine.library import EngineError
from pleinair.engine.picture import Picture
from pleinair.engine.session import (
    Plan,
    Session,
    Step,
    ValueInfo,
    instruction_sets,
    operators,
    peak,
    rewrites,
)

__all__ = [
    "EngineError",
    "Picture",
    "Plan",
    "Session",
    "Step",
    "ValueInfo",
    "instruction_sets",
    "operators",
    "peak",
    "rewrites",
]
