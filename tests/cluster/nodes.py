"""A real Ray cluster on this machine, for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

os.environ.update(
    # Else Ray takes the machine's address in the network for 127.0.0.1. It looks when imported.
    RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",
    # Of a busy machine answers come late, of a lost one none.
    RAY_health_check_timeout_ms="60000",
    RAY_worker_register_timeout_seconds="300",
)

_NODE: dict[str, Any] = {
    "num_cpus": 1,
    "object_store_memory": 100_000_000,
    "node_ip_address": "127.0.0.1",
    "include_dashboard": False,
}


_TRIES = 3
_PATIENCE = 180  # seconds for a node to come, on a busy machine


@contextmanager
def ray_cluster(count: int) -> Iterator[Any]:
    """Start `count` nodes of one processor core each; `address` of what is given is theirs."""
    cluster = _started(count)
    try:
        yield cluster
    finally:
        cluster.shutdown()


def _started(count: int, tries: int = _TRIES) -> Any:
    """Give a cluster; where a node did not come in the 30 seconds that Ray gives it, another."""
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster()
    try:
        while len(cluster.list_all_nodes()) < count:
            cluster.add_node(wait=False, **_NODE)
            cluster.wait_for_nodes(_PATIENCE)  # one by one: this process joins the first
    except Exception:  # which is all that Ray says
        cluster.shutdown()
        if tries == 1:
            raise
        return _started(count, tries - 1)
    except BaseException:
        cluster.shutdown()
        raise
    return cluster


def some_node(cluster: Any) -> Any:
    """Give one of the nodes that the cluster can lose."""
    return next(iter(cluster.worker_nodes))


def raylet_of(node: Any) -> int:
    """Give the process that started all workers of a node."""
    return int(node.all_processes["raylet"][0].process.pid)
