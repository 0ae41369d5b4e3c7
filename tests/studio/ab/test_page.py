"""A rater's whole session in a real browser, by keyboard; and clips that keep step."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from PIL import Image

from pleinair.studio.ab import painting
from pleinair.studio.ab.ballots import read_ballots
from pleinair.studio.ab.routes import raters_app
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest
from pleinair.video import stylize_images
from pleinair.video.reader import Image as Pixels
from tests.conftest import model_of

FRAMES, RATE, BITS = 50, 25, 6
READY = "document.getElementById('choices').dataset.ready"
# The frame number that each side shows, read from the pixels that are seen.
NUMBERS = """() => [...document.querySelectorAll(".frame canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 24, canvas.width, 1);
  const bits = Array.from({ length: 6 }, (_, bit) => data[4 * (16 * bit + 8)]);
  const inverted = data[4 * (16 * 6 + 8)] > 127;
  return bits.reduce((sum, value, bit) => sum + ((value > 127) !== inverted) * 2 ** bit, 0);
})"""
WATCH = """() => new Promise((done) => {
  const numbers = %s;
  const seen = [];
  const until = performance.now() + 5000;
  const look = () => {
    seen.push(numbers());
    if (performance.now() < until) requestAnimationFrame(look);
    else done(seen);
  };
  look();
})"""


def numbered(number: int) -> Pixels:
    """A frame with its number in black and white bars, and a black bar to the right."""
    bars = [255 * (number >> bit & 1) for bit in range(BITS)] + [0, 0]
    return np.repeat(np.repeat(np.array(bars, np.uint8)[None], 48, 0), 16, 1)[..., None].repeat(
        3, 2
    )


@pytest.fixture
def serve(store: Store) -> Iterator[Callable[..., str]]:
    """Serves the raters' pages; gives the address. It can be stopped, and served there again."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def stop() -> None:
        for server, thread in running:
            server.should_exit = server.force_exit = True
            thread.join()
        running.clear()

    def start(port: int = 0) -> str:
        if not port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        app = raters_app(store, {f"127.0.0.1:{port}"})
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.02)
        return f"http://127.0.0.1:{port}"

    start.stop = stop  # type: ignore[attr-defined]
    yield start
    stop()


@pytest.fixture
def test(store: Store, tmp_path: Path, negative: bytes) -> AbTest:
    """Two photos and a clip, by a model that copies and one that inverts."""
    from onnx import helper

    copy = model_of(helper.make_node("Identity", ["image"], ["painted"]), metadata={})
    for name, content in (("copy", copy), ("negative", negative)):
        (tmp_path / f"{name}.onnx").write_bytes(content)
    clip = tmp_path / "clip.mp4"
    shown = (numbered(number) for number in range(FRAMES))
    stylize_images(shown, clip, lambda f: f, count=FRAMES, size=(128, 48), rate=RATE)
    photos = []
    for number in range(2):
        photos.append(tmp_path / f"photo{number}.png")
        Image.fromarray(numbered(number)).save(photos[-1])
    models = [str(tmp_path / "copy.onnx"), str(tmp_path / "negative.onnx")]
    made = painting.make(
        store, "secret", models, [(path.stem, path) for path in (*photos, clip)], trials=6
    )
    painting.paint(store, made.token)
    return store.test(made.token)


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page that must report no error."""
    opened = chromium.new_context(viewport={"width": 1100, "height": 700}).new_page()
    said: list[str] = []
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    yield opened
    opened.context.close()
    # The browser itself reports lost connections, and that a test is closed (410).
    assert [line for line in said if "net::ERR" not in line and "410" not in line] == []


def _ready(page: Any, other_than: str | None = None) -> str:
    page.wait_for_function(f"(last) => {READY} && {READY} !== last", arg=other_than)
    return str(page.evaluate(READY))


def test_a_session_by_keyboard(
    page: Any, serve: Callable[..., str], test: AbTest, store: Store
) -> None:
    page.goto(f"{serve()}/ab/{test.token}")
    page.wait_for_selector("#start:visible")
    assert page.title() == "Which looks better?"
    page.keyboard.press("Enter")
    keys = ["ArrowLeft", "ArrowRight", "ArrowDown", "s", "ArrowLeft", "ArrowRight"]
    last, moving = None, 0
    for number, key in enumerate(keys):
        last = _ready(page, last)
        boxes = [page.locator(side).bounding_box() for side in ("#left", "#right")]
        assert boxes[0]["width"] == pytest.approx(boxes[1]["width"])
        assert boxes[0]["height"] == pytest.approx(boxes[1]["height"])
        assert page.inner_text("#count") == f"{number + 1} of 6"
        if page.locator(".frame canvas").count():
            moving += 1
            left, right = page.evaluate(NUMBERS)
            assert left == right
        page.keyboard.press(key)
    page.wait_for_selector("#more:visible")
    assert page.inner_text("#count") == "6 of 6"
    ballots = read_ballots(store, test)
    assert [b.choice for b in ballots] == ["left", "right", "tie", "skip", "left", "right"]
    assert moving >= 1
    assert {b.kind for b in ballots} == {"pair", "repeat", "check"}
    # Nothing is left: the next sitting has no new pairs.
    page.keyboard.press("Enter")
    page.wait_for_selector("#more", state="hidden")
    page.reload()  # the cookie knows the rater
    page.wait_for_selector("#more:visible")
    assert len({b.rater for b in read_ballots(store, test)}) == 1


def test_clips_show_the_same_frame_all_the_time(
    page: Any, serve: Callable[..., str], test: AbTest
) -> None:
    page.goto(f"{serve()}/ab/{test.token}/")
    page.wait_for_selector("#start:visible")
    page.keyboard.press("Enter")
    last = None
    for _ in range(6):
        last = _ready(page, last)
        if page.locator(".frame canvas").count():
            break
        page.keyboard.press("s")
    seen = page.evaluate(WATCH % NUMBERS)
    assert [pair for pair in seen if pair[0] != pair[1]] == []
    shown = {left for left, _ in seen}
    assert len(shown) > FRAMES / 4  # it plays, as well as a busy machine can
    # Two rounds of two seconds: it begins again, together.
    assert any(after < before for (before, _), (after, _) in pairwise(seen))
    page.keyboard.press(" ")
    time.sleep(0.2)
    still = page.evaluate(NUMBERS)
    time.sleep(0.3)
    assert page.evaluate(NUMBERS) == still
    page.keyboard.press(" ")
    page.wait_for_function(f"(still) => ({NUMBERS})()[0] !== still[0]", arg=still)


def test_a_vote_outlives_the_server(
    page: Any, serve: Callable[..., str], test: AbTest, store: Store
) -> None:
    address = serve()
    page.goto(f"{address}/ab/{test.token}/")
    page.wait_for_selector("#start:visible")
    page.keyboard.press("Enter")
    first = _ready(page)
    serve.stop()  # type: ignore[attr-defined]
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#trouble:visible")
    assert read_ballots(store, test) == []
    serve(int(address.rpartition(":")[2]))
    _ready(page, first)
    page.wait_for_selector("#trouble", state="hidden")
    assert [b.choice for b in read_ballots(store, test)] == ["left"]


def test_a_closed_test_and_none(
    page: Any, serve: Callable[..., str], test: AbTest, store: Store
) -> None:
    address = serve()
    store.set_status(test.token, "closed")
    page.goto(f"{address}/ab/{test.token}/")
    page.wait_for_selector("#end:visible")
    assert page.inner_text("#end-title") == "This test is closed"
