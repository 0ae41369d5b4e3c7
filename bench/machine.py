"""The machine that measures: what it is, and how many multiply-adds its cores do at most."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_SOURCE = Path(__file__).with_name("peak.c")
_FLOP_PER_ROUND = 2 * 12 * 8
_SECONDS = 0.2
_TRIES = 5


def describe() -> str:
    """The processor's name and instruction sets, cores, and system, in one line."""
    fields: dict[str, str] = {}
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else []:
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = fields.get("flags", "").split()
    sets = [name for name in ("avx2", "fma", "avx512f") if name in flags]
    name = fields.get("model name", platform.processor() or platform.machine())
    kind = ", ".join(f"{key} {fields[key]}" for key in ("cpu family", "model") if key in fields)
    cores = f"{len(os.sched_getaffinity(0))} cores"
    return ", ".join(filter(None, [name, kind, " ".join(sets), cores, platform.system()]))


def fma_peak(cores: int) -> float:
    """Measures the float32 GFLOP/s of `cores` cores in `peak.c`, compiled by zig for this CPU.

    Each core's rate is by the CPU time of its thread, so that other work on the machine does not
    lower it, and the best of a few tries is taken. Raises CalledProcessError without `ziglang`.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "peak.so"
        flags = ["-O3", "-mcpu=native", "-ffp-contract=fast", "-shared", "-fPIC", "-o", str(made)]
        compiler = [sys.executable, "-m", "ziglang", "cc"]
        subprocess.run([*compiler, *flags, str(_SOURCE)], check=True, capture_output=True)
        loop = ctypes.CDLL(str(made)).fma_rounds
        loop.argtypes = [ctypes.c_long, ctypes.c_float, ctypes.c_float]
        loop.restype = ctypes.c_float

        def rate(rounds: int) -> float:
            began = time.thread_time()
            loop(rounds, 0.5, 0.25)
            return rounds * _FLOP_PER_ROUND / (time.thread_time() - began) / 1e9

        rounds = int(_SECONDS * rate(1_000_000) * 1e9 / _FLOP_PER_ROUND)
        with ThreadPoolExecutor(cores) as pool:
            return max(sum(pool.map(rate, [rounds] * cores)) for _ in range(_TRIES))
