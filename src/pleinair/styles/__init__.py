"""Trained styles: those that come with the package, and the user's own.

```python
import pleinair

style = pleinair.load("starry-night")
painted = style(frame)  # H×W×3 uint8 RGB in and out
```
"""

from pleinair.styles.artwork import Artwork, StyleError
from pleinair.styles.catalogue import MODELS, catalogue, find, model_files, works
from pleinair.styles.style import Style, load

__all__ = [
    "MODELS",
    "Artwork",
    "Style",
    "StyleError",
    "catalogue",
    "find",
    "load",
    "model_files",
    "works",
]
