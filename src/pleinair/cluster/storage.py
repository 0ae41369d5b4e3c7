"""Folders on disks and in object stores, as machines of a cluster share them."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from pleinair.whole import whole


class Folder(Protocol):
    """A place for files, known by names relative to it with `/` between their parts.

    Folders can be pickled; the same one is meant wherever that arrives.
    """

    def names(self) -> list[str]:
        """Give the names of all files at any depth, sorted, without hidden ones and folders."""

    def stamp(self, name: str) -> str | None:
        """Give what changes when the file does; None where there is no such file."""

    def fetch(self, name: str) -> Path:
        """Give a path at which a file can be read on this machine, until another is fetched."""

    def reading(self, names: Sequence[str]) -> AbstractContextManager[list[Path]]:
        """Give, as a context, paths at which files can be read."""

    def writing(self, name: str, work: str) -> AbstractContextManager[Path]:
        """Give, as a context, a path to write at; when it ends well, that becomes the file.

        What is not whole yet lies in the folder `work`, on this disk or there.
        """

    def remove(self, name: str) -> None:
        """Remove a folder with all that is in it, if it is there."""


def open_folder(location: str) -> Folder:
    """Give the folder at a path or a URL (`s3://bucket/folder`, what fsspec has a package for).

    Raises:
        ImportError: a URL, and fsspec or its package for such URLs is not installed.
        ValueError: a URL of an unknown kind.
    """
    if "://" not in location:
        return LocalFolder(Path(location).absolute())
    folder = RemoteFolder(location.rstrip("/"))
    folder.check()
    return folder


class LocalFolder:
    """A folder on a disk, or on one that machines share."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def names(self) -> list[str]:  # noqa: D102
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            here = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            found += [str(here / name) for name in files if not name.startswith(".")]
        return sorted(found)

    def stamp(self, name: str) -> str | None:  # noqa: D102
        try:
            found = (self.root / name).stat()
        except FileNotFoundError:
            return None
        return f"{found.st_size} {found.st_mtime_ns}"

    def fetch(self, name: str) -> Path:  # noqa: D102
        return self.root / name

    @contextmanager
    def reading(self, names: Sequence[str]) -> Iterator[list[Path]]:  # noqa: D102
        yield [self.root / name for name in names]

    @contextmanager
    def writing(self, name: str, work: str) -> Iterator[Path]:  # noqa: D102
        target = self.root / name
        with whole(target, suffix=target.suffix, beside=self.root / work) as temporary:
            yield temporary

    def remove(self, name: str) -> None:  # noqa: D102
        shutil.rmtree(self.root / name, ignore_errors=True)


class RemoteFolder:
    """A folder of anything that fsspec reaches by a URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __str__(self) -> str:
        return self.url

    @property
    def _files(self) -> Any:
        return _filesystem(self.url.split("://")[0])

    def check(self) -> None:
        """Raise where such URLs can't be used here."""
        _ = self._files

    def names(self) -> list[str]:  # noqa: D102
        root = self._files._strip_protocol(self.url).rstrip("/") + "/"
        found = [path.removeprefix(root) for path in self._files.find(self.url)]
        return sorted(
            name
            for name in found
            if not any(part.startswith(".") for part in PurePosixPath(name).parts)
        )

    def stamp(self, name: str) -> str | None:  # noqa: D102
        self._files.invalidate_cache()
        try:
            found = self._files.info(f"{self.url}/{name}")
        except FileNotFoundError:
            return None
        # What names the version of a file depends on the store.
        keys = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime", "created")
        version = next((found[key] for key in keys if key in found), "")
        return f"{found['size']} {version}"

    def fetch(self, name: str) -> Path:  # noqa: D102
        return _download(f"{self.url}/{name}", self.stamp(name) or "")

    @contextmanager
    def reading(self, names: Sequence[str]) -> Iterator[list[Path]]:  # noqa: D102
        with tempfile.TemporaryDirectory(prefix="pleinair-") as here:
            paths = [Path(here) / str(number) for number in range(len(names))]
            for name, path in zip(names, paths, strict=True):
                self._files.get_file(f"{self.url}/{name}", str(path))
            yield paths

    @contextmanager
    def writing(self, name: str, work: str) -> Iterator[Path]:  # noqa: D102
        token = secrets.token_hex(4)
        with tempfile.TemporaryDirectory(prefix="pleinair-") as here:
            local = Path(here) / f"{token}{PurePosixPath(name).suffix}"
            yield local
            uploaded = f"{self.url}/{work}/{local.name}"
            target = f"{self.url}/{name}"
            for url in (uploaded, target):
                self._files.makedirs(url.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(local), uploaded)
            self._files.mv(uploaded, target)

    def remove(self, name: str) -> None:  # noqa: D102
        self._files.invalidate_cache()
        if self._files.exists(f"{self.url}/{name}"):
            self._files.rm(f"{self.url}/{name}", recursive=True)


@cache
def _filesystem(protocol: str) -> Any:
    try:
        import fsspec
    except ImportError as error:
        raise ImportError(
            f"{protocol}:// needs the package fsspec: pip install 'pleinair[cluster]'"
        ) from error
    return fsspec.filesystem(protocol)


_LAST: tuple[str, str, Path] | None = None


def _download(url: str, stamp: str) -> Path:
    """Give a copy of a file; the last one is kept, for the next part of the same clip."""
    global _LAST
    if _LAST is not None and _LAST[:2] == (url, stamp):
        return _LAST[2]
    if _LAST is not None:
        shutil.rmtree(_LAST[2].parent, ignore_errors=True)
        _LAST = None
    folder = Path(tempfile.mkdtemp(prefix="pleinair-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / url.rpartition("/")[2]
    _filesystem(url.split("://")[0]).get_file(url, str(path))
    _LAST = url, stamp, path
    return path
