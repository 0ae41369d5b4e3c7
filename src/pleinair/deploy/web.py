"""The camera page as a folder of plain files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pleinair.deploy.bundle import DeployError, new_folder
from pleinair.deploy.project import Offer, offer
from pleinair.engine import EngineError, Session
from pleinair.engine.gpu import shader_files
from pleinair.styles import works
from pleinair.styles.catalogue import user_folder

_PAGE = Path(__file__).parents[1] / "web"
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers with which browsers let a page share memory between threads."""

_PARTS = {".html", ".css", ".js", ".png", ".svg", ".wasm", ".webmanifest"}
_MEASURED = (480, 640)  # height and width at which costs are compared


def page_folder() -> Path:
    """Where the page's own files lie: `$PLEINAIR_WEB`, or inside the package.

    Raises:
        DeployError: they are not there, or the engine's WebAssembly is missing among them.
    """
    folder = Path(os.environ.get("PLEINAIR_WEB", _PAGE))
    if not (folder / "index.html").is_file():
        raise DeployError(f"{folder}: the camera page is not there")
    if not any(folder.glob("*.wasm")):
        raise DeployError(f"{folder}: the engine's WebAssembly is not there: build it first")
    return folder


def lay_out(folder: Path, models: Iterable[Path], names: Sequence[str] = ()) -> None:
    """Write the page, the engine, the models and settings for the usual hosts into `folder`.

    Args:
        folder: new, or empty.
        models: style files; the first one's first style greets the visitor.
        names: the styles that the page gets, in this order; all if none is named.

    Raises:
        DeployError: `folder` is not empty, there is no model, two have the same name, one is not a
            style, or has none of these styles or can't be had without others.
    """
    files = list(models)
    if not files:
        raise DeployError("a page needs at least one style")
    if len({path.name for path in files}) < len(files):
        raise DeployError(f"two style files have the same name: {', '.join(map(str, files))}")
    offers = [_offer(path, names) for path in files]
    listed = [describe(chosen) for chosen in offers]
    hide_replaced(files, listed)
    with new_folder(folder) as making:
        own = copy_page(page_folder(), making)
        copy_shaders(making / "gpu")
        for chosen in offers:
            chosen.write(making / "styles")
        write_json(making / "catalogue.json", {"files": listed})
        # For use without a network. The page keeps what it needs of the engine's modules itself.
        write_json(making / "files.json", sorted(n for n in own if not n.endswith(".wasm")))
        for name, text in host_settings().items():
            (making / name).write_text(text, encoding="utf-8")


def copy_page(page: Path, folder: Path) -> list[str]:
    """Copy the page's files; give their names."""
    names = [path.name for path in page.iterdir() if path.suffix in _PARTS]
    for name in names:
        shutil.copyfile(page / name, folder / name)
    return names


def copy_shaders(folder: Path) -> None:
    """Copy what a GPU is given beside what the engine writes for a model."""
    folder.mkdir()
    for path in shader_files().values():
        shutil.copyfile(path, folder / path.name)


def _offer(path: Path, names: Sequence[str]) -> Offer:
    """A model file with those of the named styles that it has, called as the catalogue does."""
    known = works(path)
    there = [name for name in names if name in {work.name for work in known}]
    if names and not there:
        raise DeployError(f"{path}: has none of the styles {', '.join(names)}")
    chosen = offer(path, there)
    return replace(chosen, works=known) if len(known) == 1 else chosen


def describe(chosen: Offer) -> dict[str, Any]:
    """What the page needs to know of a model: address, cost, styles.

    `cost` is thousand multiply-adds per pixel as the engine does them.
    """
    height, width = _MEASURED
    try:
        session = Session(chosen.content, threads=1)
        shapes = {value.name: _known(value.shape, height, width) for value in session.inputs}
        macs = sum(step.macs for step in session.plan(shapes).steps)
    except (EngineError, ValueError) as error:
        raise DeployError(f"{chosen.name}: {error}") from error
    cost = round(macs / (height * width) / 1000, 4)
    styles = [asdict(work) for work in chosen.works]
    return {"url": f"styles/{chosen.name}", "cost": cost, "styles": styles}


def hide_replaced(files: Iterable[Path], listed: Iterable[dict[str, Any]]) -> None:
    """Mark styles that a user's own one of the same name replaces; weights keep their places."""
    own: set[str] = set()
    for path, file in zip(files, listed, strict=True):
        names = {style["name"] for style in file["styles"]}
        for style in file["styles"]:
            if style["name"] in own:
                style["hidden"] = True
        if path.parent == user_folder():
            own |= names


def _known(shape: tuple[int | str | None, ...] | None, height: int, width: int) -> tuple[int, ...]:
    sizes = {"height": height, "width": width}
    return tuple(side if isinstance(side, int) else sizes[str(side)] for side in shape or ())


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON that people can read."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def host_settings() -> dict[str, str]:
    """Files that make the usual hosts send the headers, by name.

    The page works without them: its service worker adds them on the second load.
    """
    netlify = "/*\n" + "".join(f"  {name}: {value}\n" for name, value in ISOLATION.items())
    apache = (
        "<IfModule mod_headers.c>\n"
        + "".join(f'Header set {name} "{value}"\n' for name, value in ISOLATION.items())
        + "</IfModule>\nAddType application/wasm .wasm\n"
    )
    nginx = "# include this in the server's block\n" + "".join(
        f'add_header {name} "{value}" always;\n' for name, value in ISOLATION.items()
    )
    listed = [{"key": name, "value": value} for name, value in ISOLATION.items()]
    vercel = json.dumps({"headers": [{"source": "/(.*)", "headers": listed}]}, indent=1) + "\n"
    return {"_headers": netlify, ".htaccess": apache, "nginx.conf": nginx, "vercel.json": vercel}
