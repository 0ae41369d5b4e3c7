"""Paints video in the style of an artwork, live, on the device that took the picture.

```python
import pleinair

style = pleinair.load("starry-night")
painted = style(frame)  # H×W×3 uint8 RGB in and out
```
"""

from importlib.metadata import PackageNotFoundError, version

from pleinair.styles import Style, StyleError, catalogue, load

try:
    __version__ = version("pleinair")
except PackageNotFoundError:  # used from a source tree
    __version__ = "0+unknown"

__all__ = ["Style", "StyleError", "__version__", "catalogue", "load"]
