"""What the votes of a test mean: a ranking, its breakdown, agreement, and whether it is enough."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from pleinair.studio.ab.agreement import alpha
from pleinair.studio.ab.ballots import Ballot, read_ballots
from pleinair.studio.ab.ranking import MIN_RATERS, Floats, Ranking, rank
from pleinair.studio.ab.screening import Screened, screen
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Content, Entrant

PRECISE = 0.1
"""Half the length of a share's interval that is narrow enough."""
STOPPING = (
    f"Enough votes: {MIN_RATERS} raters, and for every two models the share of votes is known to "
    f"±{100 * PRECISE:.0f} points. Who leads plays no part: stopping so favours nobody."
)


@dataclass(frozen=True)
class Enough:
    """Whether there are enough votes by `STOPPING`.

    Attributes:
        half_width: of the least known share, 0 to 0.5; None with too few raters.
        more: about how many votes are missing; 0 where there are enough, None where that can't be
            said yet.
    """

    half_width: float | None
    more: int | None

    @property
    def reached(self) -> bool:
        """There are enough."""
        return self.more == 0


@dataclass(frozen=True)
class Results:
    """All results of a test.

    Attributes:
        entrants, contents: as in the test; matrices are in the order of `entrants`.
        ballots: all votes, those that don't count too.
        raters: all raters, each with the reasons why their votes don't count.
        votes: how many count.
        wins: N×N, votes for the row's model against the column's.
        ties: N×N, ties of the two.
        ranking: of all that counts.
        by_content: of every content (id) the votes that count, N×N, a tie half for each.
        by_style: of every style the same, and their ranking.
        agreement: Krippendorff's alpha, ordinal (first better, equal, second better).
        enough: whether more votes are wanted.
    """

    test: AbTest
    entrants: list[Entrant]
    contents: list[Content]
    ballots: list[Ballot]
    raters: list[Screened]
    votes: int
    wins: Floats
    ties: Floats
    ranking: Ranking
    by_content: dict[int, Floats]
    by_style: dict[str, tuple[Floats, Ranking]]
    agreement: float | None
    enough: Enough


def results(store: Store, token: str) -> Results:
    """Count and judge the votes of a test as they are now; NoSuchError where there is none."""
    test = store.test(token)
    entrants, contents = store.entrants(test), store.contents(test)
    ballots = read_ballots(store, test)
    raters = screen(ballots)
    kept = {screened.rater for screened in raters if not screened.reasons}
    valid = [ballot for ballot in ballots if ballot.counts and ballot.rater in kept]
    order = [entrant.id for entrant in entrants]
    ranking = rank(_by_rater(valid, order))
    styles = dict.fromkeys(content.style for content in contents)
    of_style = {s: {c.id for c in contents if c.style == s} for s in styles}

    def part(chosen: set[int]) -> tuple[Floats, Ranking]:
        cast = _by_rater([ballot for ballot in valid if ballot.content in chosen], order)
        return np.asarray(cast.sum(0)), rank(cast)

    return Results(
        test,
        entrants,
        contents,
        ballots,
        raters,
        votes=len(valid),
        wins=_matrix([b for b in valid if b.choice != "tie"], order),
        ties=2 * _matrix([b for b in valid if b.choice == "tie"], order),
        ranking=ranking,
        by_content={
            c.id: _matrix([b for b in valid if b.content == c.id], order) for c in contents
        },
        by_style={style: part(chosen) for style, chosen in of_style.items()},
        agreement=_agreement(valid),
        enough=_enough(ranking, len(valid)),
    )


def _matrix(ballots: Sequence[Ballot], order: Sequence[int]) -> Floats:
    """N×N: votes for the row's entrant against the column's; ties are half a vote for each."""
    place = {entrant: index for index, entrant in enumerate(order)}
    wins = np.zeros((len(order), len(order)))
    for ballot in ballots:
        left, right = place[ballot.left or 0], place[ballot.right or 0]
        share = {"left": 1.0, "tie": 0.5, "right": 0.0}[ballot.choice]
        wins[left, right] += share
        wins[right, left] += 1 - share
    return wins


def _by_rater(ballots: Sequence[Ballot], order: Sequence[int]) -> Floats:
    """R×N×N: such a matrix for every rater who voted."""
    sorted_out: dict[int, list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        sorted_out[ballot.rater].append(ballot)
    each = [_matrix(given, order) for _, given in sorted(sorted_out.items())]
    return np.array(each).reshape(-1, len(order), len(order))


def _agreement(ballots: Sequence[Ballot]) -> float | None:
    units: dict[tuple[int, int, int], Counter[int]] = defaultdict(Counter)
    for ballot in ballots:
        value = {None: 0, ballot.pair[1]: -1}.get(ballot.preferred, 1)
        units[ballot.pair][value] += 1
    return alpha(units.values(), (-1, 0, 1), "ordinal")


def _enough(ranking: Ranking, votes: int) -> Enough:
    widest = ranking.half_width.max()
    if np.isnan(widest):
        return Enough(None, None)
    # An interval shrinks as the root of the number of votes.
    more = ceil(votes * ((widest / PRECISE) ** 2 - 1))
    return Enough(float(widest), max(0, more))
