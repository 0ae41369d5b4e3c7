"""The documents say what is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.operators import page as operators_page
from pleinair.cli.main import app
from pleinair.engine import operators

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", document.read_text()):
        if not link.startswith("http"):
            assert (document.parent / link).exists(), link


def test_the_bits_are_those_of_the_engine_s_version() -> None:
    header = (ROOT / "engine" / "include" / "pleinair.h").read_text()
    (version,) = re.findall(r"#define PL_BITS_VERSION (\d+)", header)
    assert f"Version {version} of the contract" in (ROOT / "docs" / "bits.md").read_text()


def test_the_site_builds(tmp_path: Path) -> None:
    """Strictly: every page is found, every link leads somewhere."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    header = (tmp_path / "reference" / "c.html").read_text()
    assert "pl_session_paint" in header
    assert "Session" in (tmp_path / "reference" / "python.html").read_text()


def test_operators_are_listed() -> None:
    """As `python -m docs.operators` writes them, all that the engine knows."""
    text = (ROOT / "docs" / "operators.md").read_text()
    assert text == operators_page()
    assert re.findall(r"^\| \[?([A-Z]\w+)", text, re.MULTILINE) == sorted(operators())


def test_commands_are_described() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    described = re.findall(r"^## ([\w-]+):", text, re.MULTILINE)
    commands = [
        command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback
    ]
    groups = [str(group.name) for group in app.registered_groups]
    assert sorted(described) == sorted(commands + groups)
