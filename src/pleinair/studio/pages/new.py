"""Start a training or a search for a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nicegui import ui

from pleinair.studio import theme
from pleinair.studio.files import Shelf, Uploads
from pleinair.studio.forms import (
    Start,
    checked_folder,
    checked_name,
    default_photos,
    earlier,
    field,
    fill,
    number,
    options,
)
from pleinair.studio.sources import Sources

_NETWORKS = {
    "sketch": "sketch: small and fast",
    "easel": "easel: finer",
    "mural": "mural: the finest",
}
_SIZES = {"640x480": "640 × 480", "1280x720": "1280 × 720", "1920x1080": "1920 × 1080"}


def register(folder: Path, uploads: Uploads, shelf: Shelf) -> None:
    """Make the pages that start a training or a sweep."""

    @ui.page("/new/training")
    def training(like: str = "") -> None:
        words = "One painting, some photos to practise on, and a few minutes."
        with _form("Train a style", words):
            _Training(folder, uploads, shelf, like)

    @ui.page("/new/sweep")
    def sweep(like: str = "") -> None:
        words = "Trains many small networks, and picks the best-looking one that is fast enough."
        with _form("Search a network", words):
            _Sweep(folder, uploads, shelf, like)


@contextmanager
def _form(name: str, words: str) -> Iterator[None]:
    with theme.frame(name, "/"):
        theme.back()
        with theme.heading(name, words):
            pass
        with ui.element("div").classes("form"):
            yield


def _paintings(name: str, uploads: Uploads, shelf: Shelf, *, several: bool) -> Sources:
    with ui.element("section").classes("panel"):
        theme.title(name)
        return Sources(uploads, shelf, clips=False, several=several)


@contextmanager
def _panel(name: str) -> Iterator[None]:
    with ui.element("section").classes("panel"), ui.element("div").classes("fields"):
        theme.title(name).classes("wide")
        yield


@contextmanager
def _more() -> Iterator[None]:
    with ui.expansion("More").classes("more wide"), ui.element("div").classes("fields"):
        yield


class _Training:
    """The form of `pleinair train`."""

    def __init__(self, folder: Path, uploads: Uploads, shelf: Shelf, like: str) -> None:
        self._folder = folder
        self._paintings = _paintings("The painting", uploads, shelf, several=False)
        with _panel("The training"):
            self._name = field("Name", "my-style", "Lower-case letters, digits, hyphens")
            steps = number("Steps", 300, "From scratch 2000")
            self._network = ui.select(_NETWORKS, value="easel", label="Network")
            self._network.props("outlined").classes("wide")
            words = "On this machine; where empty, pictures drawn by the package"
            self._photos = field("Folder of photos", default_photos(), words).classes("wide")
            features = field("Features", "", "Ours where empty; or vgg19 (a download), or a file")
            features.classes("wide")
            self._scratch = ui.checkbox("From scratch, not from the shipped network")
            self._scratch.classes("wide")
            with _more():
                self._options: dict[str, Any] = {
                    "--network": self._network,
                    "--features": features,
                    "--steps": steps,
                    "--painting-size": number("Painting size", 640, "Smaller: finer strokes"),
                    "--batch": number("Photos a step", 4),
                    "--preview-every": number("Steps between previews", 25),
                    "--threads": number("Threads", None, "All cores where empty"),
                    "--content-weight": number(
                        "Content weight", None, "More of the photo", whole=False, least=0
                    ),
                    "--style-weight": number(
                        "Style weight", None, "More of the painting", whole=False, least=0
                    ),
                }
        Start(self._arguments)
        self._fill(earlier(folder, like, "train"))

    def _arguments(self) -> list[str]:
        """The command; ValueError says what is missing."""
        if not self._paintings.chosen:
            raise ValueError("Choose a painting first.")
        painting, name = self._paintings.chosen[0], checked_name(self._name.value)
        photos = ["--photos", checked_folder(self._photos.value)] if self._photos.value else []
        return [
            "train",
            str(painting.path.resolve()),
            *("--name", name, "--title", painting.title),
            *photos,
            *options(self._options),
            *(["--from-scratch"] if self._scratch.value else []),
            *("--out", str(self._folder.resolve() / name)),
        ]

    def _fill(self, words: tuple[str, ...]) -> None:
        if not words:
            return
        self._paintings.choose(words[1])
        fill({"--name": self._name, "--photos": self._photos, **self._options}, words)
        self._scratch.set_value("--from-scratch" in words)


class _Sweep:
    """The form of `pleinair sweep`."""

    def __init__(self, folder: Path, uploads: Uploads, shelf: Shelf, like: str) -> None:
        self._folder = folder
        self._paintings = _paintings("The paintings", uploads, shelf, several=True)
        with _panel("The search"):
            self._name = field("Name", "my-network", "Lower-case letters, digits, hyphens")
            trials = number("Trials", 40, "Networks that are trained")
            fps = number("Frames a second", 30, "What the winner must paint")
            size = ui.select(_SIZES, value="1280x720", label="Of this size").props("outlined")
            device = ui.select(_devices(), value="here", label="Device")
            device.props("outlined").classes("wide")
            self._photos = field("Folder of photos", default_photos(), "On this machine")
            self._photos.classes("wide")
            features = field("Features", "", "Ours where empty; or vgg19 (a download), or a file")
            features.classes("wide")
            with _more():
                self._options: dict[str, Any] = {
                    "--target-fps": fps,
                    "--size": size,
                    "--device": device,
                    "--trials": trials,
                    "--features": features,
                    "--steps": number("Steps of a trial", 300),
                    "--batch": number("Photos a step", 4),
                    "--crop": number("Crops in pixels", None, "192 and 256 where empty"),
                    "--count": number("Photos to judge by", 4),
                    "--threads": number("Cores to paint with", 1),
                    "--train-threads": number("Cores to train with", None, "All where empty"),
                    "--jobs": number("Trials at once", None, "On a cluster one per core"),
                    "--cluster": field("Ray cluster", "", "auto, or HOST:PORT"),
                    "--held-out": field("Judging features", "", "A file; training's where empty"),
                    "--seed": number("Seed", 1, least=0),
                }
        Start(self._arguments)
        self._fill(earlier(folder, like, "sweep"))

    def _arguments(self) -> list[str]:
        """The command; ValueError says what is missing."""
        if not self._paintings.chosen:
            raise ValueError("Choose a painting first; a network may learn several.")
        name = checked_name(self._name.value)
        return [
            "sweep",
            *(str(painting.path.resolve()) for painting in self._paintings.chosen),
            *("--name", name),
            *("--photos", checked_folder(self._photos.value)),
            *options(self._options),
            *("--out", str(self._folder.resolve() / name)),
        ]

    def _fill(self, words: tuple[str, ...]) -> None:
        for path in words[1 : words.index("--name")] if "--name" in words else ():
            self._paintings.choose(path)
        if words:
            fill({"--name": self._name, "--photos": self._photos, **self._options}, words)


def _devices() -> dict[str, str]:
    """Devices that a network can be meant for."""
    try:
        from pleinair.sweep.devices import PHONES
    except ImportError:
        return {"here": "this machine"}
    return {"here": "this machine", **{phone.key: phone.name for phone in PHONES}}
