"""Before and after of a clip in a browser: always the same frame, whichever players there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pleinair.studio import theme
from pleinair.studio.pages.compare import _CLIPS
from pleinair.video.stylize import stylize_images

FRAMES, RATE, WIDTH, HEIGHT = 30, 15, 160, 96
STEP = 8  # of grey from one frame to the next


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The view of a clip and its negative, with the studio's style and scripts."""
    for name, first, step in (("before", 0, STEP), ("after", 255, -STEP)):
        frames = (np.full((HEIGHT, WIDTH, 3), first + step * i, np.uint8) for i in range(FRAMES))
        stylize_images(
            frames,
            tmp_path / f"{name}.mp4",
            lambda image: image,
            count=FRAMES,
            size=(WIDTH, HEIGHT),
            rate=RATE,
        )
    for name in theme.ASSETS:
        text, url = theme.asset(name)
        (tmp_path / url[1:].partition("?")[0]).write_text(text)
    look = {"width": WIDTH, "height": HEIGHT, "frames": FRAMES, "rate": RATE}
    files = {"before": "/before.mp4", "after": "/after.mp4", "script": "/clips.js"}
    page = _CLIPS.format(**look, **files, name="clip")
    head = '<meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" '
    head += 'href="studio.css"><script defer src="studio.js"></script>'
    (tmp_path / "index.html").write_text(f"{head}<div class='stage'><div>{page}</div></div>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


_SEEN = """pair => [pair.clips.shown, ...pair.clips.sides.map(
  (side) => side.context.getImageData(80, 40, 1, 1).data[0])]"""


def test_both_sides_show_the_same_frame(chromium: Any, site: str) -> None:
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(site)
    pair = page.locator("film-pair")
    page.wait_for_function("() => document.querySelector('film-pair').clips?.shown > 4")
    for _ in range(10):
        shown, after, before = pair.evaluate(_SEEN)
        assert abs(before - STEP * shown) < STEP / 2
        assert abs(after - (255 - STEP * shown)) < STEP / 2
    page.keyboard.press("Space")
    page.locator(".play:not(.playing)").wait_for()
    stopped = pair.evaluate(_SEEN)
    page.wait_for_timeout(300)
    assert pair.evaluate(_SEEN) == stopped
    page.locator(".play").click()
    page.wait_for_function(
        "at => document.querySelector('film-pair').clips.shown !== at", arg=stopped[0]
    )
    pair.locator("input").fill("20")
    assert pair.evaluate("pair => pair.style.getPropertyValue('--at')") == "20%"
    pair.evaluate("pair => { window.clips = pair.clips; pair.remove(); }")
    assert page.evaluate("window.clips.sides.every(side => side.video.paused)")
    page.close()
    assert said == []
