"""`python -m tests.studio.described FOLDER`: the studio's routes as an OpenAPI document.

In a process of its own, as a studio can be built once in each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from pleinair.studio.app import Settings, build


def described(folder: Path) -> dict[str, Any]:
    """All that answers to a path of its own: pages, files, parts of NiceGUI."""
    studio: Any = build(Settings(folder))._studio
    from nicegui import app as pages

    routes = [route for app in (studio, pages) for route in app.routes]
    answering = [route for route in routes if isinstance(route, APIRoute)]
    for route in answering:
        route.include_in_schema = True
    return get_openapi(title="pleinair studio", version="1", routes=answering)


if __name__ == "__main__":
    json.dump(described(Path(sys.argv[1])), sys.stdout)
