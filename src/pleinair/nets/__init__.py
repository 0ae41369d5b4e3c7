"""Style networks in PyTorch and their levers."""

from pleinair.nets.levers import EASEL, JOHNSON, MURAL, PRESETS, SKETCH, Levers

__all__ = ["EASEL", "JOHNSON", "MURAL", "PRESETS", "SKETCH", "Levers"]
