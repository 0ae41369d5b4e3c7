from __future__ import annotations

import re
import shutil
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from pleinair.deploy import DeployError
from pleinair.deploy import native as native_module
from pleinair.deploy.android import lay_out_android
from pleinair.engine import Picture, library
from tests.deploy.projects import EASEL, Image, assert_closed, easel, painter, run, zig
from tests.engine.elf import DYNSYM, LOCAL, symbols
from tests.engine.emulated import cross_build, emulate

TEMPLATES = Path(native_module.__file__).parent / "templates" / "android"
NATIVE = Path("src/pleinair/deploy/templates/android/native")
PAGE = 16384
LOAD, NEEDED = 1, 1
HEIGHT, WIDTH = 64, 96


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("android") / "project"
    lay_out_android(folder, easel(), ndk=True)
    return folder


@pytest.fixture(scope="module")
def jni_library() -> Path:
    """The library as zig builds it, with the objects that other tests have built already."""
    return cross_build("aarch64-linux-android", "pleinair_jni") / NATIVE / "libpleinair_jni.so"


# ---- the library --------------------------------------------------------------------------------


def test_it_needs_named_functions_of_the_c_library_alone(jni_library: Path) -> None:
    names = (TEMPLATES / "native" / "zig" / "names.cpp").read_text()
    listed = set(re.findall(r"^void\*? (\w+)", names, re.MULTILINE))
    missing = {symbol.name for symbol in symbols(jni_library, DYNSYM) if not symbol.defined}
    assert "posix_memalign" in missing
    assert missing <= listed
    assert b"\0libc.so\0" in jni_library.read_bytes()


def test_it_shows_what_kotlin_declares(jni_library: Path) -> None:
    kotlin = (TEMPLATES / "app/src/main/kotlin/pleinair/Native.kt").read_text()
    declared = {
        f"Java_pleinair_Native_{name}" for name in re.findall(r"external fun (\w+)", kotlin)
    }
    found = symbols(jni_library, DYNSYM)
    assert {s.name for s in found if s.defined and s.binding != LOCAL} == declared
    assert len(declared) == 3


def test_its_segments_fit_pages_of_16_kb(jni_library: Path) -> None:
    raw = jni_library.read_bytes()
    (start,) = struct.unpack_from("<Q", raw, 0x20)
    size, count = struct.unpack_from("<HH", raw, 0x36)
    segments = [struct.unpack_from("<IIQQQQQQ", raw, start + size * i) for i in range(count)]
    loaded = [segment for segment in segments if segment[0] == LOAD]
    assert len(loaded) >= 2
    for _, _, offset, address, _, _, _, align in loaded:
        assert align == PAGE
        assert offset % PAGE == address % PAGE


ADD = """
#include <pthread.h>
#include <stdio.h>
extern "C" int __aarch64_ldadd4_relax(int, int*);
extern "C" int __aarch64_ldadd4_acq_rel(int, int*);
static int n;
static void* work(void*) {
  for (int i = 0; i < 100000; ++i) __aarch64_ldadd4_acq_rel(3, &n);
  return nullptr;
}
int main() {
  pthread_t threads[2];
  for (pthread_t& t : threads) pthread_create(&t, nullptr, work, nullptr);
  for (pthread_t t : threads) pthread_join(t, nullptr);
  const int old = __aarch64_ldadd4_relax(-1, &n);
  printf("%d %d", old, n);
}
"""


def test_its_atomic_additions_lose_none(tmp_path: Path) -> None:
    (tmp_path / "add.cpp").write_text(ADD)
    program = tmp_path / "add"
    zig(
        "c++", "-target", "aarch64-linux-musl", "-nostdlib++", "-fno-exceptions",
        tmp_path / "add.cpp", TEMPLATES / "native" / "zig" / "atomics.cpp", "-o", program,
    )  # fmt: skip
    assert emulate("aarch64", [program]) == b"600000 599999"


# ---- the library under Java ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def under_java(project: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """jni.cpp for this machine, and a folder of Java classes that call it."""
    if sys.platform != "linux" or not shutil.which("javac"):
        pytest.skip("needs javac on Linux (apt-get install openjdk-17-jdk-headless)")
    folder, engine = tmp_path_factory.mktemp("java"), library.library_path()
    native = project / "native"
    zig(
        "c++", "-O1", "-std=c++17", "-shared", "-fPIC", "-nostdlib++", "-fno-exceptions",
        "-fno-rtti", "-Wall", "-Wextra", "-Werror", f"-Wl,-rpath,{engine.parent}",
        "-isystem", native / "zig" / "jni", "-I", native / "engine" / "include",
        native / "jni.cpp", engine, "-o", folder / "libpleinair_jni.so",
    )  # fmt: skip
    sources = sorted(Path(__file__).with_name("java").glob("*.java"))
    run(["javac", "-d", folder, *sources])
    return folder / "libpleinair_jni.so", folder


