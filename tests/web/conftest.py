"""A browser, the page's files on a server of this machine, and the engine built for them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BROWSER_FLAGS, ROOT
from tests.engine.emulated import cross_build, tool
from tests.web.page import CAMERA, Opened, lay_out_page, planes, served, write_y4m
from tests.web.site import Site

# What tests bring about: no network, a page that is not secure, a certificate that is not known.
ASKED_FOR = (
    "ERR_INTERNET_DISCONNECTED",
    "the URL's origin was untrustworthy",
    "error occurred when fetching the script",
)

IN_WINDOW = "async ([script, task, given]) => (await import(script)).run(task, given)"
IN_WORKER = """
async ([script, task, given, keep]) => {
  const worker = self.kept ?? new Worker(script, { type: "module" });
  if (keep) self.kept = worker;
  const answer = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message ?? "the worker did not start"));
    worker.postMessage([task, given]);
  });
  if (!keep) worker.terminate();
  if (answer.failed) throw new Error(answer.failed);
  return answer.result;
}
"""

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder of the engine's modules for browsers, built."""
    return cross_build("wasm32-freestanding", "web") / "engine"


@pytest.fixture(scope="session")
def site(modules: Path) -> Iterator[Site]:
    """A site whose pages may share memory with their workers."""
    yield from _site(modules, isolated=True)


@pytest.fixture(scope="session")
def plain_site(modules: Path) -> Iterator[Site]:
    """A site on a host that cannot set headers."""
    yield from _site(modules, isolated=False)


def _site(modules: Path, isolated: bool) -> Iterator[Site]:
    site = Site([ROOT / "web", modules, Path(__file__).parent], isolated=isolated)
    yield site
    site.close()


@pytest.fixture
def on_page(chromium: Any) -> Iterator[Callable[[Site], Run]]:
    """Opens a page of a site; gives what runs a task of harness.js there.

    The task runs in a worker, or with where="window" in the page itself. The page may ask no other
    host, and report no error that `expected` does not name.
    """
    pages: list[Any] = []
    said: list[str] = []
    asked: list[tuple[str, str]] = []

    def open_page(site: Site, expected: str | None = None) -> Run:
        page = chromium.new_context().new_page()
        pages.append(page)

        def hear(line: str) -> None:
            if not expected or expected not in line:
                said.append(line)

        page.on("console", lambda message: hear(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: hear(f"error: {error}"))
        page.on("request", lambda request: asked.append((site.url, request.url)))
        page.goto(site.url)

        def run(task: str, where: str = "worker", **given: Any) -> Any:
            code = IN_WINDOW if where == "window" else IN_WORKER
            return page.evaluate(code, ["/harness.js", task, given])

        return run

    yield open_page
    for page in pages:
        page.context.close()
    assert [line for line in said if line.startswith("error")] == []
    assert [url for home, url in asked if not url.startswith((home, "data:", "blob:"))] == []


@pytest.fixture
def in_node(modules: Path, tmp_path: Path) -> Callable[..., tuple[dict[str, Any], bytes]]:
    """Paints in Node: gives what paint.mjs says, and the painted RGBA bytes."""
    node = tool("node", "apt-get install nodejs")

    def paint(
        model: bytes,
        data: bytes,
        picture: dict[str, Any],
        *,
        options: dict[str, Any] | None = None,
        flags: tuple[str, ...] = ("--experimental-wasm-relaxed-simd",),
        **more: Any,
    ) -> tuple[dict[str, Any], bytes]:
        files = {name: tmp_path / name for name in ("model", "data", "out", "request")}
        files["model"].write_bytes(model)
        files["data"].write_bytes(data)
        files["out"].write_bytes(b"")
        request = {
            **{name: str(path) for name, path in files.items()},
            "engine": (ROOT / "web" / "engine.js").as_uri(),
            "modules": str(modules),
            "picture": picture,
            "options": options or {},
            **more,
        }
        files["request"].write_text(json.dumps(request))
        script = Path(__file__).with_name("paint.mjs")
        command: list[str | Path] = [node, "--no-warnings", *flags, script, files["request"]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), files["out"].read_bytes()

    return paint


@pytest.fixture(scope="module")
def clip(data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that sees what moves."""
    frames = planes(data("video/mdn_rabbit.mp4"), 60)
    return write_y4m(tmp_path_factory.mktemp("camera") / "clip.y4m", frames)


@pytest.fixture(scope="module")
def still(clip: Path) -> Path:
    """A camera that sees the same all the time."""
    [frame] = planes(clip, 1)
    return write_y4m(clip.with_name("still.y4m"), [frame, frame])


@pytest.fixture(scope="module")
def folder(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    where = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLEINAIR_WEB", str(where / "web"))
        yield lay_out_page(modules, where)


@pytest.fixture
def opened(playwright: Any, folder: Path, tmp_path: Path) -> Iterator[Opened]:
    """Opens the page in a new browser; all it asks for must come from its own server.

    The requests for it are in `page.asked`.
    """
    program = tool("chromium", "apt-get install chromium")
    asked: list[Any] = []
    homes: list[str] = []
    errors: list[str] = []

    @contextmanager
    def open_page(
        camera: Path | None,
        browser: dict[str, Any] | None = None,
        *,
        page_folder: Path = folder,
        flags: Sequence[str] = BROWSER_FLAGS,
        query: str = "",
        **options: Any,
    ) -> Iterator[Any]:
        args = [*flags]
        if camera:
            args += [*CAMERA, f"--use-file-for-fake-video-capture={camera}"]
        with served(page_folder, **options) as server:
            homes.append(server.url)
            context = playwright.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=program,
                args=args,
                accept_downloads=True,
                **(browser or {}),
            )
            context.on("request", lambda request: asked.append(request))
            page = context.pages[0]
            page.asked = asked
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda line: errors.extend([line.text] * (line.type == "error")))
            page.goto(server.url + query)
            page.wait_for_function("() => window.page !== undefined")
            yield page
            context.close()

    yield open_page
    assert [error for error in errors if not any(known in error for known in ASKED_FOR)] == []
    urls = [request.url for request in asked]
    assert [url for url in urls if not url.startswith((*homes, "blob:", "data:"))] == []
