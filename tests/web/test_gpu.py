"""The engine on the browser's WebGPU: a software one here (SwiftShader)."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.engine.emulated import tool
from tests.engine.pictures import copying
from tests.web.conftest import IN_WORKER
from tests.web.page import GPU_FLAGS
from tests.web.pictures import noisy, packed, style
from tests.web.site import Site

Run = Callable[..., Any]
# Bytes. What 2,000 frames leave is 30 million, as long as nobody collects it: the test does.
MOST_GROWTH = 12_000_000


@pytest.fixture(scope="module")
def run(playwright: Any, modules: Path) -> Iterator[Run]:
    """Runs a task of gpu-harness.js in a worker."""
    site = Site([ROOT / "web", modules, Path(__file__).parent, ROOT / "engine"], isolated=True)
    program = tool("chromium", "apt-get install chromium")
    browser = playwright.chromium.launch(
        executable_path=program, args=[*GPU_FLAGS, "--js-flags=--expose-gc"]
    )
    page = browser.new_page()
    page.goto(site.url)

    def run_task(task: str, model: bytes, **given: Any) -> Any:
        site.files["model"] = model
        keep = given.pop("keep", False)
        return page.evaluate(
            IN_WORKER, ["/gpu-harness.js", task, {"model": "/model", **given}, keep]
        )

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


def test_frames_come_as_the_browser_shows_them(run: Any) -> None:
    """A network that changes nothing makes of them what a 2D canvas does."""
    run.site.files["picture"] = opaque(40, 24)
    given = {"picture": "/picture", "width": 40, "height": 24}
    found = run("frames", copying(), kinds=["bitmap", "imported", "copied"], to=[40, 24], **given)
    assert found["bitmap"] == 0
    assert found["imported"] <= 1
    assert found["copied"] <= 1
    # Half the size is the mean of two by two pixels.
    found = run("frames", copying(), kinds=["bitmap", "imported", "copied"], to=[20, 12], **given)
    assert max(found.values()) <= 2


def test_memory_does_not_grow(run: Any) -> None:
    given = {"width": 32, "height": 24, "keep": True}
    run("endure", copying(), frames=500, **given)
    taken = [resident(run.browser)]
    for _ in range(3):
        assert run("endure", copying(), frames=2000, **given) == ""
        taken.append(resident(run.browser))
    # A leak is there every time; what a browser keeps for itself comes once.
    assert min(after - before for before, after in pairwise(taken)) < MOST_GROWTH


def resident(browser: Any) -> int:
    """Bytes of memory that the browser's processes have."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = (Path(f"/proc/{p['id']}/statm").read_text().split()[1] for p in processes)
    return sum(map(int, pages)) * resource.getpagesize()
