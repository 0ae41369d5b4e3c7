"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pleinair.whole import whole


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    with whole(target) as partial:
        partial.write_text("one")
        assert partial.parent == target.parent
        assert not target.exists()
    assert target.read_text() == "one"
    with whole(target, suffix=".txt", beside=tmp_path / "work") as partial:
        assert (partial.parent, partial.suffix) == (tmp_path / "work", ".txt")
        partial.write_text("two")
        assert target.read_text() == "one"
    assert target.read_text() == "two"
    assert [path.name for path in tmp_path.rglob("*.*")] == ["a.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_fails_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    with pytest.raises(error), whole(target) as partial:
        partial.write_text("half")
        raise error
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]
