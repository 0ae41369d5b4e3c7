"""What the inputs of a style network cost: `python -m bench.inputs`.

The same random network without and with a choice of twelve styles, strength and colours, on one
thread at 1280×720, run in turn; the shortest times of a frame, in milliseconds.
"""

from __future__ import annotations

import time

import numpy as np

from bench.style_network import style_network
from pleinair.engine import Picture, Session

WIDTH, HEIGHT, ROUNDS = 1280, 720, 60
STYLES = tuple(f"style-{i}" for i in range(12))
NUMBERS = {"style": np.eye(12, dtype=np.float32)[0], "strength": np.array([0.7], np.float32)}
NUMBERS["colours"] = np.array([0.4], np.float32)
CASES = {
    "one style": style_network((), strength=False, colours=False),
    "12 styles": style_network(STYLES, strength=False, colours=False),
    "12 styles, strength": style_network(STYLES, colours=False),
    "12 styles, strength, colours": style_network(STYLES),
}


def pictures() -> dict[str, Picture]:
    """Noise in the formats that are measured."""
    random = np.random.default_rng(0)
    rgb, luma, chroma = (
        random.integers(0, 256, shape, np.uint8)
        for shape in ((HEIGHT, WIDTH, 3), (HEIGHT, WIDTH), (HEIGHT // 2, WIDTH // 2, 2))
    )
    return {"RGB": Picture((rgb,)), "NV12": Picture((luma, chroma), "nv12")}


def measure(picture: Picture) -> dict[str, float]:
    """The best time of each case, in milliseconds."""
    out = picture.like(WIDTH, HEIGHT)
    sessions = {name: Session(model, threads=1) for name, model in CASES.items()}
    best = dict.fromkeys(CASES, float("inf"))
    for _ in range(ROUNDS):
        for name, session in sessions.items():
            inputs = {info.name: NUMBERS[info.name] for info in session.inputs[1:]}
            start = time.perf_counter()
            session.paint(picture, out, inputs=inputs)
            best[name] = min(best[name], 1e3 * (time.perf_counter() - start))
    return best


def main() -> None:
    """Measure and print a table."""
    found = {pixels: measure(picture) for pixels, picture in pictures().items()}
    print(f"| | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for name in CASES:
        print(f"| {name} | {' | '.join(f'{times[name]:.2f}' for times in found.values())} |")


if __name__ == "__main__":
    main()
