"""Charts as ECharts is told of them."""

from __future__ import annotations

import json

from pleinair.studio.charts import Dot, cloud, curves


def test_a_line_for_every_loss_without_what_a_logarithm_lacks() -> None:
    option = curves({"total": [(1, 5.0), (2, 4.0)], "range": [(1, 0.0), (2, 0.1)]})
    assert [line["name"] for line in option["series"]] == ["total", "range"]
    assert option["series"][0]["data"] == [[1, 5.0], [2, 4.0]]
    assert option["series"][1]["data"] == [[2, 0.1]]
    assert option["yAxis"]["type"] == "log"
    json.dumps(option)


def test_the_front_joins_what_none_beats() -> None:
    dots = [Dot("a", 1, 5), Dot("b", 2, 6), Dot("c", 3, 2), Dot("d", 0.5, 9, strong=False)]
    option = cloud(dots, "ms", "loss")
    front, scatter = option["series"]
    assert front["data"] == [[1, 5], [3, 2]]
    assert [dot["value"] for dot in scatter["data"]] == [[1, 5], [2, 6], [3, 2], [0.5, 9]]
    assert scatter["data"][0]["symbolSize"] > scatter["data"][3]["symbolSize"]
    assert cloud([], "", "")["series"][0]["data"] == []
