from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from pleinair.deploy.c import lay_out_c, write_ppm
from pleinair.deploy.project import offer
from pleinair.engine import library
from tests.deploy.projects import STYLE, easel, painter, photo, run, zig
from tests.engine.emulated import BUILDS, emulate, tool

ARM = "aarch64-linux-musl"  # with its C library inside the program, as qemu has none


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two styles in a folder that stays, where files keep their age."""
    new, kept = tmp_path_factory.mktemp("c") / "new", BUILDS / "deploy-c"
    lay_out_c(new, easel())
    for path in new.rglob("*"):
        old = kept / path.relative_to(new)
        if path.is_file() and (not old.is_file() or old.read_bytes() != path.read_bytes()):
            old.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, old)
    write_ppm(kept / "small.ppm", photo())
    (kept / "cut.ppm").write_bytes((kept / "small.ppm").read_bytes()[:-1])
    return kept


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What Python paints here."""
    path = tmp_path_factory.mktemp("python") / "painted.ppm"
    write_ppm(path, painter(easel())(photo()))
    return path.read_bytes()


@pytest.fixture(scope="module")
def here(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example for this machine."""
    return compiled(project, tmp_path_factory.mktemp("here"))


def compiled(project: Path, folder: Path) -> Path:
    """The example, with the engine that Python has."""
    engine = library.library_path()
    program = folder / "paint"
    zig(
        "cc", "-O1", "-Wall", "-Wextra", "-Werror", "-std=c11", f"-Wl,-rpath,{engine.parent}",
        "-I", project / "engine" / "include", project / "example" / "paint.c", engine,
        "-o", program,
    )  # fmt: skip
    return program


@pytest.mark.skipif(sys.platform != "linux", reason="links an ELF library")
def test_the_example_paints_what_python_paints(
    project: Path, here: Path, painted: bytes, tmp_path: Path
) -> None:
    run([here, project / "easel.onnx", STYLE, project / "small.ppm", tmp_path / "out.ppm"])
    assert (tmp_path / "out.ppm").read_bytes() == painted


@pytest.mark.skipif(sys.platform != "linux", reason="links an ELF library")
@pytest.mark.parametrize(
    ("style", "picture", "says"),
    [
        ("nobody", "small.ppm", "nobody: no such style"),
        ("starry-night", "small.ppm", "starry-night: no such style"),  # not offered
        (STYLE, "easel.onnx", "no PPM picture"),
        (STYLE, "cut.ppm", "no PPM picture"),
        (STYLE, "none.ppm", "can't be read"),
    ],
)
def test_the_example_says_what_is_wrong(
    project: Path, here: Path, tmp_path: Path, style: str, picture: str, says: str
) -> None:
    out = tmp_path / "out.ppm"
    with pytest.raises(AssertionError, match=says):
        run([here, project / "easel.onnx", style, project / picture, out])
    assert not out.exists()


def test_built_for_arm_it_paints_the_same(project: Path, painted: bytes, tmp_path: Path) -> None:
    """By the project's own CMake; then the example again, as a stranger to the engine's sources."""
    tool("qemu-aarch64", "apt-get install qemu-user")
    cmake, ninja = tool("cmake", "pip install cmake"), tool("ninja", "pip install ninja")
    settings: list[str | Path] = [
        "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}", f"-DPLEINAIR_TARGET={ARM}",
        f"-DCMAKE_TOOLCHAIN_FILE={project / 'cmake' / 'zig.cmake'}",
        f"-DPython_EXECUTABLE={sys.executable}",
    ]  # fmt: skip
    build, prefix = project / "build", project / "installed"
    run([cmake, "-S", project, "-B", build, *settings])
    run([cmake, "--build", build])
    run([cmake, "--install", build, "--prefix", prefix])
    assert (prefix / "lib" / "libpleinair.so").is_file()

    alone = tmp_path / "alone"
    shutil.copytree(project / "example", tmp_path / "example")
    prefixed = [f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release"]
    run([cmake, "-S", tmp_path / "example", "-B", alone, *settings, *prefixed])
    run([cmake, "--build", alone])
    for program in (build / "example" / "paint", alone / "paint"):
        out = tmp_path / "out.ppm"
        emulate("aarch64", [program, project / "easel.onnx", STYLE, project / "small.ppm", out])
        assert out.read_bytes() == painted
        out.unlink()


def test_the_example_is_sixty_lines(project: Path) -> None:
    assert len((project / "example" / "paint.c").read_text().splitlines()) <= 60


@pytest.mark.skipif(sys.platform != "linux", reason="links an ELF library")
def test_a_network_without_inputs_beside_the_picture(negative: bytes, tmp_path: Path) -> None:
    (tmp_path / "negative.onnx").write_bytes(negative)
    lay_out_c(tmp_path / "project", offer(tmp_path / "negative.onnx"))
    program = compiled(tmp_path / "project", tmp_path)
    write_ppm(tmp_path / "in.ppm", photo())
    run([program, tmp_path / "negative.onnx", "negative", tmp_path / "in.ppm", tmp_path / "out"])
    painted = np.frombuffer((tmp_path / "out").read_bytes()[-photo().size :], np.uint8)
    assert np.array_equal(painted, 255 - photo().ravel())


def test_a_photo_comes_along(project: Path) -> None:
    content = (project / "photo.ppm").read_bytes()
    assert content.startswith(b"P6\n320 240\n255\n")
    assert np.frombuffer(content[15:], np.uint8).size == 320 * 240 * 3
