"""The engine in a browser, beside ONNX Runtime Web and the native engine: ms for each picture.

    npm install --prefix DIR onnxruntime-web
    make web
    python -m bench.web --npm DIR

Every way of painting has a worker (a process, the native ones) of its own, made once; they are
timed in turns. The minimum is what a quiet machine would give.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from pleinair.engine import Session, instruction_sets
from pleinair.styles.catalogue import find

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "relaxed SIMD": ("pleinair", {}),
    "SIMD": ("pleinair", {"relaxed": False}),
    "SIMD, exact": ("pleinair", {"relaxed": False, "exact": True}),
    "ONNX Runtime Web": ("onnxruntime", {}),
}
SLOW = {"SIMD, exact"}

ASK = """
([name, message]) => new Promise((resolve, reject) => {
  globalThis.ways ??= {};
  const worker = (ways[name] ??= new Worker("/bench/web.js", { type: "module" }));
  worker.onmessage = ({ data }) => {
    if (data.failed) reject(new Error(data.failed));
    else resolve(data.times);
  };
  worker.onerror = ({ message }) => reject(new Error(message));
  if (message.make) message.make.model = Uint8Array.from(message.make.model);
  worker.postMessage(message);
})
"""


def other_inputs(session: Session) -> dict[str, NDArray[np.float32]]:
    """What a model takes beside the picture: the first style, at full strength, in its colours."""
    inputs = {}
    for info in session.inputs[1:]:
        assert info.shape
        inputs[info.name] = np.zeros(tuple(map(int, info.shape)), np.float32)
        inputs[info.name].flat[0] = info.name != "colours"
    return inputs


@contextmanager
def served(folders: dict[str, Path]) -> Iterator[str]:
    """Serves folders by name, with the headers that let workers share memory."""

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            name, _, rest = path.split("?")[0].lstrip("/").partition("/")
            return str(folders.get(name, ROOT / "nowhere") / rest)

        def end_headers(self) -> None:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/bench/web.html"
    server.shutdown()


def browser_ways(
    page: Page, model: bytes, width: int, height: int, threads: int
) -> dict[str, Callable[[], list[float]]]:
    """What times each way once or a few times; the browser has made and warmed it."""
    timers: dict[str, Callable[[], list[float]]] = {}
    for name, (way, options) in WAYS.items():
        key = f"{name}/{threads}"
        make = {"way": way, "model": list(model), "width": width, "height": height}
        make["options"] = {**options, "threads": threads}
        make["inputs"] = {
            name: {"values": value.ravel().tolist(), "shape": list(value.shape)}
            for name, value in other_inputs(Session(model, threads=1)).items()
        }
        page.evaluate(ASK, [key, {"make": make}])
        runs = 1 if name in SLOW else 3
        timers[name] = lambda key=key, runs=runs: page.evaluate(ASK, [key, {"runs": runs}])
    return timers


def native_ways(
    model: bytes, width: int, height: int, threads: int
) -> dict[str, Callable[[], list[float]]]:
    """The same of the native engine's instruction sets."""
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 4), np.uint8)
    out = np.empty_like(picture)

    def timer(isa: str) -> Callable[[], list[float]]:
        session = Session(model, threads=threads, isa=isa)
        inputs = other_inputs(session)
        session.paint(picture, out, inputs=inputs)

        def run() -> list[float]:
            times = []
            for _ in range(1 if isa == "base" else 3):
                start = time.perf_counter()
                session.paint(picture, out, inputs=inputs)
                times.append((time.perf_counter() - start) * 1e3)
            return times

        return run

    return {f"native {isa}": timer(isa) for isa in instruction_sets()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--npm", type=Path, required=True, help="where npm installed onnxruntime-web"
    )
    parser.add_argument("--modules", type=Path, default=ROOT / "web", help="folder of .wasm files")
    parser.add_argument("--style", default="great-wave", help="a style's name or path")
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--threads", type=int, action="append", help="(default: 1 and 2)")
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    model = find(given.style).read_bytes()
    folders = {
        "bench": ROOT / "bench",
        "web": ROOT / "web",
        "modules": given.modules.resolve(),
        "npm": (given.npm / "node_modules" / "onnxruntime-web" / "dist").resolve(),
    }
    print(f"| {given.style} {given.size} | threads | min ms | median ms |")
    print("| --- | --: | --: | --: |")
    with served(folders) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for threads in given.threads or [1, 2]:
            page = browser.new_page()
            page.goto(url)
            timers = {
                **native_ways(model, width, height, threads),
                **browser_ways(page, model, width, height, threads),
            }
            times: dict[str, list[float]] = {name: [] for name in timers}
            for _ in range(given.rounds):
                for name, timer in timers.items():
                    times[name] += timer()
            for name, found in times.items():
                print(f"| {name} | {threads} | {min(found):.1f} | {statistics.median(found):.1f} |")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
