"""The engine in Chromium: the native engine's pixels, threads, memory and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pleinair.engine import Session
from pleinair.engine.picture import Picture
from tests.engine.emulated import digest
from tests.engine.pictures import painting
from tests.web.conftest import Run
from tests.web.pictures import adjustable, described, noisy, packed, painted, style, usual
from tests.web.site import Site

OnPage = Callable[..., Run]
MATRICES = {"601": "smpte170m", "709": "bt709"}


def frame_of(picture: Picture) -> dict[str, Any]:
    """What a VideoFrame of it wants to be told."""
    init: dict[str, Any] = {
        "format": picture.format.upper(),
        "codedWidth": picture.width,
        "codedHeight": picture.height,
    }
    if picture.format in ("i420", "nv12"):
        name = MATRICES[picture.matrix]
        space = {"matrix": name, "primaries": name, "transfer": name}
        init["colorSpace"] = {**space, "fullRange": picture.full_range}
    return init


def put(site: Site, model: bytes, picture: Picture) -> dict[str, Any]:
    """Puts a model and a picture on the site; gives what a task wants to know about them."""
    site.files["model"], site.files["picture"] = model, packed(picture)
    return {"model": "/model", "picture": {**described(picture), "url": "/picture"}}


@pytest.mark.parametrize("name", ["sketch", "easel"])
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"relaxed": False, "exact": True}])
def test_pixels_are_the_native_engines(
    site: Site, on_page: OnPage, name: str, threads: int, options: dict[str, bool]
) -> None:
    picture = noisy(157, 117)
    given = put(site, style(name), picture)
    said = on_page(site)("paint", options={"threads": threads, **options}, **given)
    assert said["threads"] == threads, said
    assert said["exact"]
    assert said["digest"] == digest(painted(style(name), picture))


def test_without_fusing_a_channel_is_at_most_one_step_away(site: Site, on_page: OnPage) -> None:
    given = put(site, style("easel"), noisy(233, 171))
    run = on_page(site)
    assert run("difference", ways=[{}, {"relaxed": False}], **given) == 1
    assert run("difference", ways=[{}, {"relaxed": False, "exact": True}], **given) == 0


def test_a_page_that_is_not_isolated_has_one_thread(plain_site: Site, on_page: OnPage) -> None:
    picture = noisy(61, 43)
    given = put(plain_site, style("easel"), picture)
    said = on_page(plain_site)("paint", options={"threads": 2}, **given)
    assert (said["threads"], said["digest"]) == (1, digest(painted(style("easel"), picture)))


def test_a_window_has_one_thread(site: Site, on_page: OnPage) -> None:
    """Its own may not wait for others."""
    picture = noisy(61, 43)
    given = put(site, style("easel"), picture)
    said = on_page(site)("paint", where="window", options={"threads": 2}, **given)
    assert (said["threads"], said["digest"]) == (1, digest(painted(style("easel"), picture)))


@pytest.mark.parametrize(
    "inputs", [{}, {"style": [0.25, 0.75], "strength": 0.5}, {"colours": [30]}]
)
def test_inputs_of_the_model_can_be_set(
    site: Site, on_page: OnPage, inputs: dict[str, Any]
) -> None:
    picture = noisy(40, 30)
    said = on_page(site)("paint", inputs=inputs, **put(site, adjustable(), picture))
    assert said["styles"] == [
        {"name": "first", "title": "The First", "artist": "", "year": "1888"},
        {"name": "second", "title": "second", "artist": "", "year": ""},
    ]
    all_inputs = {"style": [1, 0], "strength": [1], "colours": [0]} | inputs
    arrays = {name: np.atleast_1d(np.float32(value)) for name, value in all_inputs.items()}
    assert said["digest"] == digest(painted(adjustable(), picture, **arrays))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"zest": 1}, "the model has no input 'zest'; it has style, strength, colours"),
        ({"style": [1]}, "input 'style' takes 2 numbers, not 1"),
    ],
)
def test_inputs_that_are_not_the_models_are_refused(
    site: Site, on_page: OnPage, inputs: dict[str, Any], message: str
) -> None:
    given = put(site, adjustable(), noisy(40, 30))
    said = on_page(site)("paint", inputs=inputs, **given)
    assert said == {"code": "invalid argument", "message": message}


def test_mirrored_sources_are_read_from_right_to_left(site: Site, on_page: OnPage) -> None:
    picture = noisy(38, 22, mirrored=True)
    said = on_page(site)("paint", mirrored=True, **put(site, painting(), picture))
    assert said["digest"] == digest(painted(painting(), picture))


def test_smoothed_pictures_are_the_native_engines(site: Site, on_page: OnPage) -> None:
    """The third begins anew, after a reset."""
    given = put(site, style("easel"), noisy(61, 43))
    dark = Picture((noisy(61, 43).planes[0] // 3,), "rgba")
    site.files["dark"] = packed(dark)
    pictures = [given["picture"], {**given["picture"], "url": "/dark"}, given["picture"]]
    found = on_page(site)(
        "sequence", model="/model", options={"smoothing": 0.5}, pictures=pictures, resetBefore=2
    )
    session = Session(style("easel"), threads=1, smoothing=0.5)
    want = []
    for picture in (noisy(61, 43), dark):
        out = np.empty((43, 61, 4), np.uint8)
        want.append(digest(session.paint(picture, out, inputs=usual(session)).tobytes()))
    assert found == [*want, want[0]]
    assert want[1] != digest(painted(style("easel"), dark))


@pytest.mark.parametrize("matrix", ["601", "709"])
@pytest.mark.parametrize("pixels", ["i420", "nv12", "rgba", "bgra"])
def test_camera_frames_are_read_as_they_are(
    site: Site, on_page: OnPage, pixels: str, matrix: str
) -> None:
    picture = noisy(64, 48, pixels, matrix=matrix)
    put(site, style("easel"), picture)
    init = frame_of(picture)
    said = on_page(site)("frame", model="/model", picture="/picture", init=init)
    assert said["format"] == pixels.upper()
    assert said["digest"] == digest(painted(style("easel"), picture))


def test_of_a_frame_the_visible_part_is_painted(site: Site, on_page: OnPage) -> None:
    picture = noisy(64, 48, "i420")
    put(site, style("easel"), picture)
    rect = {"x": 8, "y": 4, "width": 40, "height": 32}
    init = {**frame_of(picture), "visibleRect": rect}
    said = on_page(site)("frame", model="/model", picture="/picture", init=init)
    y, u, v = picture.planes
    window = Picture((y[4:36, 8:48], u[2:18, 4:24], v[2:18, 4:24]), "i420")
    assert (said["width"], said["digest"]) == (40, digest(painted(style("easel"), window)))


@pytest.mark.parametrize("threads", [1, 2])
def test_memory_does_not_grow_with_frames(site: Site, on_page: OnPage, threads: int) -> None:
    models = ["sketch", "easel"]
    site.files |= {f"{name}.onnx": style(name) for name in models}
    memory = on_page(site)(
        "endure",
        models=[f"/{name}.onnx" for name in models],
        options={"threads": threads},
        sizes=[[96, 72], [64, 96], [128, 96], [48, 48], [80, 60]],
        frames=1200,
    )
    assert len(memory) == 1200
    # Every style and size has been there long before; what lies where settles after some dozen
    # reloads, which of them depends on the files' sizes.
    assert memory[-1] == memory[600]
    assert memory[-1] < 16 << 20


def test_one_picture_at_a_time_and_none_after_the_end(site: Site, on_page: OnPage) -> None:
    told = on_page(site)("outOfTurn", **put(site, style("easel"), noisy(61, 43)))
    assert told == ["the engine is painting another picture", "the engine is closed"]


def test_a_model_that_is_none_is_refused(site: Site, on_page: OnPage) -> None:
    given = put(site, b"no model", noisy(16, 16))
    said = on_page(site)("paint", options={"threads": 2}, **given)
    assert said["code"] == "invalid model"
    assert "ONNX" in said["message"]


def test_threads_are_counted_from_one(site: Site, on_page: OnPage) -> None:
    given = put(site, style("easel"), noisy(16, 16))
    said = on_page(site)("paint", options={"threads": 0}, **given)
    assert said["message"] == "threads must be a whole number from 1 on, not 0"


def test_a_module_that_is_missing_is_named(site: Site, on_page: OnPage) -> None:
    given = put(site, style("easel"), noisy(16, 16))
    said = on_page(site, expected="404")("paint", options={"base": f"{site.url}none/"}, **given)
    assert said["code"] == "browser"
    assert said["message"] == f"{site.url}none/pleinair-relaxed.wasm is not there (404)"
