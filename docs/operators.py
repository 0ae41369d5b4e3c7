"""`python -m docs.operators`: the table in docs/operators.md, made of the engine's own rows.

Rows are those of `engine/ops/table.h`; what an operator computes says the comment at the beginning
of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operators.md"
_OPERATORS = ROOT / "engine" / "ops"
_HEAD = "| operator | | in browsers |\n|---|---|---|\n"
_DROPPED = {"Affine", "Crop", "ImageScaler"}  # by ONNX, which has no page of them
_ONNX = "https://onnx.ai/onnx/operators/onnx__{}.html"


def page() -> str:
    """The document as it is to be: what is above its table stays."""
    about = PAGE.read_text(encoding="utf-8").partition(_HEAD)[0]
    return about + _HEAD + "".join(_rows())


def _rows() -> Iterator[str]:
    table = (_OPERATORS / "table.h").read_text(encoding="utf-8")
    _, _, listed = table.partition("PL_ALL_OPERATORS(X, P)")
    comments = dict(_comments())
    for kind, name in re.findall(r"\b([XP])\((\w+)\)", listed):
        linked = name if name in _DROPPED else f"[{name}]({_ONNX.format(name)})"
        yield f"| {linked} | {comments[name]} | {'yes' if kind == 'P' else ''} |\n"


def _comments() -> Iterator[tuple[str, str]]:
    """Operators, and how their files begin."""
    for path in _OPERATORS.glob("*.cpp"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^const Operator op_(\w+)", text, re.MULTILINE):
            comment = re.match(r"(?://.*\n)+", text)
            assert comment is not None, path
            said = " ".join(re.sub(r"^// ?", "", comment[0], flags=re.MULTILINE).split())
            yield name, re.sub(rf"^{name}[:,] ", "", said).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
