from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleinair.deploy.onnx import lay_out_onnx
from pleinair.deploy.project import offer
from tests.deploy.projects import easel, photo


def test_the_card_tells_what_the_file_says(tmp_path: Path) -> None:
    lay_out_onnx(tmp_path / "model", easel())
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "| 1 | `great-wave` | The Great Wave off Kanagawa | Katsushika Hokusai | 1831 | " in card
    assert "public domain" in card
    assert "| input | `strength` | float32 | 1 |" in card
    assert re.search(r"\| thousand multiply-adds per pixel \| \d\.\d+ \|", card)
    assert re.search(r"\| photographs \| \w+", card)
    assert f"{len(easel().content):,} bytes" in card


def test_the_programs_of_the_card_run_and_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    lay_out_onnx(tmp_path / "model", easel())
    monkeypatch.chdir(tmp_path / "model")
    Image.fromarray(photo()).save("photo.jpg")
    card = Path("README.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(programs) == 2
    painted = []
    for program in programs:
        exec(program, {})
        painted.append(np.asarray(Image.open("painted.png")).astype(int))
        Path("painted.png").unlink()
    assert np.abs(painted[0] - painted[1]).max() <= 1
    assert np.abs(painted[0] - photo()).mean() > 10


def test_a_style_by_itself(tmp_path: Path, negative: bytes) -> None:
    (tmp_path / "negative.onnx").write_bytes(negative)
    lay_out_onnx(tmp_path / "model", offer(tmp_path / "negative.onnx"))
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# A Negative\n")
    assert "one style" in card
    assert "does not tell how it was trained" in card
    assert "| 0 | `negative` | A Negative |  |  | not told |" in card
