"""The core needs nothing from where it runs, keeps its instruction sets apart, and is small."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from pleinair.engine import library
from tests.engine.elf import DYNSYM, GLOBAL, LOCAL, WEAK, Symbol, symbols
from tests.engine.emulated import cross_build

# Compilers call these of themselves; every host has them.
ALLOWED = {"memcpy", "memmove", "memset", "memcmp"}
X86, PHONE, BROWSER = "x86_64-linux-gnu.2.28", "aarch64-linux-android", "wasm32-freestanding"
MOST_BYTES = 400_000


@pytest.fixture(scope="module", params=[X86, PHONE])
def core(request: pytest.FixtureRequest) -> list[Path]:
    """The core's object files for a processor."""
    return core_objects(request.param)


def core_objects(triple: str) -> list[Path]:
    sets = ["base", "avx2", "avx512"] if triple == X86 else ["base"]
    parts = ["pleinair_core", *(f"pleinair_kernels_{name}" for name in sets)]
    folder = cross_build(triple, *parts) / "engine" / "CMakeFiles"
    return [path for part in parts for path in sorted((folder / f"{part}.dir").rglob("*.o"))]


def missing(objects: list[Path]) -> set[str]:
    """What object files, all of them together, leave for others to define."""
    all_symbols = [symbol for path in objects for symbol in symbols(path)]
    defined = {symbol.name for symbol in all_symbols if symbol.defined}
    return {symbol.name for symbol in all_symbols if not symbol.defined} - defined


def test_the_core_needs_four_functions(core: list[Path]) -> None:
    assert missing(core) <= ALLOWED
    assert "malloc" in missing([*core[:1], host_object()]), "this would see a C library"


def host_object() -> Path:
    """The POSIX host, which is not part of the core."""
    name = Path("engine/CMakeFiles/pleinair.dir/host/posix.cpp.o")
    return cross_build(X86, str(name)) / name


def test_the_core_compiles_for_browsers() -> None:
    objects = core_objects(BROWSER)
    # All but the kernels are left as LLVM's bitcode, which the linker compiles as a whole.
    assert {path.read_bytes()[:4] for path in objects} == {b"\0asm", b"BC\xc0\xde"}
    assert any(path.name.startswith("isa.cpp") for path in objects)


@pytest.mark.parametrize("isa", ["avx2", "avx512"])
def test_instruction_sets_share_no_code(isa: str) -> None:
    """Of functions that several files bring the linker takes any: here, only their own may be."""
    kernels = [
        symbol
        for path in core_objects(X86)
        if f"pleinair_kernels_{isa}.dir" in path.parts
        for symbol in symbols(path)
    ]
    strong = [s.name for s in kernels if s.defined and s.binding == GLOBAL]
    assert [name for name in strong if not name.endswith(f"kernels_{isa}E")] == []
    weak = [s.name for s in kernels if s.binding == WEAK]
    assert len(weak) > 10
    assert [name for name in weak if not is_in_namespace(name, isa)] == []


def is_in_namespace(mangled: str, isa: str) -> bool:
    """Is it, or is it within, a member of the namespace pl::<isa>?"""
    return re.match(rf"_ZZ?NK?2pl{len(isa)}{isa}\w", mangled) is not None


def test_names_of_namespaces_are_told_apart() -> None:
    assert is_in_namespace("_ZN2pl4avx28conv_rowERKNS_7ConvRowE", "avx2")
    assert is_in_namespace("_ZZN2pl4avx210affine_rowEPfPKfxS3_S3_xENKUlxxE_clExx", "avx2")
    assert not is_in_namespace("_ZN2pl3minIxEET_S1_S1_", "avx2")
    assert not is_in_namespace("_ZN2pl4base8conv_rowERKNS_7ConvRowE", "avx2")
    assert not is_in_namespace("_ZN2pl6avx5128conv_rowERKNS_7ConvRowE", "avx2")


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")
def test_the_library_is_small_and_shows_its_api_alone() -> None:
    path = library.library_path()
    assert symbols(path) == [], "it is not stripped"
    size = path.stat().st_size
    print(f"{path.name}: {size:,} bytes")
    assert size <= MOST_BYTES
    shown = [s.name for s in symbols(path, DYNSYM) if s.defined and s.binding != LOCAL]
    assert "pl_session_run" in shown
    assert [name for name in shown if not name.startswith("pl_")] == []


def test_a_symbol_table_is_read_as_it_is() -> None:
    found = {symbol.name: symbol for symbol in symbols(host_object())}
    assert found["pl_default_host"] == Symbol("pl_default_host", GLOBAL, True)
    assert found["malloc"] == Symbol("malloc", GLOBAL, False)
