"""A wheel's first try: installed as a user would, on a machine without a compiler."""

from __future__ import annotations

import shutil
import sys
import tempfile
import venv
from pathlib import Path

from release.build import ReleaseError, run

_PAINT = Path(__file__).with_name("paint.py")
_SYSTEM = (
    "libbz2-1.0", "libc6", "libexpat1", "libffi8", "libgcc-s1", "liblzma5", "libpython3.11-minimal",
    "libpython3.11-stdlib", "libssl3", "libstdc++6", "python3.11-minimal", "zlib1g",
)  # fmt: skip


def paints(package: Path) -> str:
    """Install a wheel, or build one of the sources, in a new environment, and paint with it.

    Gives the picture's hash. The compiler that sources need is a requirement of their build.
    """
    with tempfile.TemporaryDirectory() as folder:
        python = environment(package, Path(folder))
        return run([python, _PAINT], PATH="/nowhere").strip()


def environment(package: Path, folder: Path) -> Path:
    """A new virtual environment with a wheel or sources in it; gives its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    run([python, "-m", "pip", "install", "--quiet", package])
    return python


def paints_on_aarch64(wheel: Path) -> str:
    """The same with Debian's Python for that processor, under qemu-user.

    Nothing is installed on this machine: the system's parts are unpacked beside the wheel.

    Raises:
        ReleaseError: qemu, apt or dpkg is missing, or the wheel does not work.
    """
    qemu = _program("qemu-aarch64", "apt-get install qemu-user")
    with tempfile.TemporaryDirectory() as folder:
        system, site = Path(folder) / "system", Path(folder) / "site"
        _unpack_debian("arm64", Path(folder) / "apt", system)
        run(
            [
                sys.executable, "-m", "pip", "install", "--quiet", "--target", site,
                "--platform", "manylinux_2_28_aarch64", "--platform", "manylinux2014_aarch64",
                "--python-version", "3.11", "--implementation", "cp", "--only-binary", ":all:",
                wheel,
            ]
        )  # fmt: skip
        python = system / "usr/bin/python3.11"
        return run([qemu, "-L", system, python, _PAINT], PYTHONPATH=str(site)).strip()


def _unpack_debian(processor: str, state: Path, into: Path) -> None:
    """Debian's C library and Python for another processor, with lists of packages of their own."""
    apt, dpkg = _program("apt-get", "Debian"), _program("dpkg-deb", "Debian")
    for part in ("lists/partial", "cache/archives/partial", "packages"):
        (state / part).mkdir(parents=True)
    (state / "status").touch()
    settings = {
        "APT::Architecture": processor,
        "APT::Architectures": processor,
        "APT::Sandbox::User": "root",
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
    }
    given = [f"-o{name}={value}" for name, value in settings.items()]
    run([apt, *given, "update"])
    run(["env", "-C", state / "packages", apt, *given, "download", *_SYSTEM])
    for package in sorted((state / "packages").glob("*.deb")):
        run([dpkg, "-x", package, into])


def _program(name: str, where: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise ReleaseError(f"{name} is missing: {where}")
    return path
