"""Whatever is sent to the raters' server, by its own description of itself or against it, has an
answer that is meant.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pleinair.studio.ab import routes
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest

from .conftest import MakeTest

HOST = "studio.test:8000"
ANSWERS = {200, 308, 404, 405, 409, 410, 413, 415, 422}
BODIES: dict[str, Any] = {"join": routes._Joining, "more": routes._More, "vote": routes._Vote}
EXAMPLES = 30  # of each operation


def described(app: Any, test: AbTest) -> dict[str, Any]:
    """The application's OpenAPI document, with the bodies that it reads itself and a real token."""
    document: dict[str, Any] = app.openapi()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "token":
                    parameter["schema"] = {"type": "string", "enum": [test.token]}
        kind = BODIES.get(path.rpartition("/")[2])
        if kind is not None:
            content = {"application/json": {"schema": kind.model_json_schema()}}
            operations["post"]["requestBody"] = {"required": True, "content": content}
    return document


def test_every_request_has_an_answer(store: Store, make_test: MakeTest) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis (pip)")
    test = make_test()
    app = routes.raters_app(store, {HOST})
    schema = schemathesis.openapi.from_dict(described(app, test))
    schema.app = app
    seen: set[tuple[str, int]] = set()

    def answered(case: Any) -> None:
        answer = case.call(headers={"host": HOST}, base_url=f"http://{HOST}")
        seen.add((case.path.rpartition("/")[2], answer.status_code))
        assert answer.status_code in ANSWERS, f"{case.as_curl_command()}: {answer.text[:300]}"

    for result in schema.get_all_operations():
        modes = [result.ok().as_strategy(mode) for mode in schemathesis.GenerationMode]
        quiet = list(HealthCheck)
        settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=quiet,
        )(given(st.one_of(modes))(answered))()
    assert {("join", 200), ("vote", 404), ("vote", 422), ("more", 404)} <= seen
