"""What the modules for browsers weigh, and what is left in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.pictures import image_model, node, to_pixels, to_planes
from tests.web.pictures import described, noisy, packed, painted

InNode = Callable[..., tuple[dict[str, Any], bytes]]

KINDS = ["pleinair-relaxed", "pleinair", "pleinair-exact"]
MOST_BYTES = 140_000


@pytest.mark.parametrize("threads", ["", "-threads"])
@pytest.mark.parametrize("name", KINDS)
def test_modules_are_small(modules: Path, name: str, threads: str) -> None:
    assert (modules / f"{name}{threads}.wasm").stat().st_size <= MOST_BYTES


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
