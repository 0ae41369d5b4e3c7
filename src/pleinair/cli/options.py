"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, NamedTuple, TypeAlias

import typer

from pleinair.styles.style import MINIMUM


class Size(NamedTuple):
    """Pixels across and down."""

    width: int
    height: int


def parse_size(text: str) -> Size:
    """Read `WIDTHxHEIGHT`, in pixels."""
    match = re.fullmatch(r"(\d+)[x×](\d+)", text.strip().lower())
    if not match:
        raise typer.BadParameter(f"{text!r} isn't WIDTHxHEIGHT, for example 1280x720")
    width, height = int(match[1]), int(match[2])
    if min(width, height) < MINIMUM:
        raise typer.BadParameter(f"{text} is too small, at least {MINIMUM}x{MINIMUM}")
    return Size(width, height)


def one_address(text: str) -> str:
    """Read where a server listens: an address of this machine, never all of them at once.

    Raises:
        ValueError: it is none, or stands for several.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if text == "localhost" else text)
    except ValueError as error:
        raise ValueError(f"--host {text}: not an address such as 192.168.1.20") from error
    if address.is_unspecified or address.is_multicast:
        raise ValueError(f"--host {text}: name one address of this machine, not all of them")
    return str(address)


Threads: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="Processor cores to paint with.", show_default="all"),
]

Device: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="cpu|gpu|cuda|auto",
        help="What to paint on: gpu is any GPU, cuda NVIDIA's, auto a GPU where there is one.",
    ),
]

Model: TypeAlias = Annotated[
    str, typer.Argument(metavar="MODEL", help="ONNX file, or name of a style.")
]

PlanSize: TypeAlias = Annotated[
    Size | None,
    typer.Option(
        parser=parse_size,
        metavar="WxH",
        help="Picture to plan for, where the model takes any size.",
        show_default="1280x720",
    ),
]
