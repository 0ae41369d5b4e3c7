"""Write a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pleinair.video.errors import MediaError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary path beside `target`; it becomes `target` when the block ends well.

    However the block ends otherwise, interruption included, the temporary file is removed and
    what was at `target` before is still there.

    Raises:
        MediaError: the folder isn't there or can't be written, or `target` is a folder; or what
            the block did with the temporary path failed.
    """
    if target.is_dir():
        raise MediaError(f"{target}: is a folder, not a file to write")
    # The suffix stays last: writers choose their format by it.
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    try:
        temporary.open("xb").close()
    except OSError as error:
        raise MediaError(f"{target}: can't write there ({error.strerror})") from error
    try:
        yield temporary
        os.replace(temporary, target)  # noqa: PTH105 - the atomic one, by its well-known name
    except Exception as error:
        # A writer's error (disk full, for one) speaks of the path that it knows, or of none.
        unnamed = isinstance(error, OSError) and error.filename is None
        if not unnamed and getattr(error, "filename", None) != str(temporary):
            raise
        reason = getattr(error, "strerror", error)
        raise MediaError(f"{target}: can't write it ({reason})") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_readable(source: Path) -> None:
    """Raise `MediaError` unless `source` is a file with something in it that we may read."""
    try:
        with source.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise MediaError(f"{source}: can't read it ({error.strerror})") from error
    if empty:
        raise MediaError(f"{source}: is empty")
