"""The types that the modules' comments state are kept, by TypeScript's compiler."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import ROOT
from tests.engine.emulated import tool

WEB = ROOT / "web"


def check(folder: Path) -> str:
    """What the compiler says of the modules in a folder."""
    compiler = tool("tsc", "npm install typescript")
    done = subprocess.run(
        [compiler, "-p", folder / "jsconfig.json"], capture_output=True, text=True
    )
    return done.stdout


def test_modules_keep_the_types_that_they_state() -> None:
    assert check(WEB) == ""


def test_a_wrong_type_is_seen(tmp_path: Path) -> None:
    for path in [*WEB.glob("*.js"), WEB / "jsconfig.json"]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "features.js").open("a") as module:
        module.write("/** @type {number} */ export const five = hasSimd();\n")
    assert "Type 'boolean' is not assignable to type 'number'" in check(tmp_path)
