"""Which pairs a rater sees, in which order, and on which side."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

from pleinair.studio.ab.tables import Kind

_APART = 4  # pairs at least between a pair and its repetition, where there are as many


@dataclass(frozen=True)
class Showing:
    """A content as two entrants paint it (ids); `None` is the spoilt painting of a check."""

    kind: Kind
    content: int
    left: int | None
    right: int | None

    @property
    def pair(self) -> str:
        """The same for both ways round."""
        first, second = sorted((self.left or 0, self.right or 0))
        return f"{self.content}:{first}:{second}"

    def swapped(self) -> Showing:
        """Left and right exchanged."""
        return replace(self, left=self.right, right=self.left)


@dataclass(frozen=True)
class Sitting:
    """How many pairs come in one go: `trials` in all, with `repeats` and `checks` among them."""

    trials: int
    repeats: int
    checks: int


def all_pairs(entrants: Sequence[int], contents: Sequence[int]) -> list[Showing]:
    """Every two entrants on every content."""
    return [
        Showing("pair", content, *pair)
        for content in contents
        for pair in combinations(sorted(entrants), 2)
    ]


def sitting(
    entrants: Sequence[int],
    contents: Sequence[int],
    seen: Collection[tuple[str, str]],
    shown: Mapping[str, int],
    wanted: Sitting,
    random: Random,
) -> list[Showing]:
    """What one rater sees next; empty once every pair was seen.

    Pairs that were shown least come first to be chosen, so that all are judged equally often;
    among these chance decides, and so it does about sides and order.

    Args:
        entrants, contents: ids.
        seen: kinds and pairs that this rater knows, which never come again.
        shown: how often each pair was shown to anybody.
        wanted: how many of what.
        random: where chance comes from.
    """
    left = [pair for pair in all_pairs(entrants, contents) if ("pair", pair.pair) not in seen]
    random.shuffle(left)
    left.sort(key=lambda pair: shown.get(pair.pair, 0))
    pairs = left[: max(1, wanted.trials - wanted.repeats - wanted.checks)]
    random.shuffle(pairs)
    sequence = [pair if random.random() < 0.5 else pair.swapped() for pair in pairs]
    if not sequence:
        return []
    for first in random.sample(sequence, min(wanted.repeats, len(sequence))):
        again = replace(first.swapped(), kind="repeat")
        at = min(sequence.index(first) + 1 + _APART, len(sequence))
        sequence.insert(random.randint(at, len(sequence)), again)
    for check in _checks(entrants, contents, seen, wanted.checks, random.sample):
        shown_check = check if random.random() < 0.5 else check.swapped()
        sequence.insert(random.randint(0, len(sequence)), shown_check)
    return sequence


def _checks(
    entrants: Sequence[int],
    contents: Sequence[int],
    seen: Collection[tuple[str, str]],
    count: int,
    sample: Callable[[Sequence[Showing], int], list[Showing]],
) -> list[Showing]:
    found = [
        Showing("check", content, entrant, None) for content in contents for entrant in entrants
    ]
    new = [check for check in found if ("check", check.pair) not in seen]
    return sample(new, min(count, len(new)))
