"""The board: what a style costs, how well it paints, how still it holds, against baselines.

Needs the extra ``pleinair[evaluate]``.
"""

from importlib.util import find_spec

_NEEDED = {"cv2": "opencv-python-headless"} | {
    name: name for name in ("torch", "onnx", "safetensors", "tensorboard")
}
_missing = [package for name, package in _NEEDED.items() if find_spec(name) is None]
if _missing:
    raise ImportError(
        f'evaluation needs {", ".join(_missing)}: run  pip install "pleinair[evaluate]"',
        name=_missing[0],
    )
