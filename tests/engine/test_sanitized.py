"""Damaged files, pictures of all kinds, hosts that refuse and threads that share, under clang's
sanitizers: nothing is read or written beside its place, nothing leaks, nothing races.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import onnx
import pytest

from pleinair.engine import operators
from tests.engine import sanitized

MODELS = sanitized.FUZZ / "corpus" / "models"
STYLES = sanitized.FUZZ / "styles"
SECONDS = 60


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*"))


def run(*command: object) -> str:
    ran = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-6000:]
    return ran.stdout


@pytest.fixture(scope="module")
def programs() -> Path:
    return sanitized.build("fuzz")


def test_the_corpus_is_small_and_has_every_operator() -> None:
    assert size(sanitized.FUZZ / "corpus") < 300_000
    seen = set()
    for path in MODELS.iterdir():
        try:
            seen |= {node.op_type for node in onnx.load(path).graph.node}
        except Exception:
            continue  # damaged, as some are on purpose
    assert set(operators()) <= seen


def test_fuzzing_finds_nothing(programs: Path) -> None:
    for target, said in sanitized.fuzz(programs, SECONDS).items():
        runs = re.search(r"Done (\d+) runs", said)
        assert runs is not None, said[-2000:]
        assert int(runs[1]) > 100, f"fuzz_{target} hardly ran"


def test_every_refused_request_ends_in_one_error(programs: Path) -> None:
    """Of memory or of threads, by the hooks or by the system: while a model is read and planned."""
    models = [path for path in MODELS.iterdir() if not path.name.startswith("damaged")]
    said = run(programs / "failures", *STYLES.iterdir(), *sorted(models)[::5])
    failed = re.match(r"(\d+) hook calls and (\d+) system calls failed cleanly", said)
    assert failed is not None
    assert int(failed[1]) > 50
    assert int(failed[2]) > 80


def test_threads_do_not_race() -> None:
    """Pools that come and go, one session in two threads, one model in two sessions."""
    program = sanitized.build("threads") / "threads"
    assert run(program, STYLES / "alone.onnx", 3) == "3 rounds without a race\n"
