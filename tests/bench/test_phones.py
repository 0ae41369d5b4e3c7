"""Tables of phones, of an estimate that is easy to count with."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import mca
from bench.models import Size
from bench.phones import Model, constants, ratios, table_of_check, table_of_estimates
from pleinair.engine import Step
from pleinair.sweep.devices import PHONES, TABLE, phone_seconds
from pleinair.sweep.estimate import Core, Cycles

SIZE: Size = (480, 640)
STEP = Step("a", "map", "4 channels; load: relu", 0, 2 * 4 * 40_000_000, 0.03)
CORE = Core(2.0, 4, (1,), {"relu": Cycles(width=1, rest=0, loops=(2,))})
PHONE = replace(PHONES[0], ghz=(2.0, 1.0), bandwidth=32.0)


def test_a_second_core_adds_its_clock_and_the_rest_of_the_bandwidth() -> None:
    assert phone_seconds([STEP], PHONE, CORE, 1) == pytest.approx(0.01 + 0.02)
    assert phone_seconds([STEP], PHONE, CORE, 2) == pytest.approx(0.01 / 1.5 + 0.01)


def test_what_is_measured_is_set_against_the_estimate() -> None:
    model = Model("net", SIZE, {"avx2": (STEP,), "avx512": (replace(STEP, seconds=0.06),)})
    here = {"avx2": CORE, "avx512": CORE}
    assert ratios([model, model], here, 16e9) == pytest.approx({"avx2": 1.0, "avx512": 2.0})
    whole = table_of_check(model, here, 16e9).splitlines()[-1]
    assert whole == "| **whole** | 30.00 | 30.00 | 1.00 | 60.00 | 30.00 | 2.00 |"


def test_frames_run_from_the_pessimistic_to_the_estimated() -> None:
    model = Model("net", SIZE, {"avx2": (STEP,)})
    cores = {phone.name: replace(CORE, ghz=phone.ghz[0]) for phone in PHONES}
    head, _, row = table_of_estimates([model], cores, 2.0).splitlines()
    assert head.count("iPhone 6s") == 2
    seconds = phone_seconds([STEP], PHONES[0], cores["iPhone 6s"], 1)
    assert f"{1e3 * seconds:.1f}, {0.5 / seconds:.0f}–{1 / seconds:.0f}" in row


def test_the_mark_is_met_by_the_pessimistic_figure_alone() -> None:
    cores = {phone.name: replace(CORE, ghz=phone.ghz[0]) for phone in PHONES}
    quick = Model("net", SIZE, {"avx2": (replace(STEP, bytes=STEP.bytes // 10),)})
    assert "**" in table_of_estimates([quick], cores, 1.0)
    assert "**" not in table_of_estimates([quick], cores, 100.0)


def test_every_phone_names_its_source() -> None:
    for phone in PHONES:
        assert "https://" in phone.source
        assert phone.ghz[0] >= phone.ghz[1]


def test_command_says_that_the_analyser_is_missing(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "bench", "phones"],
        cwd=Path(__file__).parents[2],
        env={"PATH": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 1
    assert made.stderr.startswith("error: llvm-mca of LLVM 19 or newer is missing")


def test_stored_cycles_are_what_the_analyser_counts() -> None:
    pytest.importorskip("ziglang", reason="ziglang compiles the loops")
    try:
        tool = mca.find_tool()
    except mca.McaError as error:
        pytest.skip(str(error))
    made, stored = (json.loads(text) for text in (constants(tool), TABLE.read_text()))
    for processor, parts in stored["processors"].items():
        for name, part in parts.items():
            # Versions of the analyser differ a little in what a processor's units can do.
            assert part["loops"] == pytest.approx(made["processors"][processor][name]["loops"], 0.1)
