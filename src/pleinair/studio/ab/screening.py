"""Which raters paid attention: a stated rule says whose votes don't count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

from pleinair.studio.ab.ballots import Ballot

MIN_CHECKS = 2
MIN_PASSED = 0.7  # of the checks
MIN_MILLISECONDS = 500  # median of a rater's votes
ONE_SIDED = 0.001  # probability of as many votes for one side by chance
RULE = (
    f"A rater's votes don't count if of {MIN_CHECKS} or more checks fewer than "
    f"{MIN_PASSED:.0%} were passed (the spoilt painting preferred, or called equal), if half of "
    f"the votes took less than {MIN_MILLISECONDS / 1000} s, or if one side was chosen so often "
    f"that chance does it in fewer than {ONE_SIDED:.1%} of cases."
)


@dataclass(frozen=True)
class Screened:
    """What a rater did.

    Attributes:
        rater: their number in the test, from 1.
        votes: without checks, repeats and skips.
        skips: pairs that they could not say anything of.
        checks, passed: checks that were answered, and rightly.
        repeats, same: pairs seen again that were answered both times, and the same way.
        milliseconds: the median of their votes.
        reasons: why their votes don't count; empty where they do.
    """

    rater: int
    votes: int
    skips: int
    checks: int
    passed: int
    repeats: int
    same: int
    milliseconds: int
    reasons: tuple[str, ...]


def screen(ballots: Sequence[Ballot]) -> list[Screened]:
    """Judge all raters of a test by `RULE`, in order of their numbers."""
    by_rater: dict[int, list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        by_rater[ballot.rater].append(ballot)
    return [_screened(rater, given) for rater, given in sorted(by_rater.items())]


def _screened(rater: int, given: list[Ballot]) -> Screened:
    said = [ballot for ballot in given if ballot.choice != "skip"]
    checks = [ballot for ballot in said if ballot.kind == "check"]
    passed = sum(ballot.preferred is not None for ballot in checks)
    pairs = {ballot.pair: ballot.preferred for ballot in said if ballot.kind == "pair"}
    again = [b for b in said if b.kind == "repeat" and b.pair in pairs]
    left = sum(ballot.choice == "left" for ballot in said)
    right = sum(ballot.choice == "right" for ballot in said)
    speed = round(median(ballot.milliseconds for ballot in said)) if said else 0
    reasons = []
    if len(checks) >= MIN_CHECKS and passed < MIN_PASSED * len(checks):
        reasons.append(f"passed {passed} of {len(checks)} checks")
    if said and speed < MIN_MILLISECONDS:
        reasons.append(f"took {speed} ms for a vote")
    if _by_chance(left, right) < ONE_SIDED:
        reasons.append(f"chose left {left} and right {right} times")
    return Screened(
        rater,
        votes=sum(ballot.kind == "pair" for ballot in said),
        skips=len(given) - len(said),
        checks=len(checks),
        passed=passed,
        repeats=len(again),
        same=sum(ballot.preferred == pairs[ballot.pair] for ballot in again),
        milliseconds=speed,
        reasons=tuple(reasons),
    )


def _by_chance(left: int, right: int) -> float:
    """Probability that a fair coin is as one-sided as this (two-sided sign test)."""
    count = left + right
    tail = sum(comb(count, k) for k in range(min(left, right) + 1))
    return min(1.0, float(2 * tail / 2**count))
