"""One cluster for all tests of this folder: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from tests.cluster.nodes import ray_cluster


@pytest.fixture(scope="package")
def cluster() -> Iterator[Any]:
    """Give a cluster of four nodes of one core each; two tests lose one of them."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray: pip install 'pleinair[cluster]'")
    with ray_cluster(4) as nodes:
        yield nodes
