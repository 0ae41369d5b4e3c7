"""`python -m bench.ab`: many raters at once, and how often the statistics are right."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer
from PIL import Image
from sqlalchemy import select

from bench import postgres
from pleinair.studio.ab.ranking import fit, rank
from pleinair.studio.ab.results import results
from pleinair.studio.ab.simulate import Crowd
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Content, Entrant, Showing, Vote

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)

_CHOICES = ("left", "right", "tie", "skip")
_AGAIN = 0.02  # share of votes that are sent a second time though they were answered
_PAUSE = 0.2  # seconds before a request that failed is sent again
_LOST = (httpx.TransportError,)


def plain_test(
    store: Store, models: int, contents: int, trials: int, repeats: int, checks: int
) -> AbTest:
    """An open test whose pictures are plain colours, 48×32."""
    test = AbTest(
        name="secret name",
        question="Which looks better?",
        created=time.time(),
        trials=trials,
        repeats=repeats,
        checks=checks,
    )
    entrants = [Entrant(name=f"model{i}", source="") for i in range(models)]
    photos = [
        Content(name=f"photo{i}", style="", source="", width=48, height=32) for i in range(contents)
    ]
    store.add(test, entrants, photos)
    kept = {content.id: content for content in store.contents(test)}
    for index, medium in enumerate(store.media(test)):
        path = store.medium_path(medium, kept[medium.content_id])
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((32, 48, 3), 10 * (index % 25), np.uint8)).save(path)
        store.mark_painted(medium)
    store.set_status(test.token, "open")
    return store.test(test.token)


class Server:
    """`pleinair abtest serve` in a process of its own, which can be killed and started again."""

    def __init__(self, folder: Path, database: str | None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.command = [
            sys.executable,
            "-m",
            "pleinair",
            "abtest",
            "serve",
            "--folder",
            str(folder),
        ]
        self.command += ["--port", str(self.port)]
        self.command += ["--database", database] if database else []
        self.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        for _ in range(3000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise OSError("the server does not start")

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@dataclass
class Load:
    """What raters saw: milliseconds of answers, what they sent, and what got lost on the way."""

    joins: list[float] = field(default_factory=list)
    votes: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    sent: dict[str, tuple[str, str]] = field(default_factory=dict)
    failures: int = 0
    repeats: int = 0


async def _rater(url: str, count: int, think: float, load: Load) -> None:
    """Join, look at pairs, vote; send again what was not answered."""
    async with httpx.AsyncClient(base_url=url, timeout=30, verify=False) as client:

        async def ask(times: list[float], method: str, path: str, body: Any = None) -> Any:
            while True:
                start = time.perf_counter()
                try:
                    answer = await client.request(method, path, json=body)
                except _LOST:
                    load.failures += 1
                    await asyncio.sleep(_PAUSE)
                    continue
                times.append(1000 * (time.perf_counter() - start))
                answer.raise_for_status()
                return answer.json() if body is not None else None

        await asyncio.sleep(random.uniform(0, think))
        progress = await ask(load.joins, "POST", "join", {})
        for _ in range(count):
            look = progress["next"][0]
            for side in ("left", "right"):
                await ask(load.pictures, "GET", f"media/{look[side]}")
            await asyncio.sleep(random.uniform(0.5, 1.5) * think)
            vote = {
                "showing": look["id"],
                "vote": secrets.token_hex(16),
                "choice": random.choice(_CHOICES),
                "milliseconds": 900,
            }
            progress = await ask(load.votes, "POST", "vote", vote)
            load.sent[look["id"]] = (vote["vote"], vote["choice"])
            if random.random() < _AGAIN:
                load.repeats += 1
                await ask(load.votes, "POST", "vote", vote)


async def _all(url: str, raters: int, count: int, think: float, load: Load, server: Server) -> None:
    people = [asyncio.create_task(_rater(url, count, think, load)) for _ in range(raters)]
    while len(load.sent) < raters * count / 2:
        await asyncio.sleep(0.02)
        if any(person.done() and person.exception() for person in people):
            break
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*people)


def run_load(
    folder: Path, database: str | None, raters: int, votes: int, think: float
) -> tuple[Load, dict[str, Any]]:
    """Let raters vote, kill the server in the middle and start it again; count what is there.

    Args:
        folder: of the runs.
        database: URL, or None for SQLite in the folder.
        raters: at once.
        votes: of each.
        think: seconds between two votes, on average.

    Returns:
        What raters saw, and `kept` (votes in the database), `same` (whether they are those that
        were sent), `counted` (votes in the results, with those that don't count).
    """
    store = Store(folder / ".studio" / "ab", database)
    repeats = checks = votes // 10
    contents = -(-(votes - repeats - checks) // 6)  # 6 pairs of 4 models on each
    test = plain_test(store, 4, contents, votes, repeats, checks)
    server, load = Server(folder, database), Load()
    url = f"{server.url}/ab/{test.token}/"
    try:
        asyncio.run(_all(url, raters, votes, think, load, server))
    finally:
        server.kill()
    with store.database.reading() as session:
        rows = session.execute(
            select(Vote.showing_id, Vote.id, Vote.choice).join(
                Showing, Vote.showing_id == Showing.id
            )
        ).all()
    kept = {showing: (vote, choice) for showing, vote, choice in rows}
    counted = len(results(store, test.token).ballots)
    store.close()
    return load, {"kept": len(rows), "same": kept == load.sent, "counted": counted}


@app.command("load")
def on_load(
    raters: Annotated[int, typer.Option(min=1, help="At once.")] = 50,
    votes: Annotated[int, typer.Option(min=10, help="Of each.")] = 100,
    think: Annotated[float, typer.Option(min=0, help="Seconds between votes, on average.")] = 1.0,
    kind: Annotated[str, typer.Option(help="sqlite or postgresql.")] = "sqlite",
) -> None:
    """Raters over HTTP; the server is killed and started again in the middle."""
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name,
        postgres.server() if kind == "postgresql" else nullcontext() as database,
    ):
        start = time.perf_counter()
        load, found = run_load(Path(name), database, raters, votes, think)
        seconds = time.perf_counter() - start
    print(f"{kind}: {raters} raters, {votes} votes each, {seconds:.0f} s")
    for what, times in (("join", load.joins), ("picture", load.pictures), ("vote", load.votes)):
        median, most = np.quantile(times, [0.5, 0.95])
        print(f"  {what}: median {median:.1f} ms, p95 {most:.1f} ms, worst {max(times):.0f} ms")
    print(f"  requests lost: {load.failures}, sent again though answered: {load.repeats}")
    print(f"  votes sent {len(load.sent)}, kept {found['kept']}, in the results {found['counted']}")
    print(f"  kept are those sent: {found['same']}")


@app.command("ranking")
def on_ranking(
    tests: Annotated[int, typer.Option(min=10, help="Of each kind.")] = 1000,
    resampled: Annotated[int, typer.Option(min=99, help="Bootstrap samples.")] = 999,
) -> None:
    """How often simulated tests are judged rightly."""
    print("| two equal models: raters × votes | told apart |")
    print("|---|--:|")
    for raters, each in ((5, 30), (10, 30), (20, 30), (50, 100)):
        found = _told_apart(tests, raters, each, resampled)
        print(f"| {raters} × {each} | {found:.1%} |", flush=True)
    print("\n| models, raters × votes | ranks hold | all gaps hold | places a rank spans |")
    print("|---|--:|--:|--:|")
    for count, raters, each in ((3, 12, 30), (4, 16, 30), (4, 50, 100), (6, 20, 40)):
        held, covered, width = _order(tests, count, raters, each, resampled)
        print(
            f"| {count}, {raters} × {each} | {held:.1%} | {covered:.1%} | {width:.2f} |", flush=True
        )


def _told_apart(tests: int, raters: int, each: int, resampled: int) -> float:
    chance, found = np.random.default_rng(raters), 0
    for seed in range(tests):
        votes = Crowd().votes(np.zeros(2), raters, each, chance)
        ranking = rank(votes, resampled=resampled, seed=seed)
        found += bool(ranking.gap_low[0, 1] > 0 or ranking.gap_high[0, 1] < 0)
    return found / tests


def _order(
    tests: int, count: int, raters: int, each: int, resampled: int
) -> tuple[float, float, float]:
    chance, crowd, places = np.random.default_rng(count), Crowd(), np.arange(1, count + 1)
    held, covered, width = 0, 0, 0.0
    for seed in range(tests):
        merits = np.sort(chance.normal(0, 0.6, count))[::-1]
        ranking = rank(crowd.votes(merits, raters, each, chance), resampled=resampled, seed=seed)
        true = fit(1e9 * crowd.truth(merits, raters=4000))
        gap = true[:, None] - true
        held += bool(((ranking.best_rank <= places) & (places <= ranking.worst_rank)).all())
        covered += bool(((ranking.gap_low <= gap + 1e-9) & (gap <= ranking.gap_high + 1e-9)).all())
        width += 1 + float((ranking.worst_rank - ranking.best_rank).mean())
    return held / tests, covered / tests, width / tests


if __name__ == "__main__":
    # Being asked to end stops the servers, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        app()
