"""Raters who do not exist, for judging the statistics and the server."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pleinair.studio.ab.ranking import Floats, logistic


@dataclass(frozen=True)
class Crowd:
    """How simulated raters judge.

    They see the difference of two models' merits with logistic noise, as Bradley and Terry have it.

    Attributes:
        taste: standard deviation of a rater's own opinion about each model, in units of the merits.
        tie: two models are called equal within this difference.
        lapse: share of votes that are given blindly.
    """

    taste: float = 0.5
    tie: float = 0.4
    lapse: float = 0.05

    def votes(self, merits: Floats, raters: int, each: int, random: np.random.Generator) -> Floats:
        """R×N×N: votes of raters who see `each` random pairs; a tie is half a vote for either."""
        count = len(merits)
        pairs = np.stack(np.triu_indices(count, 1), -1)
        # As in a sitting: every pair comes equally often, up to what is left over.
        whole, rest = divmod(each, len(pairs))
        extra = random.random((raters, len(pairs))).argsort(1) < rest
        return self._judged(merits, whole + extra, pairs, random)

    def truth(self, merits: Floats, raters: int = 40_000, seed: int = 1) -> Floats:
        """N×N: the shares of votes that infinitely many such raters would give, very nearly."""
        random = np.random.default_rng(seed)
        own = merits + self.taste * random.standard_normal((raters, len(merits)))
        gap = own[:, :, None] - own[:, None, :]
        share = (logistic(gap - self.tie) + logistic(gap + self.tie)).mean(0) / 2
        return np.asarray((1 - self.lapse) * share + self.lapse / 2)

    def _judged(
        self,
        merits: Floats,
        seen: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
        pairs: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
        random: np.random.Generator,
    ) -> Floats:
        raters, count = len(seen), len(merits)
        own = merits + self.taste * random.standard_normal((raters, count))
        gap = own[:, pairs[:, 0]] - own[:, pairs[:, 1]]
        first, second = logistic(gap - self.tie), logistic(-gap - self.tie)
        keep = 1 - self.lapse
        chances = np.stack([first, second, 1 - first - second], -1) * keep + self.lapse / 3
        told = random.multinomial(seen, chances)
        wins = np.zeros((raters, count, count))
        wins[:, pairs[:, 0], pairs[:, 1]] = told[..., 0] + told[..., 2] / 2
        wins[:, pairs[:, 1], pairs[:, 0]] = told[..., 1] + told[..., 2] / 2
        return wins
