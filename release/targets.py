"""The platforms that wheels are built for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A platform.

    Attributes:
        name: what the command line calls it.
        tag: platform tag of its wheel (PEP 425, PEP 600).
        triple: zig's name of it, with the oldest system that the library runs on.
        library: file name of the engine there.
    """

    name: str
    tag: str
    triple: str
    library: str


TARGETS = (
    Target("linux-x86_64", "manylinux_2_28_x86_64", "x86_64-linux-gnu.2.28", "libpleinair.so"),
    Target("linux-aarch64", "manylinux_2_28_aarch64", "aarch64-linux-gnu.2.28", "libpleinair.so"),
    Target("macos-arm64", "macosx_11_0_arm64", "aarch64-macos.11.0", "libpleinair.dylib"),
    Target("windows-x86_64", "win_amd64", "x86_64-windows-gnu", "libpleinair.dll"),
)
