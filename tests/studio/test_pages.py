"""The studio in a browser: a training from start to stop, the gallery, the board, every page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.studio.conftest import Studio
from tests.tiny import picture

PAGES = ("/", "/gallery", "/board", "/new/training", "/new/sweep", "/run/nothing")
SLOW = 120_000  # milliseconds, on a busy machine


@pytest.fixture
def page(chromium: Any, studio: Studio) -> Iterator[Any]:
    """A page at the studio, which may ask no other host and report no error."""
    context = chromium.new_context(base_url=studio.url, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SLOW)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [line for line in said if line.startswith("error")] == []
    local = (studio.url, studio.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(local)] == []


def _fill(page: Any, values: dict[str, str]) -> None:
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)


def _training(page: Any, painting: Path, photos: Path, features: Path, name: str) -> None:
    """Fill the form of a training that takes seconds, but for its last click."""
    page.goto("/new/training")
    page.locator("input[type=file]").set_input_files(painting)
    page.locator(".swatch.on").wait_for()
    page.get_by_label("Network").click()
    page.get_by_role("option", name=re.compile("sketch")).click()
    page.get_by_text("More", exact=True).click()
    _fill(
        page,
        {
            "Name": name,
            "Steps": "2000",
            "Folder of photos": str(photos),
            "Features": str(features),
            "Photos a step": "1",
            "Painting size": "96",
            "Steps between previews": "3",
            "Threads": "1",
        },
    )


def _step(page: Any) -> int:
    found = re.search(r"step (\d+) of 2000", page.inner_text("main"))
    return int(found[1]) if found else 0


def test_a_training_from_its_first_stroke_to_its_stop(
    page: Any, studio: Studio, photos: Path, features: Path, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="needs pleinair[train]")
    painting = tmp_path / "My Painting.png"
    picture(5, 160, 120).save(painting)
    _training(page, painting, photos, features, "Not A Name")
    page.get_by_role("button", name="Start").click()
    assert "lower-case letters" in page.get_by_role("alert").inner_text()
    _fill(page, {"Name": "tiny"})
    page.get_by_role("button", name="Start").click()

    page.wait_for_url("**/run/tiny")
    page.locator(".chip.running").wait_for()
    page.locator("canvas").first.wait_for()  # the curve
    page.locator("img.sheet").wait_for()
    first = _step(page)
    page.wait_for_function(
        "n => +document.body.innerText.match(/step (\\d+) of/)[1] > n", arg=first
    )

    page.goto("about:blank")
    assert "goes on" in studio.stop()  # its process does, and another studio finds it
    studio.start()
    page.goto("/run/tiny")
    page.get_by_role("button", name="Stop").click()
    page.locator(".chip.stopped").wait_for()
    page.get_by_role("button", name="Go on").wait_for()
    folder = studio.folder / "tiny"
    assert (folder / "checkpoint.pt").is_file()
    assert json.loads((folder / "studio.json").read_text())["code"] == 130
    lines = (folder / "curve.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, len(lines) + 1))

    page.goto("/")
    assert f"step {len(lines)} of 2000" in page.locator(".card", has_text="tiny").inner_text()
    _training(page, painting, photos, features, "tiny")
    page.get_by_role("button", name="Start").click()
    assert "There is a run named tiny" in page.get_by_role("alert").inner_text()


def test_a_sweep_from_the_form_to_its_stop(
    page: Any, studio: Studio, photos: Path, features: Path, tmp_path: Path
) -> None:
    pytest.importorskip("optuna", reason="needs pleinair[sweep]")
    painting = tmp_path / "painting.png"
    picture(7, 160, 120).save(painting)
    page.goto("/new/sweep")
    page.locator("input[type=file]").set_input_files(painting)
    page.locator(".swatch.on").wait_for()
    page.get_by_text("More", exact=True).click()
    _fill(
        page,
        {
            "Name": "search",
            "Trials": "900",
            "Frames a second": "1",
            "Folder of photos": str(photos),
            "Features": str(features),
            "Judging features": str(features),
            "Steps of a trial": "3",
            "Photos a step": "1",
            "Crops in pixels": "64",
            "Photos to judge by": "1",
            "Cores to train with": "1",
        },
    )
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/run/search")
    page.locator(".chip.running").wait_for()
    page.get_by_text("0 (sketch)", exact=True).wait_for()  # a row of the table
    page.locator("canvas").first.wait_for()
    page.locator("img.sheet").wait_for()
    page.wait_for_function("() => / [2-9] of 900/.test(document.body.innerText)")
    page.get_by_role("button", name="Stop").click()
    page.locator(".chip.stopped").wait_for()
    page.get_by_role("button", name="Go on").wait_for()
    folder = studio.folder / "search"
    assert json.loads((folder / "studio.json").read_text())["code"] == 130
    ended = len(list((folder / "trials").glob("[0-9]*/trial.json")))
    assert list((folder / "trials").glob(".*")) == []
    page.get_by_text(f"trial {ended} of 900").wait_for()


def test_what_the_command_refuses_is_said_and_can_be_changed(
    page: Any, features: Path, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="needs pleinair[train]")
    painting = tmp_path / "painting.png"
    picture(6, 160, 120).save(painting)
    empty = tmp_path / "empty"
    empty.mkdir()
    _training(page, painting, empty, features, "hopeless")
    page.get_by_role("button", name="Start").click()
    page.locator(".chip.failed").wait_for()
    assert page.get_by_role("alert").inner_text().startswith("photos: no images")
    page.get_by_role("button", name="Change the settings").click()
    page.wait_for_url("**/new/training?like=hopeless")
    assert page.get_by_label("Name", exact=True).input_value() == "hopeless"
    assert page.get_by_label("Folder of photos").input_value() == str(empty)
    assert page.locator(".swatch.on").count() == 1


def test_the_gallery_paints_what_is_dropped_there(page: Any, photos: Path, tmp_path: Path) -> None:
    page.goto("/gallery")
    page.locator(".tile img").first.wait_for()
    assert page.locator(".tile").count() == 3
    page.locator("input[type=file]").first.set_input_files(photos / "0.png")
    page.locator(".swatch.on").wait_for()
    page.get_by_role("heading", name="0", exact=True).wait_for()
    page.locator(".tile img").nth(2).wait_for()
    page.locator(".tile").first.click()
    compare = page.locator(".compare")
    compare.wait_for()
    assert page.locator(".compare img").count() == 2
    box = compare.bounding_box()
    assert box["width"] / box["height"] == pytest.approx(320 / 260, rel=0.01)
    compare.locator("input").focus()
    page.keyboard.press("End")
    assert compare.evaluate("element => element.style.getPropertyValue('--at')") == "100%"
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename.endswith(".jpg")
    page.get_by_role("button", name="Close").click()
    compare.wait_for(state="hidden")

    shown = page.locator(".tile").count()  # three of each picture; other tests may have left some
    page.locator(".pill.on").first.click()
    page.wait_for_function(f"document.querySelectorAll('.tile').length === {shown * 2 // 3}")
    (tmp_path / "no photo.jpg").write_text("words")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "no photo.jpg")
    page.get_by_text("no photo: not a photo or a clip").wait_for()


def test_the_gallery_paints_with_models_of_others(
    page: Any, tmp_path: Path, planes: bytes, no_style: bytes
) -> None:
    for name, content in (("theirs", planes), ("no style", no_style)):
        (tmp_path / f"{name}.onnx").write_bytes(content)
    page.goto("/gallery")
    page.locator(".tile img").first.wait_for()
    page.locator(".models input[type=file]").set_input_files(tmp_path / "no style.onnx")
    page.get_by_text("no style: not a style").wait_for()
    page.locator(".models input[type=file]").set_input_files(tmp_path / "theirs.onnx")
    page.locator(".pill.on", has_text="theirs").wait_for()
    page.locator(".tile", has_text="theirs").locator("img").first.wait_for()
    page.reload()
    page.locator(".pill", has_text="theirs").wait_for()


def _row(model: str, kmac: float, ratio: float) -> dict[str, Any]:
    losses = {"style_ratio": ratio, "content_ratio": ratio, "style": 1.0, "content": 1.0}
    return {
        "model": model,
        "style": "night",
        "painting": "night",
        "size_bytes": 1000 * kmac,
        "kmac_per_pixel": kmac,
        "speed": {"640x480": {"ms": 2 * kmac, "fps": 500 / kmac}},
        "losses": {"judge": losses},
        "flicker": {"ratio": 1.5},
        "pictures": {"cat": f"pictures/{model}.jpg", "gone": "../../secret.png"},
    }


@pytest.fixture
def board(studio: Studio) -> Iterator[Path]:
    folder = studio.folder / "measured"
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for name in ("small", "large", "middle", "cat", "night"):
        picture(len(name), 120, 90).save(folder / "pictures" / f"{name}.jpg")
    report = {
        "machine": "a machine",
        "settings": {"speed_sizes": [[640, 480]]},
        "photos": ["cat", "gone"],
        "judges": ["judge"],
        "originals": {"cat": "pictures/cat.jpg"},
        "paintings": {"night": "pictures/night.jpg"},
        "rows": [_row("large", 20, 1.2), _row("small", 3, 2.5), _row("middle", 10, 2.0)],
    }
    (folder / "board.json").write_text(json.dumps(report))
    yield folder
    (folder / "board.json").unlink()


def test_the_board_sorts_and_shows_pictures(page: Any, board: Path) -> None:
    assert board.is_dir()
    page.goto("/board")
    rows = page.locator(".figures tbody tr")
    rows.first.wait_for()
    page.locator("canvas").wait_for()

    def order() -> list[str]:
        return [row.split()[0] for row in rows.all_inner_texts()]

    heading = page.get_by_role("columnheader", name="kMAC")
    heading.click()
    page.wait_for_function(_FIRST, arg="small")
    assert order() == ["small", "middle", "large"]
    heading.click()
    page.wait_for_function(_FIRST, arg="large")
    assert order() == ["large", "middle", "small"]
    assert page.locator(".tile").all_inner_texts() == [
        "the photo",
        "the painting",
        "large",
        "small",
        "middle",
    ]
    assert page.evaluate("[...document.querySelectorAll('.tile img')].every(i => i.src)")


_FIRST = "name => document.querySelector('.figures tbody td').innerText === name"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_pages_fit_a_phone(chromium: Any, studio: Studio, board: Path, scheme: str) -> None:
    assert board.is_dir()
    phone = chromium.new_context(
        base_url=studio.url, viewport={"width": 360, "height": 740}, color_scheme=scheme
    )
    opened = phone.new_page()
    opened.set_default_timeout(SLOW)
    for path in PAGES:
        opened.goto(path)
        opened.locator("main h1, main h2").first.wait_for()
        assert opened.evaluate("document.documentElement.scrollWidth") <= 360, path
        here = opened.locator("nav [aria-current=page]")
        assert here.count() == 1
        assert "pleinair studio" in opened.title()
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(244, 241, 234)", "dark": "rgb(21, 20, 18)"}[scheme]
    phone.close()


def test_beyond_this_machine_it_opens_by_its_link_alone(
    chromium: Any, open_studio: Callable[..., Studio]
) -> None:
    from pleinair.deploy import DeployError
    from pleinair.deploy.serve import lan_address

    try:
        address = lan_address()
    except DeployError as error:
        pytest.skip(f"needs a network: {error}")
    studio = open_studio("--host", address, host=address)
    context = chromium.new_context()
    opened = context.new_page()
    opened.set_default_timeout(SLOW)
    assert opened.goto(studio.url).status == 401
    assert opened.goto(f"{studio.url}/ab/no-such-test/").status == 404
    link = re.search(r"http://\S+key=[\w-]+", studio.said())
    assert link is not None
    assert "opens everything" in studio.said()
    opened.goto(link[0])
    opened.get_by_text("Nothing has been trained here yet").wait_for()
    assert "key" not in opened.url
    opened.get_by_role("link", name="Board").click()
    opened.get_by_text("Nothing has been measured yet").wait_for()
    context.close()
