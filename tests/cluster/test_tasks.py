"""Tasks end, whatever happens to those who do them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pleinair.cluster import LostWorkerError, Tasks
from tests.cluster.nodes import raylet_of, some_node
from tests.cluster.work import Item, die, die_at_first, noted, parents, refuse_odd, square

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["here", "processes", "ray"])
def place(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give the arguments that make `Tasks` run in each of the places that there are."""
    if request.param == "ray":
        return {"cluster": request.getfixturevalue("cluster").address}
    return {"jobs": 1 if request.param == "here" else 2}


def test_every_task_is_done_once(place: dict[str, Any], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Tasks(**place) as tasks:
        for number in range(12):
            tasks.add(square, Item(number, log))
        results = {done.task.item.number: done.result for done in tasks}
    assert results == {number: number**2 for number in range(12)}
    assert sorted(noted(log)) == list(range(12))


def test_an_error_is_that_tasks_own(place: dict[str, Any], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Tasks(**place) as tasks:
        for number in range(5):
            tasks.add(refuse_odd, Item(number, log))
        ended = {done.task.item.number: done for done in tasks}
    assert {number: done.result for number, done in ended.items() if not done.error} == {
        0: 0,
        2: 2,
        4: 4,
    }
    for number in (1, 3):
        error = ended[number].error
        assert isinstance(error, ValueError)
        assert str(error) == f"{number} is odd"
    assert sorted(noted(log)) == list(range(5))  # nothing was tried twice


def test_what_ends_may_bring_more(place: dict[str, Any], tmp_path: Path) -> None:
    log = tmp_path / "log"
    seen = []
    with Tasks(**place) as tasks:
        tasks.add(square, Item(2, log))
        for done in tasks:
            seen.append(done.result)
            if done.result < 1000:
                tasks.add(square, Item(done.result, log))
    assert seen == [4, 16, 256, 65536]


def test_first_comes_before_what_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Tasks() as tasks:
        for number in range(3):
            tasks.add(square, Item(number, log))
        for done in tasks:
            if done.task.item.number == 0:
                tasks.add(square, Item(9, log), first=True)
    assert noted(log) == [0, 9, 1, 2]


@pytest.mark.parametrize("place", ["processes", "ray"], indirect=True)
def test_a_lost_worker_is_replaced(place: dict[str, Any], tmp_path: Path) -> None:
    log, fatal, steady = (tmp_path / name for name in ("log", "fatal", "steady"))
    with Tasks(**place, retries=2) as tasks:
        tasks.add(die_at_first, Item(3, log))
        tasks.add(die, Item(4, fatal))
        for number in range(4):
            tasks.add(square, Item(number, steady, seconds=0.2))
        ended = [(done.task.function, done.result, done.error) for done in tasks]
    assert sorted(result for function, result, _ in ended if function is square) == [0, 1, 4, 9]
    assert (die_at_first, 9, None) in ended
    (error,) = (error for function, _, error in ended if function is die)
    assert isinstance(error, LostWorkerError)
    assert "3 times" in str(error)
    assert noted(fatal) == [4, 4, 4]


def test_a_lost_machine_is_done_without(cluster: Any, tmp_path: Path) -> None:
    log = tmp_path / "log"
    machine = some_node(cluster)

    def lose() -> None:
        while raylet_of(machine) not in parents(log):
            time.sleep(0.01)
        cluster.remove_node(machine, allow_graceful=False)

    killer = threading.Thread(target=lose)
    killer.start()
    with Tasks(cluster.address) as tasks:
        for number in range(12):
            tasks.add(square, Item(number, log, seconds=1))
        results = sorted(done.result for done in tasks)
    killer.join()
    assert results == [number**2 for number in range(12)]
    twice = [number for number, count in Counter(noted(log)).items() if count > 1]
    assert twice  # the machine was at work when it was lost


@pytest.mark.parametrize("place", ["processes", "ray"], indirect=True)
def test_leaving_stops_what_is_under_way(place: dict[str, Any], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(KeyboardInterrupt), Tasks(**place) as tasks:
        tasks.add(square, Item(1, log))
        for number in range(2, 9):
            tasks.add(square, Item(number, log, seconds=600))
        for _ in tasks:
            start = time.monotonic()
            raise KeyboardInterrupt
    assert time.monotonic() - start < 60
    assert multiprocessing.active_children() == []


def test_workers_end_with_the_process_that_asked(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = (
        "from pathlib import Path\n"
        "from pleinair.cluster import Tasks\n"
        "from tests.cluster.work import Item, note, square\n"
        "if __name__ == '__main__':\n"
        "    with Tasks(jobs=2) as tasks:\n"
        f"        tasks.add(square, Item(1, Path({str(pids)!r}), seconds=60))\n"
        f"        tasks.add(square, Item(2, Path({str(pids)!r}), seconds=60))\n"
        "        list(tasks)\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    parent = subprocess.Popen([sys.executable, script], env={**os.environ, "PYTHONPATH": path})
    while len(noted(pids)) < 2:
        assert parent.poll() is None
        time.sleep(0.02)
    workers = _children(parent.pid)
    assert len(workers) >= 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split()]


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_no_cluster_is_one_clear_error(address: str) -> None:
    pytest.importorskip("ray")
    with pytest.raises(ConnectionError, match=f"no Ray cluster answers at {address}: "):
        Tasks(address)


def test_ray_missing_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pleinair.cluster.on_ray", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"ray and fsspec: pip install 'pleinair\[cluster\]'"):
        Tasks("auto")
