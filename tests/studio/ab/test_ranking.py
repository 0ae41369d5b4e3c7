"""Rankings of simulated raters: the truth lies in the intervals as often as they claim."""

from __future__ import annotations

from itertools import permutations

import choix
import numpy as np
import pytest

from pleinair.studio.ab.ranking import MIN_RATERS, fit, fit_one, logistic, rank
from pleinair.studio.ab.simulate import Crowd

TESTS = 200
RESAMPLED = 399
RATERS, VOTES = 16, 30


def test_two_models_have_the_score_of_their_shares() -> None:
    wins = np.array([[0.0, 29.5], [9.5, 0.0]])  # and half a vote each: 30 to 10
    gap = np.subtract(*fit(wins))
    assert gap == pytest.approx(np.log(3))
    assert logistic(gap) == pytest.approx(0.75)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_many_samples_at_once_are_fitted_as_one(count: int) -> None:
    random = np.random.default_rng(count)
    wins = random.integers(0, 40, (5, count, count)) / 2
    wins[0, 0] = 40.0  # one that wins nearly always
    for sample, scores in zip(wins, fit(wins), strict=True):
        sample = sample * (1 - np.eye(count))
        assert fit_one(sample) == pytest.approx(scores, abs=1e-6)


def test_scores_agree_with_another_solver_of_choix() -> None:
    votes = [(0, 1)] * 9 + [(1, 0)] * 5 + [(1, 2)] * 8 + [(2, 1)] * 2 + [(0, 2)] * 7 + [(2, 0)] * 3
    pairs = list(permutations(range(3), 2))
    wins = np.zeros((3, 3))
    for winner, loser in votes:
        wins[winner, loser] += 1
    # Half a vote for either of each pair, as a whole number: everything twice, and one more.
    doubled = choix.opt_pairwise(3, [*votes, *votes, *pairs])
    assert fit(wins) == pytest.approx(doubled - doubled.mean(), abs=1e-5)


def test_models_that_win_always_have_finite_scores_and_wide_intervals() -> None:
    wins = np.zeros((10, 2, 2))
    wins[:, 0, 1] = 5
    ranking = rank(wins)
    assert np.isfinite(ranking.scores).all()
    assert ranking.gap_low[0, 1] > 0
    assert ranking.gap_high[0, 1] - ranking.gap_low[0, 1] > 2
    assert list(ranking.best_rank) == list(ranking.worst_rank) == [1, 2]


def test_too_few_raters_say_nothing_of_others() -> None:
    wins = np.zeros((MIN_RATERS - 1, 2, 2))
    wins[:, 0, 1] = 100
    ranking = rank(wins)
    assert np.isnan(ranking.low).all()
    assert np.isnan(ranking.half_width).all()
    assert list(ranking.best_rank) == [1, 1]
    assert list(ranking.worst_rank) == [2, 2]


def test_one_eager_rater_does_not_count_as_many() -> None:
    """A thousand votes of one rater leave the others' opinion as unknown as it was."""
    random = np.random.default_rng(0)
    wins = Crowd(taste=0).votes(np.zeros(2), 10, 20, random)
    wins[0] = [[0, 1000], [0, 0]]
    ranking = rank(wins)
    assert ranking.share[0, 1] > 0.8
    assert ranking.gap_low[0, 1] < 0


def test_the_same_votes_give_the_same_intervals() -> None:
    wins = Crowd().votes(np.array([0.5, 0.0, -0.5]), 8, 20, np.random.default_rng(3))
    first, second = rank(wins), rank(wins)
    assert np.array_equal(first.gap_low, second.gap_low)


def test_known_order_is_recovered_within_its_intervals() -> None:
    """Of 200 tests of four models with raters of different taste, ties and lapses."""
    random = np.random.default_rng(2026)
    crowd, held, covered, width = Crowd(), 0, 0, 0.0
    for number in range(TESTS):
        merits = np.sort(random.normal(0, 0.6, 4))[::-1]
        ranking = rank(crowd.votes(merits, RATERS, VOTES, random), resampled=RESAMPLED, seed=number)
        true = fit(1e9 * crowd.truth(merits, raters=4000))
        places = np.arange(1, 5)
        held += bool(((ranking.best_rank <= places) & (places <= ranking.worst_rank)).all())
        gap = true[:, None] - true
        inside = (ranking.gap_low <= gap + 1e-9) & (gap <= ranking.gap_high + 1e-9)
        covered += bool(inside.all())
        width += float((ranking.worst_rank - ranking.best_rank).mean()) / TESTS
    assert held >= 0.95 * TESTS
    # The scores themselves too: 95 % less three standard deviations of chance.
    assert covered >= (0.95 - 3 * (0.95 * 0.05 / TESTS) ** 0.5) * TESTS
    # And the intervals say something: a rank is known to about two places of four.
    assert width < 2.2


def test_equal_models_are_seldom_told_apart() -> None:
    random = np.random.default_rng(2027)
    crowd = Crowd()
    found = 0
    for number in range(TESTS):
        votes = crowd.votes(np.zeros(2), RATERS, VOTES, random)
        ranking = rank(votes, resampled=RESAMPLED, seed=number)
        found += bool(ranking.gap_low[0, 1] > 0 or ranking.gap_high[0, 1] < 0)
    assert found <= 0.05 * TESTS
