"""Packages that only some commands need: named, where they are not installed."""

from importlib.util import find_spec

TRAINING = {
    "torch": "torch",
    "lightning_fabric": "lightning-fabric",
    "onnx": "onnx",
    "pytorch_optimizer": "pytorch-optimizer",
    "safetensors": "safetensors",
    "tensorboard": "tensorboard",
}
"""Modules of the extra ``pleinair[train]``, and the packages that they are in."""
EVALUATION = {"cv2": "opencv-python-headless", **TRAINING}
"""Those of ``pleinair[evaluate]``."""
SWEEP = {"optuna": "optuna", **EVALUATION}
"""Those of ``pleinair[sweep]``."""


def require(what: str, modules: dict[str, str], extra: str) -> None:
    """Raise ``ImportError`` with all packages that ``what`` lacks and how to install them."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        packages = ", ".join(modules[name] for name in missing)
        raise ImportError(
            f'{what} needs {packages}: run  pip install "pleinair[{extra}]"', name=missing[0]
        )