def planes() -> tuple[Image, Image]:
    """A picture of smooth luma and chroma: H×W and h×w×2, uint8."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    luma = (128 + 90 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
    cb, cr = 128 + 60 * np.sin(x / 11), 128 + 60 * np.cos(y / 13)
    return luma, np.stack((cb, cr), axis=-1)[::2, ::2].astype(np.uint8)


def test_java_paints_what_python_paints(
    project: Path, under_java: tuple[Path, Path], tmp_path: Path
) -> None:
    """NV12, NV21 and I420, by a network with a strength and colours of its own."""
    jni, classes = under_java
    luma, chroma = planes()
    (tmp_path / "nv12").write_bytes(luma.tobytes() + chroma.tobytes())
    style = painter(easel())
    style.strength, style.colours = 0.75, 0.25
    want = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    style.paint(Picture((luma, chroma), "nv12", full_range=True), Picture((want,), "rgba"))
    model = project / "app/src/main/assets/easel.onnx"
    run(
        ["java", f"-Dlibrary={jni}", "-cp", classes, "pleinair.Check", model, "2", "1",
         str(WIDTH), str(HEIGHT), tmp_path / "nv12", tmp_path / "out"]
    )  # fmt: skip
    painted = np.fromfile(tmp_path / "out", np.uint8).reshape(3, HEIGHT, WIDTH, 4)
    for layout, got in zip(("nv12", "nv21", "i420"), painted, strict=True):
        assert np.array_equal(got, want), layout
    assert want[..., :3].std() > 20


def test_java_is_told_what_is_wrong(under_java: tuple[Path, Path], tmp_path: Path) -> None:
    jni, classes = under_java
    (tmp_path / "x.onnx").write_bytes(b"no model")
    said = run(["java", f"-Dlibrary={jni}", "-cp", classes, "pleinair.Refusals",
                tmp_path / "x.onnx", EASEL])  # fmt: skip
    assert said.splitlines()[-2:] == [
        "the planes do not hold a picture of this size, or are not direct buffers",
        "another number of styles",
    ]
    assert len(said.splitlines()) == 3


# ---- the project --------------------------------------------------------------------------------


def test_files_parse(project: Path) -> None:
    found = list(project.rglob("*.xml"))
    assert len(found) == 5
    for path in found:
        ET.parse(path)
    for path in [*project.rglob("*.kt"), *project.rglob("*.kts")]:
        assert_closed(path)


def test_what_kotlin_refers_to_is_there(project: Path) -> None:
    main = project / "app" / "src" / "main"
    kotlin = "\n".join(path.read_text() for path in main.rglob("*.kt"))
    xml = "\n".join(path.read_text() for path in (main / "res").rglob("*.xml"))
    for kind, name in re.findall(r"R\.(\w+)\.(\w+)", kotlin):
        if kind == "layout":
            assert (main / "res" / "layout" / f"{name}.xml").is_file()
        else:
            assert f'"@+id/{name}"' in xml or f'<string name="{name}">' in xml, name
    assert "com.example.camera.PaintedView" in xml


def test_without_tools_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_module, "_tool", lambda _: None)
    with pytest.raises(DeployError, match=r"pip install 'pleinair\[deploy\]'"):
        lay_out_android(tmp_path / "project", easel())
    assert list(tmp_path.iterdir()) == []


def test_kotlin_compiles_against_stand_ins(project: Path, tmp_path: Path) -> None:
    """For Android's classes: empty ones with the signatures that the app uses."""
    if not shutil.which("kotlinc") or not shutil.which("javac"):
        pytest.skip("needs kotlinc and javac (apt-get install kotlin openjdk-17-jdk-headless)")
    stubs = tmp_path / "stubs"
    for part in Path(__file__).with_name("android_stubs.txt").read_text().split("=== ")[1:]:
        name, body = part.split("\n", 1)
        package, _, simple = name.rpartition(".")
        path = stubs / f"{simple}.java"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"package {package};\n{body}")
    run(["javac", "-d", tmp_path / "classes", *sorted(stubs.glob("*.java"))])
    kotlin = sorted((project / "app/src/main/kotlin").rglob("*.kt"))
    run(["kotlinc", "-cp", tmp_path / "classes", "-d", tmp_path / "app.jar", *kotlin])
    assert (tmp_path / "app.jar").is_file()
