"""An A/B test in the studio, from the form to the export, with a rater in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.studio.conftest import Studio

SLOW = 120_000  # milliseconds, on a busy machine
READY = "() => document.getElementById('choices').dataset.ready"


def _rate(chromium: Any, link: str, count: int) -> None:
    """Vote `count` times, as somebody who knows the link alone."""
    page = chromium.new_context().new_page()
    page.set_default_timeout(SLOW)
    page.goto(link)
    page.locator("#start").wait_for()
    page.keyboard.press("Enter")
    last = None
    for _ in range(count):
        page.wait_for_function(
            "(last) => { const now = document.getElementById('choices').dataset.ready;"
            " return now && now !== last; }",
            arg=last,
        )
        last = page.evaluate(READY)
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(last) => document.getElementById('choices').dataset.ready !== last", arg=last
    )
    page.locator("#more").wait_for()
    page.context.close()


def test_a_test_from_the_form_to_the_export(chromium: Any, studio: Studio, tmp_path: Path) -> None:
    page = chromium.new_context(base_url=studio.url, accept_downloads=True).new_page()
    page.set_default_timeout(SLOW)
    page.goto("/tests/new")
    page.get_by_role("button", name="Paint and open").click()
    page.get_by_text("Give the test a name.").wait_for()
    page.get_by_label("Name", exact=True).fill("Summer")
    page.get_by_label("Pairs of a sitting").fill("4")
    page.get_by_role("button", name="Paint and open").click()
    page.get_by_text("The link for raters").wait_for()
    page.get_by_text("fewer than 5 people").wait_for()
    link = page.locator("a.address").inner_text()
    assert link.startswith(f"{studio.url}/ab/")
    # One pair of the two models on one picture, and two checks.
    _rate(chromium, link, 3)
    page.get_by_text("0 votes of 0 people (1 left out)").wait_for()  # they were far too fast
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    path = tmp_path / "export.json"
    download.value.save_as(path)
    found = json.loads(path.read_text())
    assert found["test"]["name"] == "Summer"
    assert len(found["votes"]) == 3
    assert {vote["choice"] for vote in found["votes"]} == {"left"}
    page.get_by_role("button", name="Close").click()
    page.get_by_text("it takes no votes").wait_for()
    rater = chromium.new_context().new_page()
    rater.goto(link)
    rater.get_by_text("This test is closed").wait_for(timeout=SLOW)
    page.goto("/tests")
    page.get_by_text("3 votes").wait_for()
    rater.context.close()
    page.context.close()
