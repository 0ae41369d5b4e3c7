"""Files that pages show, and files that people give: never by a path that a browser says."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from pleinair.video import MediaError, is_picture, probe, read_picture

PICTURE_BYTES, CLIP_BYTES = 40_000_000, 250_000_000
_PIXELS = 60_000_000
_SECONDS = 300
_COUNT = 200
_FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "TIFF": ".tif"}
# Clips are told by how they begin: a playlist, say, would make FFmpeg open other files.
_CLIPS = {(4, b"ftyp"): ".mp4", (0, b"\x1a\x45\xdf\xa3"): ".webm", (0, b"RIFF"): ".avi"}


class Shelf:
    """Gives files addresses that can't be guessed; what was given none can't be asked for."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._paths: dict[str, Path] = {}

    def url(self, path: Path) -> str:
        """The address of a file as it is now; another one once it has changed."""
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            changed = 0
        text = f"{path}\0{changed}".encode()
        name = hashlib.blake2b(text, key=self._secret, digest_size=12).hexdigest() + path.suffix
        self._paths[name] = path
        return f"/file/{name}"

    def find(self, name: str) -> Path | None:
        """The file behind the last part of an address, or None."""
        return self._paths.get(name)


@dataclass(frozen=True)
class Source:
    """A photo or a clip to paint, or a painting to learn from.

    Attributes:
        key: hash of its content.
        title: what it is called, as far as it can be shown.
        path: where it lies.
    """

    key: str
    title: str
    path: Path

    @property
    def still(self) -> bool:
        """Whether it is a picture, not a clip."""
        return is_picture(self.path)


class Uploads:
    """A folder of pictures and clips under names of its own making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Source]:
        """What is there, the newest first."""
        files = [path for path in self.folder.glob("*.*") if path.suffix != ".json"]
        files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        return [self._source(path) for path in files if not path.name.startswith(".")]

    def add(self, name: str, content: bytes, *, clips: bool = True) -> Source:
        """Keep a picture, or a clip where `clips` are wanted; `name` is only shown.

        Raises:
            MediaError: it is too large, not what is wanted, or can't be read; or there are too
                many.
        """
        title = shown_name(name)
        key = hashlib.sha256(content).hexdigest()[:20]
        there = {source.key: source for source in self.all()}
        if key in there:
            there[key].path.touch()
            return there[key]
        if len(there) >= _COUNT:
            raise MediaError(f"{_COUNT} files are here already: delete some in {self.folder}")
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f".{key}.{os.getpid()}.part"
        try:
            partial.write_bytes(content)
            path = self.folder / f"{key}{_suffix(partial, title, len(content), clips)}"
            path.with_suffix(".json").write_text(json.dumps({"title": title}))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return Source(key, title, path)

    def _source(self, path: Path) -> Source:
        try:
            title = str(json.loads(path.with_suffix(".json").read_text())["title"])
        except (OSError, ValueError, LookupError, TypeError):
            title = path.stem
        return Source(path.stem, title, path)


def shown_name(name: str) -> str:
    """A file's name as it may be shown: without folders, suffix and what can't be printed."""
    stem = Path(name.replace("\\", "/")).name.rpartition(".")[0] or name
    return "".join(c for c in stem if c.isprintable())[:60].strip() or "unnamed"


def _suffix(path: Path, title: str, size: int, clips: bool) -> str:
    """The suffix for a file's content; MediaError where it can't be used."""
    with path.open("rb") as file:
        head = file.read(16)
    for (at, mark), suffix in _CLIPS.items():
        if head[at : at + len(mark)] == mark and not (suffix == ".avi" and head[8:12] != b"AVI "):
            return _clip_suffix(path, title, size, clips, suffix)
    if size > PICTURE_BYTES:
        raise MediaError(f"{title}: pictures may have {PICTURE_BYTES // 1_000_000} MB")
    try:
        with Pillow.open(path) as picture:
            width, height, kind = picture.width, picture.height, picture.format
    except (UnidentifiedImageError, OSError, ValueError, Pillow.DecompressionBombError) as error:
        wanted = "a photo or a clip" if clips else "a picture"
        raise MediaError(f"{title}: not {wanted} that can be read here") from error
    if kind not in _FORMATS:
        raise MediaError(f"{title}: a picture is one of {', '.join(_FORMATS)}, not {kind}")
    if width * height > _PIXELS:
        raise MediaError(f"{title}: pictures may have {_PIXELS // 1_000_000} million pixels")
    try:
        read_picture(path)
    except MediaError as error:
        raise MediaError(f"{title}: truncated or damaged picture") from error
    return _FORMATS[kind]


def _clip_suffix(path: Path, title: str, size: int, clips: bool, suffix: str) -> str:
    if not clips:
        raise MediaError(f"{title}: a clip; what is wanted is a picture")
    if size > CLIP_BYTES:
        raise MediaError(f"{title}: clips may have {CLIP_BYTES // 1_000_000} MB")
    try:
        clip = probe(path)
    except MediaError as error:
        raise MediaError(f"{title}: truncated or damaged clip") from error
    if clip.duration > _SECONDS:
        raise MediaError(f"{title}: clips may take {_SECONDS // 60} minutes")
    return suffix
