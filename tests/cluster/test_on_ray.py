"""A folder painted on a cluster, one of whose machines is lost meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from pleinair.cluster import Tasks, open_folder
from pleinair.styles.recipe import recipe
from pleinair.video.folder import Job, Report, stylize_folder
from tests.cluster.nodes import raylet_of, some_node
from tests.video.clips import frames_of, keyed

Data = Callable[[str], Path]


@pytest.fixture
def clips(data: Data, tmp_path: Path) -> Path:
    """Give a folder with a clip of the scene and the beginning of a real one, with sound."""
    folder = tmp_path / "in"
    folder.mkdir()
    keyed(folder / "scene.mp4", count=72, size=(320, 240))
    source = av.open(str(data("video/bigbuckbunny_720p.mp4")))
    with source, av.open(str(folder / "film.mp4"), "w") as copy:
        streams = {
            stream.index: copy.add_stream_from_template(stream)
            for stream in (*source.streams.video, *source.streams.audio)
        }
        for packet in source.demux(*source.streams.video, *source.streams.audio):
            if packet.size and (packet.pts or 0) * packet.time_base < 1.5:
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)
    return folder


def is_painting(raylet: int) -> bool:
    """Say whether a worker of this node has a part under way."""
    children = Path(f"/proc/{raylet}/task/{raylet}/children").read_text().split()
    titles = (Path(f"/proc/{child}/cmdline") for child in children)
    return any(title.exists() and b"_paint" in title.read_bytes() for title in titles)


def test_a_folder_is_painted_the_same_without_a_lost_machine(
    cluster: Any, clips: Path, tmp_path: Path
) -> None:
    # Workers can't see a style that lies only in this process's folder of styles: it is sent.
    style = recipe("starry-night", threads=1)
    machine = some_node(cluster)

    def paint(name: str, address: str | None) -> Report:
        folders = open_folder(str(clips)), open_folder(str(tmp_path / name))
        job = Job(*folders, style, (320, 240), 0.4, "1")
        with Tasks(address) as tasks:
            return stylize_folder(job, tasks)

    def lose() -> None:
        while not is_painting(raylet_of(machine)):
            time.sleep(0.01)
        cluster.remove_node(machine, allow_graceful=False)

    killer = threading.Thread(target=lose)
    killer.start()
    report = paint("there", cluster.address)
    killer.join()
    assert (report.finished, report.errors) == (2, {})
    assert paint("here", None).finished == 2
    for name in ("scene.mp4", "film.mp4"):
        there, here = (tmp_path / place / name for place in ("there", "here"))
        frames = [frames_of(path) for path in (there, here)]
        assert len(frames[0]) == len(frames[1])
        for a, b in zip(*frames, strict=True):
            assert (a == b).all()
        assert there.read_bytes() == here.read_bytes()
