"""An Android project: Kotlin, CameraX, and JNI over the engine."""

from __future__ import annotations

from pathlib import Path

from pleinair.deploy.bundle import new_folder
from pleinair.deploy.native import Report, build
from pleinair.deploy.project import (
    Offer,
    copy_engine,
    copy_licence,
    copy_toolchain,
    fill,
    write,
)

_LIBRARY = Path("app/src/main/jniLibs/arm64-v8a/libpleinair_jni.so")


def lay_out_android(
    folder: Path, chosen: Offer, *, ndk: bool = False, report: Report = lambda *_: None
) -> None:
    """Write the project into `folder`, new or empty.

    Args:
        folder: where to.
        chosen: the model and its styles.
        ndk: leave the library to Gradle and Android's own compiler; otherwise zig builds it here.
        report: is told how the library gets on.

    Raises:
        DeployError: `folder` is not empty, the engine's sources are not there, or what builds the
            library is missing.
    """
    with new_folder(folder) as making:
        fill("android", making, chosen)
        copy_engine(making / "native" / "engine")
        copy_toolchain(making / "native" / "zig")
        copy_licence(making)
        assets = making / "app" / "src" / "main" / "assets"
        write(assets / "styles.json", chosen.listing())
        chosen.write(assets)
        if not ndk:
            native = making / "native"
            build(native, "aarch64-linux-android", "pleinair_jni", making / _LIBRARY, report)
