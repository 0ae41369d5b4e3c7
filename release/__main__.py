"""`python -m release`: everything that a release consists of, into one folder."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from release import smoke
from release.build import ROOT, ReleaseError, build_sdist, build_wheel, run
from release.targets import TARGETS

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
_console = Console(stderr=True, highlight=False)
_WHEEL = "pleinair-*manylinux*{}.whl"

Out = Annotated[Path, typer.Option(help="Folder to write into.")]
Names = Annotated[list[str] | None, typer.Option("--target", help="Platform; can be repeated.")]


@app.command()
def build(out: Out = Path("dist"), target: Names = None) -> None:
    """Build the source distribution and a wheel for each platform."""
    known = {each.name: each for each in TARGETS}
    wanted = target or list(known)
    for name in wanted:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}")
    if target is None:
        _say(build_sdist(out))
    for name in wanted:
        _say(build_wheel(known[name], out))


@app.command()
def check(folder: Annotated[Path, typer.Argument()] = Path("dist")) -> None:
    """Install what is for Linux in new environments and paint a picture: the same everywhere."""
    painted = set()
    for name, paints, pattern in (
        ("x86-64", smoke.paints, _WHEEL.format("x86_64")),
        ("aarch64", smoke.paints_on_aarch64, _WHEEL.format("aarch64")),
        ("sources", smoke.paints, "pleinair-*.tar.gz"),
    ):
        picture = paints(_one(folder, pattern))
        _console.print(f"{name:8} {picture}")
        painted.add(picture)
    if len(painted) > 1:
        raise ReleaseError("they paint different pictures")


@app.command()
def sbom(folder: Annotated[Path, typer.Argument()] = Path("dist")) -> None:
    """Write what comes with an installation as a bill of materials (CycloneDX)."""
    wheel = _one(folder, _WHEEL.format("x86_64"))
    path = folder / f"{wheel.name.split('-py3')[0]}.cdx.json"
    with tempfile.TemporaryDirectory() as environment:
        python = smoke.environment(wheel, Path(environment))
        made = run(
            [
                sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible",
                "--pyproject", ROOT / "pyproject.toml", python,
            ]
        )  # fmt: skip
    path.write_text(made)
    _say(path)


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise ReleaseError(f"{folder}: {len(found)} files {pattern}, not one")
    return found[0]


def _say(path: Path) -> None:
    _console.print(f"{path}  {path.stat().st_size:,} bytes")


def main() -> None:
    """Run the command line; what goes wrong is one message and status 1."""
    try:
        app()
    except ReleaseError as error:
        _console.print(f"release: {error}", style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
