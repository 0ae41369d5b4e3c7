"""Who is better, and how sure that is: Bradley-Terry scores with intervals from a bootstrap.

A score is a model's log strength (Bradley & Terry 1952): the logistic function of the difference of
two scores is the share of votes that the first gets from the second, a tie being half a vote for
each. Scores have mean 0.

Votes of one rater are alike, so what is resampled is raters, and what intervals speak of is: other
raters, the same contents. Intervals are bootstrap-t (Efron & Tibshirani 1993, chapter 12) with
standard errors clustered by rater, and simultaneous: all of them hold at once in 95 of 100 tests,
by the distribution of the largest deviation. From the intervals of all differences follow those of
the ranks (Mogstad, Romano, Shaikh & Wilhelm 2024).
"""

from __future__ import annotations

from dataclasses import dataclass

import choix
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
"""How often all intervals of a test hold at once."""
MIN_RATERS = 5
"""With fewer nothing can be said about other raters."""

_PRIOR = 0.5  # of a win, for each of two models: Jeffreys' prior for one pair
# With some dozens of raters a bootstrap holds a little less often than it is told to: by simulation
# (`python -m bench.ab ranking`) at most a point, which is added here.
_DRAWN_AT = LEVEL + 0.01
_NORMAL_REACH = 1.96  # standard errors, of one interval by the normal distribution
_STEPS = 30
_RESAMPLED = 999


@dataclass(frozen=True)
class Ranking:
    """What votes say about N models; all arrays are float64 but the ranks.

    Attributes:
        scores: N.
        low, high: N, the ends of the scores' intervals; NaN with fewer than `MIN_RATERS` raters.
        gap: N×N, the score of the row's model less that of the column's.
        gap_low, gap_high: N×N, the ends of its interval; NaN as above.
        best_rank, worst_rank: N int, 1 for the best model: the interval of the rank.
    """

    scores: Floats
    low: Floats
    high: Floats
    gap: Floats
    gap_low: Floats
    gap_high: Floats
    best_rank: NDArray[np.int64]
    worst_rank: NDArray[np.int64]

    @property
    def share(self) -> Floats:
        """N×N: the share of votes that the row's model gets against the column's."""
        return logistic(self.gap)

    @property
    def half_width(self) -> Floats:
        """N×N: half the length of the share's interval."""
        return (logistic(self.gap_high) - logistic(self.gap_low)) / 2


def logistic(x: Floats) -> Floats:
    """1 / (1 + exp(−x)), from 0 to 1."""
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def fit_one(wins: Floats) -> Floats:
    """What `fit` gives for one N×N matrix, by choix."""
    voted = wins + _PRIOR * (1 - np.eye(len(wins)))
    scores = np.asarray(choix.ilsr_pairwise_dense(voted, tol=1e-10), np.float64)
    return np.asarray(scores - scores.mean())


def fit(wins: Floats) -> Floats:
    """Scores that make the votes most likely, of many samples at once, by Newton's method.

    Args:
        wins: …×N×N, votes for the row's model against the column's; a tie is half of one for each.

    Returns:
        …×N with mean 0. Each pair gets half a vote for either in addition, so that they are finite.
    """
    count = wins.shape[-1]
    others = 1 - np.eye(count)
    wins = wins + _PRIOR * others
    votes = wins + np.swapaxes(wins, -1, -2)
    scores = np.zeros(wins.shape[:-1])
    for _ in range(_STEPS):
        share = logistic(scores[..., :, None] - scores[..., None, :])
        slope = ((wins - votes * share) * others).sum(-1)
        step = np.linalg.solve(_curvature(votes, share), slope[..., None])[..., 0]
        scores = scores + np.clip(step, -2, 2)  # a long step could overshoot
        if np.abs(step).max(initial=0) < 1e-9:
            break
    return np.asarray(scores - scores.mean(-1, keepdims=True))


def _curvature(votes: Floats, share: Floats) -> Floats:
    """Fisher's information; the direction that votes don't know, all scores alike, has 1."""
    count = votes.shape[-1]
    off = votes * share * (1 - share) * (1 - np.eye(count))
    return np.asarray(off.sum(-1)[..., None] * np.eye(count) - off + 1 / count)


