"""Paints video in the style of an artwork, live, on the device that took the picture.

```python
import pleinair

style = pleinair.load("starry-night")
painted = style(frame)  # H×W×3 uint8 RGB in and out
```
"""

from pleinair.styles import Style, StyleError, catalogue, load

__all__ = ["Style", "StyleError", "__version__", "catalogue", "load"]


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Reading metadata takes more memory than the whole engine, and few ask.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(__name__)
    except PackageNotFoundError:  # used from a source tree
        return "0+unknown"
