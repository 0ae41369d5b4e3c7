"""An iOS project: a Swift package around the engine's sources, and a SwiftUI camera app."""

from __future__ import annotations

from pathlib import Path

from pleinair.deploy.bundle import new_folder
from pleinair.deploy.project import Offer, copy_engine, copy_licence, fill, write


def lay_out_ios(folder: Path, chosen: Offer) -> None:
    """Write the project into `folder`, new or empty.

    Raises:
        DeployError: `folder` is not empty, or the engine's sources are not there.
    """
    with new_folder(folder) as making:
        fill("ios", making, chosen)
        copy_engine(making / "Sources" / "CPleinair", flat=True)
        copy_licence(making)
        app = making / "App" / "Camera"
        chosen.write(app)
        write(app / "styles.json", chosen.listing())
