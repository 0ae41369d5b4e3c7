"""Some styles of a network of many."""

from __future__ import annotations

import json
from collections.abc import Sequence

import torch
from torch import nn

from pleinair.nets.stylenet import StyleNet
from pleinair.styles.pick import picked_metadata


def pick_styles(net: nn.Module, metadata: dict[str, str], names: Sequence[str]) -> dict[str, str]:
    """Leave only these styles in ``net``, in this order; gives the metadata that now hold.

    ``metadata`` are those of the model file. A style that is left alone gives the model its name.
    Raises ``ValueError`` for a name that is not among its styles or comes twice.
    """
    styles = [style["name"] for style in json.loads(metadata["pleinair.styles"])]
    for name in names:
        if name not in styles:
            raise ValueError(f"no style named {name!r} (there are: {', '.join(styles)})")
    if len(set(names)) < len(names):
        raise ValueError(f"a style is named twice: {', '.join(names)}")
    rows = [styles.index(name) for name in names]
    fewer = 0
    if isinstance(net, StyleNet) and net.splits:
        table = net.table.detach()
        net.table = nn.Parameter(table[torch.tensor(rows)])
        fewer = table.numel() - net.table.numel()
    return picked_metadata(metadata, rows, fewer)
