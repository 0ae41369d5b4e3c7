"""The camera page in Chromium, its camera a clip: frames a second, and memory in a long run.

    make web
    python -m bench.page speed --style easel --size 640x480
    python -m bench.page soak --minutes 10

`speed` lays out a page that has one model, paints at that size and counts what is shown. `soak`
lays out the page as it is shipped, takes another style every five seconds and ends with an error
where memory grows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from playwright.sync_api import sync_playwright

from pleinair.deploy import PageServer, lay_out
from pleinair.styles import model_files
from pleinair.styles.catalogue import find

ROOT = Path(__file__).resolve().parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--enable-precise-memory-info",
]
STYLE_SECONDS = 5
ROW_SECONDS = 30
# What memory may differ by between the two halves of a run: threads end and begin, caches fill.
GROWTH = 1.05

WATCH = """side => {
  const { page } = window;
  window.reports = [];
  page.painter.addEventListener("painted", ({ detail }) => window.reports.push(detail));
  const quality = document.getElementById("quality");
  quality.value = side;
  quality.dispatchEvent(new Event("input"));
  document.getElementById("thumbnails").click();
}"""
MEMORY = """async () => ({
  engine: (await window.page.painter.use()).bytes / 2 ** 20,
  heap: performance.memory.usedJSHeapSize / 2 ** 20,
})"""


def write_camera(path: Path, clip: Path, width: int, height: int, rate: int) -> None:
    """What Chromium takes for a camera: two seconds of a clip in YUV4MPEG2."""
    with path.open("wb") as file, av.open(str(clip), "r") as container:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in islice(container.decode(video=0), 60):
            planes = frame.reformat(width, height, format="yuv420p").to_ndarray()
            file.write(b"FRAME\n" + np.ascontiguousarray(planes, np.uint8).tobytes())


@contextmanager
def opened(models: list[Path], clip: Path, size: tuple[int, int], rate: int) -> Iterator[Any]:
    """The page in a browser of its own, its camera running."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_camera(folder / "camera.y4m", clip, *size, rate)
        lay_out(folder / "page", models)
        camera = f"--use-file-for-fake-video-capture={folder / 'camera.y4m'}"
        with PageServer(folder / "page") as server, sync_playwright() as playwright:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=[*FLAGS, camera]
            )
            page = browser.new_page()
            page.goto(server.url)
            page.wait_for_function("() => window.page !== undefined")
            page.click("#begin")
            page.wait_for_function("() => document.getElementById('canvas').dataset.painted > 3")
            yield page
            browser.close()
            server.shutdown()


def speed(given: argparse.Namespace) -> None:
    """Print frames a second and milliseconds of painting, as a row of a table."""
    width, height = map(int, given.size.split("x"))
    with opened([find(given.style)], given.clip, (width, height), given.rate) as page:
        page.evaluate(WATCH, str(max(width, height)))
        page.wait_for_timeout(1000)
        page.evaluate("window.reports.length = 0")
        page.wait_for_timeout(1000 * given.seconds)
        reports = page.evaluate("window.reports")
        threads = page.evaluate("async () => (await window.page.painter.use()).threads")
    reports = [r for r in reports if (r["width"], r["height"]) == (width, height)]
    fps = 1000 * (len(reports) - 1) / (reports[-1]["now"] - reports[0]["now"])
    took = [r["took"] for r in reports]
    print("| page | threads | frames a second | min ms | median ms |")
    print("| --- | --: | --: | --: | --: |")
    least, usual = min(took), statistics.median(took)
    print(f"| {given.style} {given.size} | {threads} | {fps:.1f} | {least:.1f} | {usual:.1f} |")


def resident() -> float:
    """MiB of all processes that come from this one, itself not counted in."""
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        parents[int(folder.name)] = int(words[1])
        sizes[int(folder.name)] = int(words[21])

    def is_ours(pid: int) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False

    pages = sum(size for pid, size in sizes.items() if is_ours(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def soak(given: argparse.Namespace) -> None:
    """Print memory as it goes; fail where it grew.

    Raises:
        SystemExit: the second half of the run took more than the first.
    """
    rows: list[tuple[float, float, float]] = []
    print("| minutes | frames | engine MiB | page heap MiB | browser MiB |")
    print("| --: | --: | --: | --: | --: |")
    with opened(model_files(), given.clip, (640, 360), 30) as page:
        collector = page.context.new_cdp_session(page)
        began = shown = time.monotonic()
        while time.monotonic() - began < 60 * given.minutes:
            page.wait_for_timeout(1000 * STYLE_SECONDS)
            page.keyboard.press("ArrowRight")
            if time.monotonic() - shown < ROW_SECONDS:
                continue
            shown = time.monotonic()
            collector.send("HeapProfiler.collectGarbage")
            memory = page.evaluate(MEMORY)
            rows.append((memory["engine"], memory["heap"], resident()))
            frames = page.evaluate("document.getElementById('canvas').dataset.painted")
            figures = " | ".join(f"{figure:.1f}" for figure in rows[-1])
            print(f"| {(shown - began) / 60:.1f} | {frames} | {figures} |", flush=True)
    names = ("the engine", "the page's heap", "the browser")
    for name, figures in zip(names, zip(*rows, strict=True), strict=True):
        half = len(figures) // 2
        first, second = max(figures[:half]), max(figures[half:])
        print(f"{name}: at most {first:.1f} MiB in the first half, {second:.1f} in the second")
        if second > GROWTH * first:
            sys.exit(f"{name} grew")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    data = Path(os.environ.get("PLEINAIR_DATA", "../shared/data"))
    clip = data / "video" / "mdn_rabbit.mp4"
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("speed", help="frames a second of one model")
    command.set_defaults(run=speed)
    command.add_argument("--clip", type=Path, default=clip, help="what the camera sees")
    command.add_argument("--style", default="easel", help="a model's name or path")
    command.add_argument("--size", default="640x480")
    command.add_argument("--rate", type=int, default=60, help="frames a second of the camera")
    command.add_argument("--seconds", type=int, default=10)
    command = commands.add_parser("soak", help="memory over many minutes")
    command.set_defaults(run=soak)
    command.add_argument("--clip", type=Path, default=clip, help="what the camera sees")
    command.add_argument("--minutes", type=float, default=10)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
