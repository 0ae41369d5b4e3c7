"""What is written of a trial."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pleinair.sweep import record


def test_a_record_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    with record.recording(tmp_path, 7) as folder:
        record.write_json(folder / record.TRIAL, {"number": 7})
        assert record.read_trials(tmp_path) == []
    assert record.read_trials(tmp_path) == [{"number": 7}]
    assert [path.name for path in (tmp_path / "trials").iterdir()] == ["007"]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), record.recording(tmp_path, 0) as folder:
        (folder / "some").write_text("thing")
        raise KeyboardInterrupt
    assert list((tmp_path / "trials").iterdir()) == []


def test_what_a_dead_process_left_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "trials" / ".000.part").mkdir(parents=True)
    (tmp_path / "trials" / ".000.part" / "old").write_text("old")
    record.sweep_up(tmp_path)
    assert list((tmp_path / "trials").iterdir()) == []


def test_records_come_in_order(tmp_path: Path) -> None:
    for number in (1000, 2, 30):
        with record.recording(tmp_path, number) as folder:
            record.write_json(folder / record.TRIAL, {"number": number})
    assert [found["number"] for found in record.read_trials(tmp_path)] == [2, 30, 1000]


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    folder = record.folder_of(tmp_path, 3)
    folder.mkdir(parents=True)
    (folder / record.TRIAL).write_text('{"number": 3')
    with pytest.raises(ValueError, match=r"trial\.json is damaged"):
        record.read_trials(tmp_path)


def test_versions_name_what_weights_depend_on() -> None:
    found = record.versions()
    assert found["torch"] == torch.__version__.partition("+")[0] or found["torch"] == str(
        torch.__version__
    )
    assert {"pleinair", "python", "optuna"} <= found.keys()
