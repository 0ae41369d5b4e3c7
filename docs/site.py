"""What the site has beside the documents: references, made from the code, and the figures."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
_USING = ("pleinair", "pleinair.engine", "pleinair.video", "pleinair.cluster", "pleinair.deploy")
_TRAINING = ("pleinair.nets", "pleinair.train", "pleinair.evaluate", "pleinair.convert")
_MOVED = {
    "../bench/": "bench/",
    "../docs/": "../",
    "../engine/include/pleinair.h": "reference/c.md",
}
_SECTION = re.compile(r"^/\* -{4} (.+?) -+ \*/$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no document holds."""
    pages = {
        "reference/c.md": c_reference((ROOT / "engine/include/pleinair.h").read_text()),
        "reference/python.md": python_reference("The Python API", _USING),
        "reference/training.md": python_reference("Training and measuring", _TRAINING),
        "bench/RESULTS.md": (ROOT / "bench/RESULTS.md").read_text(),
        "bench/README.md": (ROOT / "bench/README.md").read_text(),
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """In a checkout the figures and the header lie beside the documents, on the site below them."""
    for there, here in _MOVED.items():
        markdown = markdown.replace(f"]({there}", f"]({here}")
    return markdown


def c_reference(header: str) -> str:
    """The header as a page: a part of it under each of its headings."""
    guard, *parts = _SECTION.split(header)
    lines = ["# The C API", "", _about(guard), ""]
    first = guard[guard.index("typedef enum") :]
    named = zip(parts[::2], parts[1::2], strict=True)
    for name, text in [("status, types and the host", first), *named]:
        code = text.split("#ifdef __cplusplus")[0].strip()
        lines += [f"## {name.capitalize()}", "", "```c", code, "```", ""]
    return "\n".join(lines)


def _about(guard: str) -> str:
    """The comment that the header begins with: prose, and its indented example as code."""
    comment = guard[guard.index("/*") + 2 : guard.index("*/")]
    text = "\n".join(re.sub(r"^ \* ?", "", line) for line in comment.splitlines())
    return text.strip()


def python_reference(title: str, modules: tuple[str, ...]) -> str:
    """A page of what these modules offer, by their ``__all__``."""
    return "\n\n".join([f"# {title}", *_entries(modules)])


def _entries(modules: tuple[str, ...]) -> Iterator[str]:
    for name in modules:
        module = importlib.import_module(name)
        yield f"## {name}"
        yield (module.__doc__ or "").strip()
        for member in sorted(getattr(module, "__all__", ())):
            if not member.startswith("__"):
                home = getattr(getattr(module, member), "__module__", name)
                yield f"::: {home}.{member}"
