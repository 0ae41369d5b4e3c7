"""From votes to results: what counts, what does not, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from pleinair.studio.ab.results import PRECISE, results
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Choice

from .conftest import MakeTest


def vote_all(
    store: Store, test: AbTest, raters: int, *, attentive: bool = True, ties: bool = False
) -> None:
    """Raters who prefer models that come earlier; those who don't attend choose blindly, fast."""
    merit = {medium.id: medium.entrant_id or 10**6 for medium in store.media(test)}
    random = np.random.default_rng(5)
    for _ in range(raters):
        rater = store.raters.join(test.token, None)
        progress = store.raters.progress(test.token, rater)
        while progress.next:
            look = progress.next[0]
            better: Choice = "left" if merit[look.left] < merit[look.right] else "right"
            close = abs(merit[look.left] - merit[look.right]) == 1
            choice: Choice = "tie" if ties and close else better
            if not attentive:
                choice = "left" if random.random() < 0.5 else "right"
            progress = store.raters.vote(
                test.token, rater, look.id, look.id, choice, 900 if attentive else 90
            )


def test_clear_votes(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=3, contents=4, trials=15, repeats=2, checks=2)
    vote_all(store, test, 8)
    found = results(store, test.token)
    assert found.votes == 8 * 11  # neither repeats nor checks
    assert len(found.ballots) == 8 * 15
    assert found.wins.sum() == found.votes
    assert np.tril(found.wins).sum() == 0
    assert list(found.ranking.best_rank) == list(found.ranking.worst_rank) == [1, 2, 3]
    assert found.agreement == pytest.approx(1) or found.agreement is None
    assert all(r.reasons == () and r.same == r.repeats == 2 for r in found.raters)
    assert sum(wins.sum() for wins in found.by_content.values()) == found.votes


def test_ties_are_half_a_vote_for_each(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=3, contents=4, trials=12, repeats=0, checks=0)
    vote_all(store, test, 6, ties=True)
    found = results(store, test.token)
    assert found.ties[0, 1] == found.ties[1, 2] == 6 * 4
    assert found.ties[0, 2] == 0
    assert found.ranking.share[0, 1] < found.ranking.share[0, 2]
    assert found.wins.sum() + found.ties.sum() / 2 == found.votes


def test_inattentive_raters_do_not_count(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=3, contents=4, trials=15, repeats=2, checks=3)
    vote_all(store, test, 6)
    before = results(store, test.token)
    vote_all(store, test, 5, attentive=False)
    after = results(store, test.token)
    assert [bool(rater.reasons) for rater in after.raters] == [False] * 6 + [True] * 5
    assert after.votes == before.votes
    assert np.array_equal(after.ranking.gap_low, before.ranking.gap_low)
    assert len(after.ballots) == 11 * 15  # they are kept all the same


def test_enough_votes(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=2, contents=20, trials=20, repeats=0, checks=0)
    assert results(store, test.token).enough.more is None
    vote_all(store, test, 4)
    assert results(store, test.token).enough.half_width is None  # too few raters
    vote_all(store, test, 4)
    enough = results(store, test.token).enough
    assert enough.reached
    assert enough.half_width is not None
    assert enough.half_width <= PRECISE


def test_a_test_without_votes(store: Store, make_test: MakeTest) -> None:
    found = results(store, make_test().token)
    assert found.votes == 0
    assert found.ranking.scores == pytest.approx([0, 0, 0])
    assert found.agreement is None
