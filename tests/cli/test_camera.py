from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own = tmp_path / "own"
    own.mkdir()
    (own / "index.html").write_text("<p>here</p>")
    (own / "pleinair.wasm").write_bytes(b"\0asm")
    monkeypatch.setenv("PLEINAIR_WEB", str(own))
    return own


def pleinair(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pleinair", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.usefixtures("page")
def test_camera_serves_the_page_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "pleinair", "camera", "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())
        assert found
        with urllib.request.urlopen(found[0], timeout=20) as answer:
            assert answer.read() == b"<p>here</p>"
        # Ctrl-C where the tests run in the background, which ignores that signal.
        process.send_signal(signal.SIGTERM)
        assert "closed" in process.stderr.read()
    assert process.returncode == 0


@pytest.mark.usefixtures("page")
def test_deploy_writes_the_chosen_styles(tmp_path: Path, easel: Path) -> None:
    done = pleinair("deploy", "web", tmp_path / "site", "--style", "waves")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "styles" / easel.name).is_file()
    assert len(list((tmp_path / "site" / "styles").iterdir())) == 1


@pytest.mark.usefixtures("page")
def test_deploy_into_a_full_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = pleinair("deploy", "web", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"pleinair: {tmp_path}: exists already and is not empty"]


@pytest.mark.usefixtures("page")
def test_deploy_of_an_unknown_style(tmp_path: Path) -> None:
    done = pleinair("deploy", "web", tmp_path / "site", "--style", "nobody")
    assert done.returncode == 1
    assert "no style named 'nobody'" in done.stderr
    assert not (tmp_path / "site").exists()


def test_a_page_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEINAIR_WEB", str(tmp_path))
    done = pleinair("camera", "--no-browser")
    assert done.returncode == 1
    assert "camera page is not there" in done.stderr
