"""The types that the comments of the raters' modules state are kept."""

from __future__ import annotations

from pathlib import Path

from pleinair.studio.ab import routes
from tests.conftest import ROOT
from tests.web.test_types import check


def test_modules_keep_the_types_that_they_state(tmp_path: Path) -> None:
    page = Path(routes.__file__).parent / "page"
    for path in [*page.glob("*.js"), ROOT / "web" / "jsconfig.json"]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert check(tmp_path) == ""
