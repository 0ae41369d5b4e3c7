"""The page's icon as PNG, for home screens that take no SVG: `python docs/icons.py`."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WEB = Path(__file__).resolve().parents[1] / "web"
SIZES = (192, 512)
COLOURS = 32  # five, and what lies between them along the edges


def main() -> None:
    """Draw `web/icon.svg` in a browser and save it beside it."""
    drawing = (WEB / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            style = "<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>"
            page.set_content(style + drawing)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(WEB / f"icon-{size}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
