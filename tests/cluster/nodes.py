"""A real Ray cluster on this machine, for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Else Ray takes the machine's address in the network for 127.0.0.1. It looks when it is imported.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"

_NODE: dict[str, Any] = {
    "num_cpus": 1,
    "object_store_memory": 100_000_000,
    "node_ip_address": "127.0.0.1",
    "include_dashboard": False,
}


@contextmanager
def ray_cluster(count: int) -> Iterator[Any]:
    """Start `count` nodes of one processor core each; `address` of what is given is theirs."""
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster(initialize_head=True, head_node_args=_NODE)
    try:
        while len(cluster.list_all_nodes()) < count:
            cluster.add_node(**_NODE)
        yield cluster
    finally:
        cluster.shutdown()


def some_node(cluster: Any) -> Any:
    """Give one of the nodes that the cluster can lose."""
    return next(iter(cluster.worker_nodes))


def raylet_of(node: Any) -> int:
    """Give the process that started all workers of a node."""
    return int(node.all_processes["raylet"][0].process.pid)
