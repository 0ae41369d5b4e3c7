"""Training of styles: a painting in, one ONNX file out. Needs the extra ``pleinair[train]``."""

from importlib.util import find_spec

_NEEDED = ("torch", "onnx", "safetensors", "tensorboard")
_missing = [name for name in _NEEDED if find_spec(name) is None]
if _missing:
    raise ImportError(
        f'training needs {", ".join(_missing)}: run  pip install "pleinair[train]"',
        name=_missing[0],
    )

from pleinair.train.config import TrainConfig  # noqa: E402
from pleinair.train.run import Trained, train  # noqa: E402

__all__ = ["TrainConfig", "Trained", "train"]
