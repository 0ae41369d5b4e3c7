"""The engine on the browser's WebGPU: a software one here (SwiftShader)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.engine.emulated import tool
from tests.web.conftest import IN_WORKER
from tests.web.page import GPU_FLAGS
from tests.web.pictures import noisy, packed, style
from tests.web.site import Site

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def run(playwright: Any, modules: Path) -> Iterator[Run]:
    """Runs a task of gpu-harness.js in a worker."""
    site = Site([ROOT / "web", modules, Path(__file__).parent, ROOT / "engine"], isolated=True)
    program = tool("chromium", "apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=program, args=GPU_FLAGS)
    page = browser.new_page()
    page.goto(site.url)

    def run_task(task: str, model: bytes, **given: Any) -> Any:
        site.files["model"] = model
        return page.evaluate(IN_WORKER, ["/gpu-harness.js", task, {"model": "/model", **given}])

    run_task.site = site  # type: ignore[attr-defined]
    run_task.browser = browser  # type: ignore[attr-defined]
    yield run_task
    browser.close()
    site.close()


def opaque(width: int, height: int) -> bytes:
    """A picture as bitmaps hold it: what shines through is multiplied, and rounded."""
    picture = noisy(width, height)
    picture.planes[0][..., 3] = 255
    return packed(picture)


@pytest.mark.parametrize(
    ("name", "size"), [("sketch", (51, 37)), ("easel", (67, 45)), ("mural", (41, 33))]
)
def test_networks_paint_as_on_the_processor(run: Any, name: str, size: tuple[int, int]) -> None:
    run.site.files["picture"] = opaque(*size)
    inputs = [{}, {"strength": 0.5, "colours": 0.75}]
    found = run(
        "apart", style(name), picture="/picture", width=size[0], height=size[1], inputs=inputs
    )
    for apart, spread in found:
        assert apart <= 1
        assert spread > 50, "an even picture would show nothing"
