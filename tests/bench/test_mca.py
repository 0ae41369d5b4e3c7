"""Cycles by llvm-mca: the assembly that goes in and what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import mca

RECORDED = """
{
  "CodeRegions": [
    {
      "Instructions": [
        "ldr\\tq0, [x0], #16", "fmla\\tv1.4s, v0.4s, v2.s[0]", "subs\\tx1, x1, #1", "b.ne\\t.L"
      ],
      "Name": "loop 0",
      "SummaryView": {
        "BlockRThroughput": 0.8333333333333334,
        "DispatchWidth": 6,
        "IPC": 1.932367149758454,
        "Instructions": 400,
        "Iterations": 100,
        "TotalCycles": 207,
        "TotaluOps": 500,
        "uOpsPerCycle": 2.4154589371980677
      }
    }
  ]
}
"""

ASSEMBLY = """
	.globl	sum
sum:                                    // @sum
	cbz	x1, .LBB0_4
.LBB0_1:
	mov	x3, x2
.LBB0_2:                                // =>This Inner Loop Header
	ldr	q0, [x0], #16
	fmla	v1.4s, v0.4s, v2.s[0]
	.loc	1 2 3
	fmla	v3.4s, v0.4s, v2.s[1]
	subs	x3, x3, #1
	b.ne	.LBB0_2
	subs	x1, x1, #1
	b.ne	.LBB0_1
.LBB0_3:
	ldr	s4, [x0], #4
	cbnz	x2, .LBB0_3
.LBB0_4:
	ret
width_sum:
	.word	2                               // 0x2
lanes:
	.word	4
blocks:
	.word	1
	.word	0x2
"""


def fake_tool(folder: Path, version: str) -> None:
    tool = folder / "llvm-mca"
    tool.write_text(f"#!/bin/sh\necho '  Debian LLVM version {version}'\n")
    tool.chmod(0o755)


def test_cycles_of_a_pass_are_read() -> None:
    assert mca.read_cycles(RECORDED) == {"loop 0": pytest.approx(2.07)}


@pytest.mark.parametrize("text", ["", "{}", '{"CodeRegions": [{"Name": "a"}]}', "[1]"])
def test_something_else_than_cycles_is_refused(text: str) -> None:
    with pytest.raises(mca.McaError, match="something else than cycles"):
        mca.read_cycles(text)


def test_inner_loops_over_vectors_are_found() -> None:
    code = mca.read_assembly(ASSEMBLY, "aarch64-linux-android")
    assert (code.lanes, code.blocks, set(code.parts)) == (4, (1, 2), {"sum"})
    part = code.parts["sum"]
    assert part.width == 2
    (loop,) = part.loops
    assert loop.fmas == 2
    assert [line.split()[0] for line in loop.lines] == ["ldr", "fmla", "fmla", "subs", "b.ne"]
    assert [line.split()[0] for line in part.rest] == ["cbz", "mov", "subs", "b.ne", "ret"]


@pytest.mark.parametrize("name", ["neon", "avx2", "avx512"])
def test_loops_of_the_engine_are_whole_tiles(name: str) -> None:
    pytest.importorskip("ziglang", reason="ziglang compiles the loops")
    code = mca.compile_loops(mca.ISAS[name])
    tiles = [n for n in code.parts if n.startswith(("conv", "planar", "doubled", "depthwise"))]
    assert len(tiles) == 12
    for tile in tiles:
        part = code.parts[tile]
        assert [loop.fmas for loop in part.loops] == [part.width], tile
    for transform in ("winograd_in", "winograd_out"):
        assert [loop.fmas > 0 for loop in code.parts[transform].loops] == [True, True]


def test_a_missing_tool_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(mca.McaError, match=r"newer is missing: install llvm-19"):
        mca.find_tool()


def test_an_old_tool_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_tool(tmp_path, "14.0.6")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(mca.McaError, match=r"missing \(llvm-mca is of LLVM 14\.0\.6\)"):
        mca.find_tool()


def test_a_new_tool_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_tool(tmp_path, "19.1.7")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert mca.find_tool() == str(tmp_path / "llvm-mca")
