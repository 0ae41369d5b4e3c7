"""Plots of quality against cost."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from pleinair.evaluate.plot import HEIGHT, WIDTH, Point, frontier, pareto_plot

POINTS = [
    Point("small", 0.8, 2.0),
    Point("small", 0.8, 1.6),
    Point("large & slow", 150.0, 1.2),
    Point("poor", 4.0, 2.5),
]
MODELS = ["small", "large & slow", "poor"]


def test_frontier_is_what_no_other_beats() -> None:
    cheap, better, best = Point("a", 1, 3), Point("b", 2, 2), Point("c", 9, 1)
    beaten = [Point("d", 2, 4), Point("e", 3, 2.5), Point("f", 9, 2)]
    assert frontier([*beaten, best, cheap, better]) == [cheap, better, best]


def test_plot_shows_every_painting_and_the_mean_of_every_model() -> None:
    drawn = ElementTree.fromstring(pareto_plot(POINTS, MODELS, "cost", "loss"))
    dots = drawn.findall("circle")
    assert len([dot for dot in dots if dot.get("r") == "3"]) == len(POINTS)
    means = [dot for dot in dots if dot.get("r") == "7"]
    assert [dot.get("class", "").strip() for dot in means] == ["c0", "c1", "c2"]
    faint = [dot for dot in dots if "faint" in dot.get("class", "")]
    heights = [float(dot.get("cy", "")) for dot in faint[:2]]
    assert abs(float(means[0].get("cy", "")) - sum(heights) / 2) < 0.11
    names = [text.text for text in drawn.findall("text") if text.get("class") == "name"]
    assert sorted(filter(None, names)) == sorted(MODELS)


def test_better_is_lower_and_cheaper_is_further_left() -> None:
    drawn = pareto_plot(POINTS, MODELS, "cost", "loss")
    found = re.findall(r'class="c(\d) " cx="([\d.]+)" cy="([\d.]+)" r="7"', drawn)
    at = {MODELS[int(colour)]: (float(x), float(y)) for colour, x, y in found}
    assert at["small"][0] < at["poor"][0] < at["large & slow"][0]
    assert at["large & slow"][1] > at["small"][1] > at["poor"][1]


def test_everything_lies_within_the_picture() -> None:
    for points in (POINTS, POINTS[:1], [Point("poor", 3.0, 0.5)]):
        drawn = pareto_plot(points, MODELS, "cost", "loss")
        for x, y in re.findall(r'cx="([\d.-]+)" cy="([\d.-]+)"', drawn):
            assert 0 < float(x) < WIDTH
            assert 0 < float(y) < HEIGHT


def test_names_of_near_models_do_not_lie_on_one_another() -> None:
    near = [Point(f"model {i}", 1.0 + i / 100, 1.5) for i in range(4)]
    drawn = ElementTree.fromstring(pareto_plot(near, [p.model for p in near], "cost", "loss"))
    heights = sorted(float(t.get("y", "")) for t in drawn.findall("text[@class='name']"))
    assert len(heights) == 4
    assert all(below - above >= 14 for above, below in pairwise(heights))
