"""Devices that are not here, and how long the steps of a plan would take on them: an estimate.

``devices.json`` holds the cycles of the engine's inner loops on each processor as LLVM's machine
code analyser counts them; ``python -m bench devices`` makes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pleinair.engine import Step
from pleinair.sweep.estimate import Core, Cycles, seconds_of

ONE_CORE = 0.5
"""Of the memory's bandwidth is what one core gets."""

WORST = 1.33
"""How many times as long as estimated models took where the method could be checked.

That was on an x86-64 processor: 1.00 times with AVX2 and 1.33 times with AVX-512 (section
"Phones, on paper" of bench/RESULTS.md). No phone was measured.
"""

TABLE = Path(__file__).with_name("devices.json")


@dataclass(frozen=True)
class Phone:
    """A phone as its sources describe it.

    `processor`: LLVM's model; `ghz`: clocks of the cores that would paint, fastest first;
    `bandwidth`: of its memory in GB/s, at most; `key`: what it is called on the command line.
    """

    name: str
    cores: str
    processor: str
    ghz: tuple[float, float]
    bandwidth: float
    source: str
    key: str


PHONES = (
    Phone(
        "iPhone 6s",
        "Apple A9, 2 × Twister",
        "cyclone",
        (1.85, 1.85),
        25.6,
        "[GSMArena](https://m.gsmarena.com/apple_iphone_6s-review-1314p6.php), "
        "[AskGeek](https://askgeek.io/en/cpus/Apple/A9)",
        "iphone6s",
    ),
    Phone(
        "Pixel 4",
        "Snapdragon 855, 2 of 4 × Cortex-A76",
        "neoverse-n1",
        (2.84, 2.42),
        34.1,
        "[WikiChip](https://en.wikichip.org/wiki/qualcomm/snapdragon_800/855)",
        "pixel4",
    ),
    Phone(
        "Galaxy A52s",
        "Snapdragon 778G, 2 of 4 × Cortex-A78",
        "neoverse-n1",
        (2.4, 2.2),
        25.6,
        "[NanoReview]"
        "(https://nanoreview.net/en/soc-compare/samsung-exynos-1380-vs-qualcomm-snapdragon-778g-5g)",
        "galaxya52s",
    ),
    Phone(
        "Pixel 4, small cores",
        "Snapdragon 855, 2 of 4 × Cortex-A55",
        "cortex-a55",
        (1.8, 1.8),
        34.1,
        "[WikiChip](https://en.wikichip.org/wiki/qualcomm/snapdragon_800/855)",
        "pixel4-small",
    ),
)


def find_phone(name: str) -> Phone:
    """The phone of a name such as ``iphone6s``. Raises ``ValueError``, naming those there are."""
    phones = {phone.key: phone for phone in PHONES} | {"pixel": PHONES[1]}
    if name not in phones:
        raise ValueError(f"device {name!r} is not known (known: here, {', '.join(phones)})")
    return phones[name]


@cache
def cores() -> dict[str, Core]:
    """Cores by the name of their processor, with no clock: that is the phone's."""
    table = json.loads(TABLE.read_text())
    return {
        processor: Core(
            0.0,
            table["lanes"],
            tuple(table["blocks"]),
            {
                name: Cycles(part["width"], part["rest"], tuple(part["loops"]))
                for name, part in parts.items()
            },
        )
        for processor, parts in table["processors"].items()
    }


def phone_seconds(steps: Sequence[Step], phone: Phone, core: Core, cores: int) -> float:
    """The estimated time of a picture; `core` runs at the clock of the first one."""
    speed = sum(phone.ghz[:cores]) / phone.ghz[0]
    bandwidth = phone.bandwidth * 1e9 * min(1.0, ONE_CORE * cores)
    return sum(seconds_of(step, core, bandwidth, speed) for step in steps)


def estimate(steps: Sequence[Step], phone: Phone, threads: int) -> float:
    """Seconds of a picture on ``phone`` with at most two ``threads``; may take ``WORST`` as long.

    ``steps`` are those of a plan made on any machine: plans are the same everywhere.
    """
    known = cores()[phone.processor]
    core = Core(phone.ghz[0], known.lanes, known.blocks, known.parts)
    return phone_seconds(steps, phone, core, min(threads, len(phone.ghz)))
