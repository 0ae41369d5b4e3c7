"""What is saved is loaded, and other files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pleinair.train import checkpoint


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "run" / "checkpoint.pt"
    checkpoint.save(path, {"step": 7, "net": {"w": torch.arange(3)}})
    state = checkpoint.load(path)
    assert state["step"] == 7
    assert state["net"]["w"].tolist() == [0, 1, 2]


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        checkpoint.load(tmp_path / "gone.pt")
    junk = tmp_path / "junk.pt"
    junk.write_bytes(b"junk")
    with pytest.raises(ValueError, match="not a readable checkpoint"):
        checkpoint.load(junk)
    torch.save({"format": 99}, junk)
    with pytest.raises(ValueError, match="not a checkpoint of format 1"):
        checkpoint.load(junk)
