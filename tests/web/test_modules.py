"""What the modules for browsers weigh, and what is left in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pleinair.deploy import lay_out
from pleinair.styles import model_files
from tests.conftest import ROOT
from tests.engine.pictures import image_model, node, to_pixels, to_planes
from tests.web.pictures import described, noisy, packed, painted

InNode = Callable[..., tuple[dict[str, Any], bytes]]

KINDS = ["pleinair-relaxed", "pleinair", "pleinair-exact"]
MOST_BYTES = 149_000
MOST_DOWNLOADED = 300_000  # until the first picture: the page, one module, the lightest model
FOR_HOSTS = {"_headers", ".htaccess", "nginx.conf", "vercel.json"}


@pytest.mark.parametrize("threads", ["", "-threads"])
@pytest.mark.parametrize("name", KINDS)
def test_modules_are_small(modules: Path, name: str, threads: str) -> None:
    assert (modules / f"{name}{threads}.wasm").stat().st_size <= MOST_BYTES


def test_the_first_picture_is_a_small_download(
    modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = tmp_path / "web"
    web.mkdir()
    for path in (*(ROOT / "web").iterdir(), *modules.glob("*.wasm")):
        if path.is_file():
            (web / path.name).symlink_to(path)
    monkeypatch.setenv("PLEINAIR_WEB", str(web))
    page = tmp_path / "page"
    models = model_files()
    lay_out(page, models)
    sizes = {
        path.relative_to(page).as_posix(): path.stat().st_size
        for path in page.rglob("*")
        if path.is_file() and path.name not in FOR_HOSTS
    }
    built = {f"{kind}{threads}.wasm" for kind in KINDS for threads in ("", "-threads")}
    assert built < sizes.keys()
    others = built - {"pleinair-relaxed-threads.wasm"}
    loaded = {name: size for name, size in sizes.items() if name not in others}
    heavier = sorted(
        (name for name in loaded if name.endswith(".onnx")), key=lambda name: loaded[name]
    )[1:]
    assert len(heavier) == len(models) - 1
    assert sum(size for name, size in loaded.items() if name not in heavier) <= MOST_DOWNLOADED, (
        loaded
    )


def networks() -> dict[str, bytes]:
    """One network for each thing that can be exported, as `pleinair train` writes them."""
    torch = pytest.importorskip("torch", reason="needs torch (pip)")
    from pleinair.nets.stylenet import StyleNet
    from pleinair.train.export import style_model
    from tests.train.test_export import VARIANTS

    torch.manual_seed(0)
    models = {}
    for name, levers in VARIANTS.items():
        net = StyleNet(replace(levers, styles=2 if levers.norm == "instance" else 1))
        models[name] = style_model(net.eval(), name, {}).SerializeToString()
    return models


def test_all_that_is_exported_can_be_painted(in_node: InNode) -> None:
    picture = noisy(38, 27)
    for name, model in networks().items():
        said, out = in_node(model, packed(picture), described(picture))
        assert said.get("exact"), (name, said)
        assert out == painted(model, picture), name


def test_an_operator_that_was_left_out_is_named(in_node: InNode) -> None:
    nodes = [*to_planes(), node("Exp", ["planes"], ["grown"]), *to_pixels("grown")]
    picture = noisy(8, 8)
    said, _ = in_node(image_model(nodes), packed(picture), described(picture))
    assert said["code"] == "unsupported"
    assert "Exp is not supported in browsers" in said["message"]
