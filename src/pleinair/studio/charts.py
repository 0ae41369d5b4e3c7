"""Curves and clouds of points, as options of ECharts, in colours that suit light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pleinair.evaluate.plot import Point, frontier

Option = dict[str, Any]

PIGMENTS = (
    "#c8553d",  # vermilion
    "#4a6fb5",  # ultramarine
    "#c2932a",  # ochre
    "#3f9274",  # viridian
    "#8a64b0",  # violet
    "#4f9fc2",  # cerulean
    "#b8648a",  # madder
    "#8d7358",  # umber
)
_FONT = "system-ui, sans-serif"
_INK, _RULE = "#8c8578", "rgba(140, 133, 120, .22)"
_TEXT = {"color": _INK, "fontFamily": _FONT, "fontSize": 12}


@dataclass(frozen=True)
class Dot:
    """A point to be named: a trial, or a model. Of both `x` and `y` less is better."""

    name: str
    x: float
    y: float
    group: str = ""
    strong: bool = True


def curves(lines: Mapping[str, Sequence[tuple[float, float]]], x_label: str = "steps") -> Option:
    """Losses over steps, on a logarithmic scale: some of them are tiny."""
    series = [
        {
            "name": name,
            "type": "line",
            "data": [[x, y] for x, y in points if y > 0],
            "showSymbol": False,
            "lineStyle": {"width": 3 if place == 0 else 1.6},
            "itemStyle": {"color": PIGMENTS[place % len(PIGMENTS)]},
            "emphasis": {"focus": "series"},
        }
        for place, (name, points) in enumerate(lines.items())
    ]
    return {
        **_common(),
        "grid": {"left": 52, "right": 14, "top": 12, "bottom": 74},
        "legend": {
            "bottom": 0,
            "left": "center",
            "icon": "roundRect",
            "itemWidth": 14,
            "itemHeight": 4,
            "textStyle": _TEXT,
            "inactiveColor": "rgba(140, 133, 120, .35)",
        },
        "xAxis": _axis("value", x_label, 26),
        "yAxis": _axis("log"),
        "series": series,
    }


def cloud(dots: Sequence[Dot], x_label: str, y_label: str) -> Option:
    """Cost and loss: a dot each, and the line of those that none beats in both."""
    groups = list(dict.fromkeys(dot.group for dot in dots))
    strong = [dot for dot in dots if dot.strong]
    front = frontier([Point(dot.name, dot.x, dot.y) for dot in strong])
    series: list[Option] = [
        {
            "type": "line",
            "name": "front",
            "data": [[point.x, point.y] for point in front],
            "showSymbol": False,
            "silent": True,
            "lineStyle": {"color": _INK, "width": 1.5, "type": "dashed"},
            "tooltip": {"show": False},
            "z": 1,
        }
    ]
    for place, group in enumerate(groups):
        series.append(
            {
                "type": "scatter",
                "name": group,
                "itemStyle": {"color": PIGMENTS[place % len(PIGMENTS)]},
                "data": [_dot(dot, len(strong) <= 16) for dot in dots if dot.group == group],
                "z": 2,
            }
        )
    return {
        **_common(),
        "grid": {"left": 60, "right": 28, "top": 18, "bottom": 52},
        "tooltip": {**_common()["tooltip"], "trigger": "item", "formatter": "{b}"},
        "xAxis": {**_axis("log" if _wide(dots) else "value", x_label, 28), "scale": True},
        "yAxis": {**_axis("value", y_label, 40), "nameRotate": 90, "scale": True},
        "series": series,
    }


def _wide(dots: Sequence[Dot]) -> bool:
    """Whether costs are so different that they need a logarithmic scale."""
    costs = [dot.x for dot in dots]
    return bool(costs) and 0 < 5 * min(costs) < max(costs)


def _dot(dot: Dot, labelled: bool) -> Option:
    return {
        "name": f"{dot.name}: {dot.x:.4g}, {dot.y:.4g}",
        "value": [dot.x, dot.y],
        "symbolSize": 15 if dot.strong else 7,
        "itemStyle": {"opacity": 0.95 if dot.strong else 0.4},
        "label": {
            "show": dot.strong and labelled,
            "position": "right",
            "formatter": dot.name,
            "color": _INK,
            "fontFamily": _FONT,
        },
    }


def _common() -> Option:
    return {
        "animation": False,
        "textStyle": {"fontFamily": _FONT},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "order": "valueDesc",
            "textStyle": {"fontFamily": _FONT, "fontSize": 12},
        },
    }


def _axis(kind: str, name: str = "", gap: int = 0) -> Option:
    return {
        "type": kind,
        "name": name,
        "nameLocation": "middle",
        "nameGap": gap,
        "nameTextStyle": _TEXT,
        "axisLabel": {**_TEXT, "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": _RULE}},
        "splitLine": {"lineStyle": {"color": _RULE}},
        "minorTick": {"show": False},
    }