def _spread(wins: Floats, weights: Floats, scores: Floats) -> Floats:
    """Covariance of the scores, clustered by rater (Liang & Zeger 1986): …×N×N.

    Args:
        wins: R×N×N, by rater.
        weights: …×R, how often each rater is there.
        scores: …×N, fitted to these.
    """
    count = wins.shape[-1]
    others = 1 - np.eye(count)
    share = logistic(scores[..., :, None] - scores[..., None, :]) * others
    votes = wins + wins.swapaxes(-1, -2)
    # By rater: votes won less those that the scores foretell.
    excess = wins.sum(-1) - np.einsum("rij,...ij->...ri", votes, share)
    raters = weights.sum(-1)[..., None, None]
    meat = np.einsum("...r,...ri,...rj->...ij", weights, excess, excess, optimize=True)
    meat = meat * raters / np.maximum(raters - 1, 1)
    # The half votes that each pair has are those of one more rater.
    more = _PRIOR * (count - 1) - 2 * _PRIOR * share.sum(-1)
    meat = meat + more[..., :, None] * more[..., None, :]
    total = np.einsum("...r,rij->...ij", weights, votes) + 2 * _PRIOR * others
    bread = np.linalg.inv(_curvature(total, share))
    spread = bread @ meat @ bread
    centre = np.eye(count) - 1 / count
    return np.asarray(centre @ spread @ centre)


def _errors(spread: Floats) -> tuple[Floats, Floats]:
    """Standard errors of scores and of their differences."""
    variance = np.diagonal(spread, axis1=-2, axis2=-1)
    of_gaps = variance[..., :, None] + variance[..., None, :] - 2 * spread
    tiny = 1e-12
    return np.sqrt(np.maximum(variance, tiny)), np.sqrt(np.maximum(of_gaps, tiny))


def rank(wins: Floats, *, resampled: int = _RESAMPLED, seed: int = 0) -> Ranking:
    """Rank N models by the votes of R raters.

    Args:
        wins: R×N×N, votes of each rater for the row's model against the column's; a tie is half a
            vote for each.
        resampled: how many bootstrap samples.
        seed: of the bootstrap, so that the same votes give the same intervals.
    """
    raters, count = wins.shape[:2]
    scores = fit_one(wins.sum(0))
    gap = scores[:, None] - scores[None, :]
    if raters < MIN_RATERS or count < 2:
        unknown, ranks = np.full((count, count), np.nan), np.ones(count, np.int64)
        gaps = (gap, unknown, unknown)
        return Ranking(scores, unknown[0], unknown[0], *gaps, ranks, count * ranks)
    error, gap_error = _errors(_spread(wins, np.ones(raters), scores))
    random = np.random.default_rng(seed)
    weights = random.multinomial(raters, np.full(raters, 1 / raters), resampled).astype(float)
    again = fit(np.einsum("br,rij->bij", weights, wins))
    again_error, again_gap_error = _errors(_spread(wins, weights, again))
    far = np.abs(again - scores) / again_error
    again_gap = again[:, :, None] - again[:, None, :]
    gap_far = np.abs(again_gap - gap) / again_gap_error
    reach = _quantile(far.max(-1)) * error
    gap_reach = _quantile(gap_far.max((-1, -2))) * gap_error
    gap_low, gap_high = gap - gap_reach, gap + gap_reach
    np.fill_diagonal(gap_low, 0)
    np.fill_diagonal(gap_high, 0)
    return Ranking(
        scores,
        scores - reach,
        scores + reach,
        gap,
        gap_low,
        gap_high,
        best_rank=1 + (gap_high < 0).sum(1),
        worst_rank=count - (gap_low > 0).sum(1),
    )


def _quantile(deviations: Floats) -> float:
    """How many standard errors an interval reaches; raters who all agree don't make it 0."""
    return max(_NORMAL_REACH, float(np.quantile(deviations, _DRAWN_AT, method="higher")))
