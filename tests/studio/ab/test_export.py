"""What leaves the studio: all results and votes, and nothing about people."""

from __future__ import annotations

import csv
import io
import json

from pleinair.studio.ab.export import as_csv, as_dict
from pleinair.studio.ab.results import results
from pleinair.studio.ab.store import Store

from .conftest import MakeTest
from .test_results import vote_all


def test_json_has_all(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=3, contents=4, trials=15, repeats=2, checks=2)
    vote_all(store, test, 6)
    found = json.loads(json.dumps(as_dict(results(store, test.token)), allow_nan=False))
    assert found["models"] == ["model0", "model1", "model2"]
    assert found["votes_counted"] == 6 * 11
    assert len(found["votes"]) == 6 * 15
    assert [row["best_rank"] for row in found["ranking"]] == [1, 2, 3]
    assert [row["model"] for row in found["scores"]] == found["models"]
    assert sum(row["votes"] for row in found["scores"]) == 2 * 6 * 11
    assert {vote["rater"] for vote in found["votes"]} == set(range(1, 7))
    counted = [vote for vote in found["votes"] if vote["counts"]]
    assert len(counted) == 6 * 11


def test_a_test_without_votes_has_nulls(store: Store, make_test: MakeTest) -> None:
    found = as_dict(results(store, make_test().token))
    assert found["ranking"][0]["low"] is None
    assert found["enough"]["more"] is None
    json.dumps(found, allow_nan=False)


def test_csv_has_every_vote(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=2, contents=3, trials=6, repeats=1, checks=2)
    vote_all(store, test, 2)
    rows = list(csv.DictReader(io.StringIO(as_csv(results(store, test.token)))))
    assert len(rows) == 2 * 6
    assert {row["kind"] for row in rows} == {"pair", "repeat", "check"}
    assert "(spoilt)" in {row["left"] for row in rows} | {row["right"] for row in rows}


def test_no_token_leaves(store: Store, make_test: MakeTest) -> None:
    test = make_test()
    rater = store.raters.join(test.token, None)
    look = store.raters.progress(test.token, rater).next[0]
    store.raters.vote(test.token, rater, look.id, "vote-000", "left", 900)
    text = json.dumps(as_dict(results(store, test.token))) + as_csv(results(store, test.token))
    for secret in (test.token, rater, look.id, look.left, "vote-000"):
        assert secret not in text
