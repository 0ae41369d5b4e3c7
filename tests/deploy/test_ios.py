from __future__ import annotations

import re
from pathlib import Path

import pytest

from pleinair.deploy.ios import lay_out_ios
from tests.deploy.projects import assert_closed, easel, zig


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ios") / "project"
    lay_out_ios(folder, easel())
    return folder


def flags(project: Path) -> list[str]:
    """The compiler's flags that Package.swift says."""
    package = (project / "Package.swift").read_text()
    found = re.search(r"unsafeFlags\(\[(.*?)\]\)", package, re.DOTALL)
    assert found
    assert '.define("PL_ISA", to: "base")' in package
    assert '.headerSearchPath(".")' in package
    return [*re.findall(r'"(-[^"]+)"', found[1]), "-std=gnu++17", "-DPL_ISA=base"]


@pytest.mark.parametrize(
    ("system", "source"),
    [
        ("ios", "kernels/isa.cpp"),
        ("ios", "plan/paint.cpp"),
        ("ios", "ops/resize.cpp"),
        ("macos", "host/posix.cpp"),
    ],
)
def test_the_engine_compiles_with_the_flags_of_the_package(
    project: Path, tmp_path: Path, system: str, source: str
) -> None:
    """The header comes through the module map's folder. zig has Apple's headers for macOS alone."""
    engine, out = project / "Sources" / "CPleinair", tmp_path / "x.o"
    zig(
        "c++", "-target", f"aarch64-{system}", *flags(project), "-nostdinc++", "-O1",
        "-I", engine, "-I", engine / "include", "-c", engine / source, "-o", out,
    )  # fmt: skip
    assert out.read_bytes()[:4] == b"\xcf\xfa\xed\xfe"  # Mach-O of 64 bits


def test_clang_finds_the_header_through_the_module_map(project: Path, tmp_path: Path) -> None:
    include = project / "Sources" / "CPleinair" / "include"
    program = tmp_path / "x.m"
    program.write_text(
        "@import CPleinair;\nconst char* f(void) { return pl_version(); }\nint n = PL_NV12;\n"
    )
    zig(
        "cc", "-target", "aarch64-macos", "-fmodules", "-fcxx-modules", f"-I{include}",
        f"-fmodules-cache-path={tmp_path}", f"-fmodule-map-file={include / 'module.modulemap'}",
        "-c", program, "-o", tmp_path / "x.o",
    )  # fmt: skip


def test_only_what_the_package_needs_is_there(project: Path) -> None:
    engine = project / "Sources" / "CPleinair"
    host = sorted(path.name for path in (engine / "host").iterdir())
    assert host == ["pool.h", "posix.cpp"]
    assert not list(engine.rglob("CMakeLists.txt"))
    assert len(list(engine.rglob("*.cpp"))) > 80


def test_brackets_are_closed(project: Path) -> None:
    for path in project.rglob("*.swift"):
        assert_closed(path)
    assert_closed(project / "App" / "Camera.xcodeproj" / "project.pbxproj")


def test_the_project_refers_to_what_it_has(project: Path) -> None:
    """Every object of the Xcode project is defined once and used, the root by the file itself."""
    text = (project / "App" / "Camera.xcodeproj" / "project.pbxproj").read_text()
    defined = re.findall(r"^\t\t(A0+\w+)[^=\n]*= \{", text, re.MULTILINE)
    assert len(set(defined)) == len(defined) > 15
    for name in defined:
        assert text.count(name) >= 2, name
    assert set(re.findall(r"\bA0+\w{4}\b", text)) == set(defined)
    assert (
        project / "App" / re.findall(r"^\t\t\tpath = (Camera);", text, re.MULTILINE)[0]
    ).is_dir()
    assert (project / "App" / ".." / "Package.swift").is_file()


def test_swift_uses_the_engine_as_its_header_has_it(project: Path) -> None:
    """Functions and constants, for no Swift compiler looks."""
    painter = (project / "Sources" / "Pleinair" / "Painter.swift").read_text()
    header = (project / "Sources" / "CPleinair" / "include" / "pleinair.h").read_text()
    used = set(re.findall(r"\b(?:pl_|PL_)\w+", painter))
    assert {"pl_session_paint", "PL_NV12"} <= used
    known = set(re.findall(r"\b(?:pl_|PL_)\w+", header))
    assert used <= known
