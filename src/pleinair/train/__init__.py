"""Training of styles: a painting in, one ONNX file out. Needs the extra ``pleinair[train]``."""

from importlib.util import find_spec

_NEEDED = ("torch", "lightning_fabric", "onnx", "pytorch_optimizer", "safetensors", "tensorboard")
_missing = [name for name in _NEEDED if find_spec(name) is None]
if _missing:
    _packages = ", ".join(name.replace("_", "-") for name in _missing)
    raise ImportError(
        f'training needs {_packages}: run  pip install "pleinair[train]"',
        name=_missing[0],
    )

from pleinair.train.config import Painting, TrainConfig  # noqa: E402
from pleinair.train.run import Trained, train  # noqa: E402

__all__ = ["Painting", "TrainConfig", "Trained", "train"]
