"""Votes are counted once, whatever happens on the way; raters see what they should."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pleinair.studio.ab.raters import ClosedError, NoSuchError, VotedError
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Content, Entrant, Showing, Vote

from .conftest import MakeTest


def _votes(store: Store) -> int:
    with store.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Vote)) or 0


def _go_through(store: Store, token: str, rater: str) -> int:
    progress = store.raters.progress(token, rater)
    while progress.next:
        look = progress.next[0]
        progress = store.raters.vote(token, rater, look.id, f"vote-{look.id}"[:36], "left", 900)
    return progress.done


def test_a_sitting_has_the_pairs_repeats_and_checks_that_are_wanted(
    store: Store, make_test: MakeTest
) -> None:
    test = make_test(trials=10, repeats=2, checks=3)
    rater = store.raters.join(test.token, None)
    with store.database.reading() as session:
        showings = list(session.scalars(select(Showing).order_by(Showing.place)))
    kinds = [showing.kind for showing in showings]
    assert {kind: kinds.count(kind) for kind in kinds} == {"pair": 5, "repeat": 2, "check": 3}
    first = {s.pair: s for s in showings if s.kind == "pair"}
    for again in (s for s in showings if s.kind == "repeat"):
        assert (again.left_id, again.right_id) == (
            first[again.pair].right_id,
            first[again.pair].left_id,
        )
        assert again.place > first[again.pair].place
    assert _go_through(store, test.token, rater) == 10


def test_no_pair_comes_again_in_later_sittings_and_they_end(
    store: Store, make_test: MakeTest
) -> None:
    test = make_test(models=3, contents=4, trials=7, repeats=1, checks=1)
    rater = store.raters.join(test.token, None)
    of, sittings = 0, 0
    while (progress := store.raters.progress(test.token, rater)).of > of:
        of, sittings = progress.of, sittings + 1
        _go_through(store, test.token, rater)
        store.raters.more(test.token, rater, of)
    with store.database.reading() as session:
        pairs = list(session.scalars(select(Showing.pair).where(Showing.kind == "pair")))
    assert len(pairs) == len(set(pairs)) == 3 * 4
    assert sittings == 3


def test_pairs_are_shown_equally_often(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=4, contents=3, trials=6, repeats=0, checks=0)
    for _ in range(12):
        store.raters.join(test.token, None)
    with store.database.reading() as session:
        counts = session.scalars(select(func.count()).select_from(Showing).group_by(Showing.pair))
        assert set(counts) == {12 * 6 // 18}


def test_sides_are_random(store: Store, make_test: MakeTest) -> None:
    test = make_test(models=2, contents=20, trials=20, repeats=0, checks=0)
    for _ in range(5):
        store.raters.join(test.token, None)
    with store.database.reading() as session:
        showings = list(session.scalars(select(Showing)))
    entrant = {medium.id: medium.entrant_id or 0 for medium in store.media(test)}
    left = sum(entrant[s.left_id] < entrant[s.right_id] for s in showings)
    assert 30 < left < 70  # of 100


def test_a_vote_that_is_sent_again_counts_once(store: Store, make_test: MakeTest) -> None:
    test = make_test()
    rater = store.raters.join(test.token, None)
    look = store.raters.progress(test.token, rater).next[0]
    for _ in range(3):
        progress = store.raters.vote(test.token, rater, look.id, "vote-000", "left", 900)
        assert progress.done == 1
    for vote, choice in (("vote-000", "right"), ("vote-001", "left")):
        with pytest.raises(VotedError):
            store.raters.vote(test.token, rater, look.id, vote, choice, 900)  # type: ignore[arg-type]
    later = progress.next[0]
    with pytest.raises(VotedError):
        store.raters.vote(test.token, rater, later.id, "vote-000", "left", 900)
    assert _votes(store) == 1


def test_votes_that_come_at_once_count_once(store: Store, make_test: MakeTest) -> None:
    test = make_test()
    rater = store.raters.join(test.token, None)
    look = store.raters.progress(test.token, rater).next[0]
    with ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(store.raters.vote, test.token, rater, look.id, "vote-000", "tie", 9)
            for _ in range(24)
        ]
        assert {future.result().done for future in sent} == {1}
        asked = [pool.submit(store.raters.more, test.token, rater, 10) for _ in range(8)]
        assert len({future.result().of for future in asked}) == 1
    assert _votes(store) == 1


def test_votes_are_there_after_a_restart(tmp_path: Path, store: Store, make_test: MakeTest) -> None:
    test = make_test()
    rater = store.raters.join(test.token, None)
    look = store.raters.progress(test.token, rater).next[0]
    store.raters.vote(test.token, rater, look.id, "vote-000", "left", 900)
    again = Store(tmp_path / "ab")  # the first one was never closed, as if it had been killed
    assert again.raters.join(test.token, rater) == rater
    assert again.raters.vote(test.token, rater, look.id, "vote-000", "left", 900).done == 1
    again.close()


def test_raters_know_only_what_is_theirs(store: Store, make_test: MakeTest) -> None:
    test, other = make_test(), make_test()
    rater, stranger = (store.raters.join(test.token, None) for _ in range(2))
    look = store.raters.progress(test.token, rater).next[0]
    for token, who in ((test.token, stranger), (other.token, rater), (test.token, None)):
        with pytest.raises(NoSuchError):
            store.raters.vote(token, who, look.id, "vote-000", "left", 900)
    with pytest.raises(NoSuchError):
        store.shown_file(other.token, look.left)
    assert store.shown_file(test.token, look.left).is_file()
    assert store.raters.join(other.token, rater) != rater
    with pytest.raises(NoSuchError):
        store.raters.join("no-such-test", None)


def test_a_closed_test_takes_nothing(store: Store, make_test: MakeTest) -> None:
    test = make_test()
    rater = store.raters.join(test.token, None)
    look = store.raters.progress(test.token, rater).next[0]
    store.set_status(test.token, "closed")
    with pytest.raises(ClosedError):
        store.raters.vote(test.token, rater, look.id, "vote-000", "left", 900)
    with pytest.raises(ClosedError):
        store.raters.join(test.token, None)
    store.set_status(test.token, "open")
    assert store.raters.vote(test.token, rater, look.id, "vote-000", "left", 900).done == 1


def test_a_test_opens_once_all_is_painted(store: Store) -> None:
    def test() -> AbTest:
        return AbTest(name="t", question="?", created=0.0, trials=5, repeats=0, checks=0)

    def photo() -> Content:
        return Content(name="p", style="", source="", width=1, height=1)

    def model(name: str) -> Entrant:
        return Entrant(name=name, source="")

    unpainted = store.add(test(), [model("a"), model("b")], [photo()])
    with pytest.raises(ClosedError, match="not everything is painted"):
        store.set_status(unpainted.token, "open")
    with pytest.raises(ValueError, match="two models"):
        store.add(test(), [model("a")], [photo()])
    with pytest.raises(ValueError, match="model a comes twice"):
        store.add(test(), [model("a"), model("a")], [photo()])
    with pytest.raises(ValueError, match="photo or clip"):
        store.add(test(), [model("a"), model("b")], [])


def test_removing_takes_files_and_votes_along(store: Store, make_test: MakeTest) -> None:
    test, kept = make_test(), make_test()
    rater = store.raters.join(test.token, None)
    _go_through(store, test.token, rater)
    files = set((store.folder / "media").iterdir())
    store.remove(test.token)
    assert len(files) - len(set((store.folder / "media").iterdir())) == 4 * 4
    assert [t.token for t in store.tests()] == [kept.token]
    assert _votes(store) == 0
