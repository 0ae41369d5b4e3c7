"""The camera page in a real browser, with a camera from a file."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

import pleinair
from pleinair.deploy import DeployError
from pleinair.deploy.serve import lan_address
from pleinair.engine import Picture
from pleinair.styles import catalogue
from tests.web.page import SIZE, Opened, painted, planes, press, shown, start_camera

NAMELESS = """() => [...document.querySelectorAll("button, input, select")]
  .filter((e) => !e.hidden && !e.ariaLabel && !e.labels?.length && !e.textContent.trim())
  .map((e) => e.outerHTML)"""
FAINT = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
  const ground = (e) =>
    e ? over(parse(getComputedStyle(e).backgroundColor), ground(e.parentElement)) : [255, 255, 255];
  const light = (rgb) => {
    const [r, g, b] = rgb
      .map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  return [...document.body.querySelectorAll("*")]
    .filter((e) => own(e) && e.checkVisibility({ visibilityProperty: true }))
    .map((e) => {
      const { color, fontSize } = getComputedStyle(e);
      const back = ground(e);
      const [a, b] = [light(over(parse(color), back)), light(back)].sort((x, y) => y - x);
      const least = parseFloat(fontSize) >= 24 ? 3 : 4.5;
      return [(a + 0.05) / (b + 0.05), least, e.tagName, e.textContent.trim().slice(0, 40)];
    })
    .filter(([ratio, least]) => ratio < least);
}"""
NEXT_STYLE_AND_FRAME = """async () => {
  const { gallery, painter } = window.page;
  const once = { once: true };
  const next = () => new Promise((done) => painter.addEventListener("painted", done, once));
  gallery.move(1);
  await next();
  await next();
  painter.pause(true);
}"""
CHOOSE_SIDE = """side => {
  const quality = document.getElementById("quality");
  quality.value = side;
  quality.dispatchEvent(new Event("input"));
}"""


