"""Some styles of a network of many."""

from __future__ import annotations

import json
from collections.abc import Sequence

import torch
from torch import nn

from pleinair.nets.cost import count_parameters
from pleinair.nets.stylenet import StyleNet


def pick_styles(net: nn.Module, metadata: dict[str, str], names: Sequence[str]) -> dict[str, str]:
    """Leave only these styles in ``net``, in this order; gives the metadata that now hold.

    ``metadata`` are those of the model file. A style that is left alone gives the model its name.
    Raises ``ValueError`` for a name that is not among its styles or comes twice.
    """
    styles = {style["name"]: style for style in json.loads(metadata["pleinair.styles"])}
    for name in names:
        if name not in styles:
            raise ValueError(f"no style named {name!r} (there are: {', '.join(styles)})")
    if len(set(names)) < len(names):
        raise ValueError(f"a style is named twice: {', '.join(names)}")
    rows = [list(styles).index(name) for name in names]
    if isinstance(net, StyleNet) and net.splits:
        net.table = nn.Parameter(net.table.detach()[torch.tensor(rows)])
    record = json.loads(metadata["pleinair.training"])
    paintings = record["config"]["paintings"]
    record["config"]["paintings"] = [paintings[row] for row in rows]
    record["config"]["levers"]["styles"] = len(rows)
    record["parameters"] = count_parameters(net)
    return {
        **metadata,
        "pleinair.name": names[0] if len(names) == 1 else metadata["pleinair.name"],
        "pleinair.styles": json.dumps([styles[name] for name in names]),
        "pleinair.training": json.dumps(record, separators=(",", ":"), sort_keys=True),
    }
