"""Files that appear whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(target: Path, *, suffix: str = ".part", beside: Path | None = None) -> Iterator[Path]:
    """Give a temporary path that takes the place of ``target`` once the block has ended well.

    However the block ends otherwise, interruption included, the temporary file is removed and what
    was at ``target`` before is still there.

    Args:
        target: the file; its folder is made.
        suffix: of the temporary path, for writers that choose their format by it.
        beside: folder for the temporary path, on the same disk; that of ``target`` if None.
    """
    folder = beside or target.parent
    for path in {folder, target.parent}:
        path.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{target.stem}.{secrets.token_hex(4)}{suffix}"
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
