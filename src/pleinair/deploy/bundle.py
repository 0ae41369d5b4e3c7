"""Folders that appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DeployError(ValueError):
    """A bundle that can't be made: where it should go, or what should go into it."""


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes `folder` once its contents are complete.

    Raises:
        DeployError: `folder` exists and is not empty, or lies in no folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DeployError(f"{folder}: exists already and is not empty")
    if not folder.absolute().parent.is_dir():
        raise DeployError(f"{folder.absolute().parent}: no such folder")
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.absolute().parent))
    try:
        making.chmod(0o755)
        yield making
        if folder.exists():
            folder.rmdir()
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