def test_photos_are_what_the_native_engine_paints(opened: Opened, still: Path) -> None:
    with opened(still) as page:
        start_camera(page)
        content, name = press(page, " ")
        style = page.evaluate("window.page.gallery.chosen")
    assert name.endswith(".png")
    seen = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    [frame] = planes(still, 1)
    height = SIZE[1]
    cb, cr = frame[height:].reshape(2, height // 2, SIZE[0] // 2)
    picture = Picture((frame[:height], cb, cr), format="i420")
    wanted = np.empty((height, SIZE[0], 3), np.uint8)
    pleinair.load(style, model="mural", threads=1).paint(picture, Picture((wanted,)))
    np.testing.assert_array_equal(seen, wanted)


def test_a_style_is_seen_on_the_next_frame(opened: Opened, still: Path) -> None:
    with opened(still) as page:
        start_camera(page)
        page.evaluate(CHOOSE_SIDE, "640")
        painted(page, 15)  # past the first fade
        before = shown(page).astype(int)
        # One frame may be under way; the one begun after the choice shows it, and then painting
        # pauses, for as long as a busy machine takes to show what is painted.
        page.evaluate(NEXT_STYLE_AND_FRAME)
        page.wait_for_timeout(1000)
        assert np.abs(shown(page) - before).max() > 2
        page.evaluate("window.page.painter.pause(false)")
        painted(page, 20)
        assert np.abs(shown(page) - before).mean() > 8


def test_recordings_play_as_long_as_they_took(opened: Opened, clip: Path) -> None:
    with opened(clip) as page:
        start_camera(page)
        page.click("#more")
        page.uncheck("#sound")
        page.click("#more")
        page.click("#record")
        began = time.monotonic()
        page.wait_for_timeout(3000)
        took = time.monotonic() - began
        with page.expect_download(timeout=60_000) as download:
            page.click("#record")
        content = Path(download.value.path()).read_bytes()
    with av.open(io.BytesIO(content), "r") as recording:
        assert recording.duration is not None
        assert abs(recording.duration / 1e6 - took) < 0.6
        frames = [frame.to_ndarray(format="rgb24") for frame in recording.decode(video=0)]
    assert len(frames) > 5
    assert frames[-1].std() > 20
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 1


def test_before_and_after(opened: Opened, still: Path) -> None:
    with opened(still) as page:
        start_camera(page)
        page.evaluate(CHOOSE_SIDE, "640")  # no other network meanwhile
        painted(page, 15)
        whole = shown(page).astype(int)
        page.keyboard.press("b")
        painted(page, 3)
        page.wait_for_timeout(40)
        difference = np.abs(shown(page) - whole).mean((0, 2))
    assert difference[:30].mean() > 5
    assert difference[34:].max() == 0


def test_memory_does_not_grow(opened: Opened, clip: Path) -> None:
    memory = "async () => (await window.page.painter.use()).bytes"

    def look_at_all_styles(page: Any) -> int:
        for _ in range(4):
            for side in ("640", "320"):
                page.evaluate(CHOOSE_SIDE, side)
                painted(page, 8)
            page.keyboard.press("ArrowRight")
        return int(page.evaluate(memory))

    with opened(clip) as page:
        start_camera(page)
        page.click("#more")
        page.uncheck("#thumbnails")  # they come when there is time for them, and so does memory
        page.click("#more")
        settled = max(look_at_all_styles(page) for _ in range(2))
        assert max(look_at_all_styles(page) for _ in range(2)) <= settled


def test_a_photo_is_painted_as_the_native_engine_does(opened: Opened, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (90, 130, 3), np.uint8)
    pixels = pixels.repeat(3, 0).repeat(3, 1)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    with opened(None) as page:
        page.set_input_files("#file", tmp_path / "photo.png")
        painted(page, 2)
        content, _ = press(page, " ")
        style = page.evaluate("window.page.gallery.chosen")
    seen = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    np.testing.assert_array_equal(seen, pleinair.load(style, model="mural", threads=1)(pixels))


def test_a_video_file_is_painted(
    opened: Opened, data: Callable[[str], Path], tmp_path: Path
) -> None:
    # Debian's Chromium plays what its FFmpeg reads; VP9 is played by every one.
    clip = tmp_path / "clip.webm"
    original = str(data("video/mdn_rabbit.mp4"))
    options = ["--size", "160x90", "--style", next(iter(catalogue()))]
    command = [sys.executable, "-m", "pleinair", "stylize", original, str(clip), *options]
    subprocess.run(command, check=True, capture_output=True)
    with opened(None) as page:
        page.set_input_files("#file", clip)
        painted(page, 5)
        assert shown(page).std() > 10


def test_threads_on_a_host_that_sends_no_headers(opened: Opened, still: Path) -> None:
    with opened(still, headers={}) as page:
        page.wait_for_function("() => self.crossOriginIsolated && window.page", timeout=60_000)
        start_camera(page)


def test_an_insecure_page_says_what_it_lacks(opened: Opened) -> None:
    try:
        address = lan_address()
    except DeployError as error:
        pytest.skip(f"needs a network: {error}")
    with opened(None, address=address) as page:
        page.click("#begin")
        page.wait_for_selector("#message:not([hidden])")
        assert "https" in page.inner_text("#message")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(opened: Opened, still: Path, scheme: str) -> None:
    """WCAG 2.1, 1.4.3: contrast of at least 4.5, of large text 3."""
    with opened(still) as page:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        assert page.evaluate(FAINT) == []
        start_camera(page)
        page.click("#more")
        page.check("#show-stats")
        painted(page, 2)
        assert page.evaluate(FAINT) == []


def test_controls_have_names(opened: Opened) -> None:
    with opened(None) as page:
        nameless = page.evaluate(NAMELESS)
    assert nameless == []


def test_no_camera_is_said_in_words(opened: Opened) -> None:
    with opened(None) as page:
        page.click("#begin")
        page.wait_for_selector("#message:not([hidden])")
        assert "camera is not" in page.inner_text("#message")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_a_narrow_phone(opened: Opened, still: Path, scheme: str, tmp_path: Path) -> None:
    with opened(still) as page:
        page.set_viewport_size({"width": 360, "height": 640})
        page.emulate_media(color_scheme=scheme)
        start_camera(page)
        page.click("#more")
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.screenshot(path=tmp_path / f"{scheme}.png")
    assert wide <= 360
