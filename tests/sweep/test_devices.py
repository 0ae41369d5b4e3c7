"""What is stored of devices that are not here."""

from __future__ import annotations

import pytest

from pleinair.engine import Step
from pleinair.sweep.devices import PHONES, cores, estimate, find_phone

STEP = Step("a", "conv", "3x3 16->16; load: norm, relu; store: statistics", 10**8, 10**6, 0.0)


def test_every_phone_has_a_name_and_a_core() -> None:
    for phone in PHONES:
        assert find_phone(phone.key) is phone
        assert phone.processor in cores()
    assert find_phone("pixel").name == "Pixel 4"


def test_an_unknown_device_is_told_with_those_known() -> None:
    with pytest.raises(ValueError, match=r"device 'nokia' is not known \(known: here, iphone6s"):
        find_phone("nokia")


def test_the_estimate_is_the_cycles_of_the_loops_and_the_bytes() -> None:
    phone = find_phone("iphone6s")
    part = {name: cores()["cyclone"].parts[name] for name in ("conv_4", "affine", "relu")}
    pixels = 10**8 / (9 * 16 * 16)
    tiles = pixels * 4 / part["conv_4"].width
    cycles = tiles * (part["conv_4"].rest + 9 * 16 * part["conv_4"].loops[0])
    statistics = cores()["cyclone"].parts["statistics"]
    passes = part["affine"].loops[0] + part["relu"].loops[0]
    passes += sum(statistics.loops) / statistics.width
    cycles += pixels * 16 / 4 * passes
    expected = cycles / 1.85e9 + 10**6 / (0.5 * 25.6e9)
    assert estimate([STEP], phone, 1) == pytest.approx(expected)


def test_a_second_core_helps_and_a_third_is_not_there() -> None:
    for phone in PHONES:
        alone, both = (estimate([STEP], phone, threads) for threads in (1, 2))
        assert alone / 2.1 < both < alone
        assert estimate([STEP], phone, 8) == both
