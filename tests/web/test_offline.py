"""What the camera page fetches, and when; what it is without a network or without its worker."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.web.page import Opened, painted, planes, press, shown, start_camera, write_y4m

MOST_DOWNLOADED = 400_000  # bytes until the first picture, uncompressed
KEPT = """async () => {
  const store = await caches.open("pleinair");
  return (await store.keys()).map(({ url }) => new URL(url).pathname.slice(1));
}"""
NETWORK = """() => new Promise((done) => {
  const told = ({ detail }) => done(detail.url);
  window.page.painter.addEventListener("painted", told, { once: true });
})"""
REACHES = """wanted => new Promise((done) => {
  window.page.painter.addEventListener("painted", ({ detail }) => {
    if (detail.url === wanted) done();
  });
})"""


def kept(page: Any, wanted: str = "styles/sketch.onnx") -> list[str]:
    """What is there without a network, once the page and this file are."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function(f"async () => (await ({KEPT})()).includes('{wanted}')")
    return list(page.evaluate(KEPT))


def offline(page: Any) -> None:
    page.context.set_offline(True)
    page.reload()
    page.wait_for_function("() => window.page !== undefined")


def pixels(photo: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(photo)).convert("RGB"))


def test_the_first_picture_is_a_small_download(opened: Opened, still: Path) -> None:
    with opened(still) as page:
        start_camera(page)
        sizes = {
            request.url.removeprefix(page.url): int(request.response().headers["content-length"])
            for request in page.asked
            if request.url.startswith(page.url)
        }
    assert {"", "app.js", "painter-worker.js", "styles/sketch.onnx"} < sizes.keys()
    assert sum(name.endswith(".wasm") for name in sizes) == 1
    assert "styles/mural.onnx" not in sizes
    assert sum(sizes.values()) <= MOST_DOWNLOADED, sizes


def test_only_what_paints_is_kept_after_the_first_visit(opened: Opened) -> None:
    with opened(None) as page:
        there = kept(page)
    assert [name for name in there if name.endswith(".onnx")] == ["styles/sketch.onnx"]
    assert sum(name.endswith(".wasm") for name in there) == 1
    assert {"", "app.js", "style.css", "icon.svg", "catalogue.json"} < set(there)


def test_works_without_a_network_after_the_first_visit(opened: Opened, still: Path) -> None:
    with opened(still) as page:
        kept(page)
        offline(page)
        start_camera(page)
        assert page.evaluate("self.crossOriginIsolated")
        assert "sketch" in page.evaluate(NETWORK)
        # A photo wants the finest network; without it the finest of those that are there paints.
        press(page, " ")
        page.wait_for_selector("#missing", state="attached")
        page.click("#more")
        assert "mural" in page.inner_text("#missing")
        assert page.is_hidden("#message")


def test_a_network_that_was_wanted_once_is_kept(opened: Opened, still: Path) -> None:
    with opened(still) as page:
        start_camera(page)
        photo, _ = press(page, " ")
        kept(page, "styles/mural.onnx")
        offline(page)
        start_camera(page)
        again, _ = press(page, " ")
    np.testing.assert_array_equal(pixels(photo), pixels(again))


def test_the_finest_network_paints_where_there_is_time(
    opened: Opened, data: Callable[[str], Path], tmp_path: Path
) -> None:
    frames = planes(data("video/mdn_rabbit.mp4"), 2, (128, 72))
    with opened(write_y4m(tmp_path / "slow.y4m", frames, rate=5)) as page:
        page.wait_for_timeout(500)
        assert not any("mural" in request.url for request in page.asked)
        start_camera(page)
        page.evaluate(REACHES, "styles/mural.onnx")
        painted(page, 5)
        assert "mural" in page.evaluate(NETWORK)


def test_paints_where_its_certificate_is_not_known(opened: Opened, still: Path) -> None:
    """As `pleinair camera --lan` is seen from a phone: browsers refuse the service worker there."""
    pytest.importorskip("cryptography", reason="https needs the package cryptography")
    with opened(still, {"ignore_https_errors": True}, secure=True) as page:
        assert page.url.startswith("https:")
        start_camera(page)
        painted(page, 5)
        cores = page.evaluate("navigator.hardwareConcurrency")
        threads = page.evaluate("async () => (await window.page.painter.use()).threads")
        assert threads > 1 or cores == 1
        assert page.evaluate("navigator.serviceWorker.controller") is None
        assert page.is_hidden("#message")
        assert shown(page).std() > 10
