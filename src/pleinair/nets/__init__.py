"""Style networks in PyTorch and their levers."""

from pleinair.nets.levers import JOHNSON, OURS, PRESETS, Levers

__all__ = ["JOHNSON", "OURS", "PRESETS", "Levers"]
