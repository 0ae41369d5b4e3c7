"""`pleinair abtest`: blind comparisons by people, from the making to the result."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pleinair.cli.options import one_address
from pleinair.video.files import replacing

if TYPE_CHECKING:
    from pleinair.studio.ab.results import Results
    from pleinair.studio.ab.store import Store

Folder: TypeAlias = Annotated[Path, typer.Option(help="Folder of the runs, as for the studio.")]
Url: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Where votes are kept, for example postgresql+psycopg://…",
        show_default="a SQLite file in FOLDER",
    ),
]
Which: TypeAlias = Annotated[
    str, typer.Argument(metavar="TEST", help="Name of a test, or its token.")
]

_RUNS = Path("runs")


def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="For you; raters don't see it.")],
    models: Annotated[
        list[str],
        typer.Option("--model", "-m", help="Name or file of a model, or NAME=MODEL; repeated."),
    ],
    contents: Annotated[
        list[Path], typer.Option("--content", "-c", help="Photo or clip; repeated.")
    ],
    styles: Annotated[
        list[str] | None,
        typer.Option(
            "--style",
            "-s",
            help="What all paint; repeated.",
            show_default="the first of each model",
        ),
    ] = None,
    question: Annotated[str, typer.Option(help="What raters are asked.")] = "Which looks better?",
    trials: Annotated[int, typer.Option(min=4, max=500, help="Pairs of one sitting.")] = 30,
    longer: Annotated[int, typer.Option("--size", min=64, help="Longer side, in pixels.")] = 960,
    seconds: Annotated[float, typer.Option(min=0.2, max=60, help="Of a clip.")] = 6.0,
    folder: Folder = _RUNS,
    database: Url = None,
) -> None:
    """Paint all that raters will compare, and open the test to them.

    A test of this name that was interrupted is painted on.
    """
    with _opened(folder, database) as store:
        from pleinair.studio.ab.painting import make as made
        from pleinair.studio.ab.painting import paint

        begun = [test for test in store.tests() if test.name == name]
        if begun and begun[0].status != "painting":
            raise ValueError(f"a test named {name} is there already")
        test = (
            begun[0]
            if begun
            else made(
                store,
                name,
                models,
                [(path.stem, path) for path in contents],
                styles=styles or (),
                question=question,
                trials=trials,
                longer=longer,
                seconds=seconds,
            )
        )
        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True)) as bars:
            task = bars.add_task("", total=None)
            paint(
                store,
                test.token,
                lambda text, done, total: bars.update(
                    task, description=text, completed=done, total=total
                ),
            )
        print(f"{name}: open to raters at /ab/{test.token}/ once it is served (abtest serve)")


def listing(folder: Folder = _RUNS, database: Url = None) -> None:
    """List the tests there are."""
    table = Table(box=None, pad_edge=False)
    for column in ("test", "status", "token"):
        table.add_column(column, no_wrap=True)
    with _opened(folder, database) as store:
        for test in store.tests():
            table.add_row(test.name, test.status, test.token)
    Console().print(table)


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8700,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Listen at this one.")] = "127.0.0.1",
    public: Annotated[
        str | None,
        typer.Option(metavar="NAME[:PORT]", help="What browsers call it, behind a proxy."),
    ] = None,
    folder: Folder = _RUNS,
    database: Url = None,
) -> None:
    """Serve the raters' pages and nothing else, for people beyond this machine. Ctrl-C ends it."""
    host = one_address(host)
    with _opened(folder, database) as store:
        import uvicorn

        from pleinair.deploy.callers import names_of
        from pleinair.studio.ab.routes import raters_app

        address = f"[{host}]" if ":" in host else host
        names = names_of(host, port) | ({public} if public else set())
        base = f"https://{public}" if public else f"http://{address}:{port}"
        for test in store.tests():
            if test.status == "open":
                print(f"{test.name}: {base}/ab/{test.token}/")
        uvicorn.run(
            raters_app(store, names),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
        )


def show(which: Which, folder: Folder = _RUNS, database: Url = None) -> None:
    """Show who is better, and how sure that is."""
    with _opened(folder, database) as store:
        from pleinair.studio.ab.results import results

        found = results(store, _token(store, which))
    console = Console()
    console.print(_ranking(found))
    console.print(_wins(found))
    for line in _words(found):
        print(line)


def export(
    which: Which,
    out: Annotated[Path, typer.Option(help="File to write: .json has all, .csv the votes.")],
    folder: Folder = _RUNS,
    database: Url = None,
) -> None:
    """Write results and votes to a file; `pleinair evaluate --votes` reads the .json."""
    if out.suffix not in (".json", ".csv"):
        raise ValueError(f"{out}: its suffix is neither .json nor .csv")
    with _opened(folder, database) as store:
        from pleinair.studio.ab.export import as_csv, as_dict
        from pleinair.studio.ab.results import results

        found = results(store, _token(store, which))
        text = as_csv(found) if out.suffix == ".csv" else json.dumps(as_dict(found), indent=1)
    with replacing(out) as partial:
        partial.write_text(text if text.endswith("\n") else f"{text}\n")
    print(f"{out}: {len(found.ballots)} votes")


def close(
    which: Which,
    again: Annotated[bool, typer.Option("--open", help="Open it again.")] = False,
    folder: Folder = _RUNS,
    database: Url = None,
) -> None:
    """Close a test: it takes no more votes."""
    with _opened(folder, database) as store:
        token = _token(store, which)
        store.set_status(token, "open" if again else "closed")
        print(f"{store.test(token).name}: {'open' if again else 'closed'}")


def remove(
    which: Which,
    sure: Annotated[bool, typer.Option("--yes", help="Really.")] = False,
    folder: Folder = _RUNS,
    database: Url = None,
) -> None:
    """Delete a test with its votes and pictures."""
    if not sure:
        raise ValueError("this deletes all votes of the test: say --yes")
    with _opened(folder, database) as store:
        store.remove(_token(store, which))
    print(f"{which}: deleted")


@contextmanager
def _opened(folder: Path, database: str | None) -> Iterator[Store]:
    # The packages take a second to import and may not be there.
    try:
        import choix  # noqa: F401
        import fastapi  # noqa: F401

        from pleinair.studio.ab.store import Store
    except ImportError as error:
        raise ImportError(
            f'A/B tests need {error.name}: run  pip install "pleinair[studio]"', name=error.name
        ) from error
    store = Store(folder / ".studio" / "ab", database)
    try:
        yield store
    finally:
        store.close()


def _token(store: Store, which: str) -> str:
    found = [test for test in store.tests() if which in (test.name, test.token)]
    if not found:
        known = ", ".join(test.name for test in store.tests()) or "none"
        raise ValueError(f"no test named {which!r} (there are: {known})")
    if len(found) > 1:
        raise ValueError(f"several tests are named {which!r}: say the token")
    return found[0].token


def _ranking(found: Results) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("model", no_wrap=True)
    for heading in ("rank", "score", "95 % interval"):
        table.add_column(heading, justify="right")
    ranking = found.ranking
    for i in (-ranking.scores).argsort():
        best, worst = ranking.best_rank[i], ranking.worst_rank[i]
        table.add_row(
            found.entrants[i].name,
            f"{best}" if best == worst else f"{best} to {worst}",
            f"{ranking.scores[i]:+.2f}",
            _span(ranking.low[i], ranking.high[i]),
        )
    return table


def _wins(found: Results) -> Table:
    table = Table(box=None, pad_edge=False, title="share of votes against", title_justify="left")
    table.add_column("")
    for entrant in found.entrants:
        table.add_column(entrant.name, justify="right")
    for i, entrant in enumerate(found.entrants):
        cells = ["" if i == j else _share(found, i, j) for j in range(len(found.entrants))]
        table.add_row(entrant.name, *cells)
    return table


def _span(low: float, high: float) -> str:
    return "?" if math.isnan(low) else f"{low:+.2f} to {high:+.2f}"


def _share(found: Results, row: int, column: int) -> str:
    share, reach = found.ranking.share[row, column], found.ranking.half_width[row, column]
    return f"{share:.0%}" if math.isnan(reach) else f"{share:.0%} ± {reach:.0%}"


def _words(found: Results) -> Iterator[str]:
    kept = sum(not rater.reasons for rater in found.raters)
    yield f"{found.votes} votes count, of {kept} of {len(found.raters)} raters"
    if found.agreement is not None:
        yield f"agreement of raters: Krippendorff's alpha {found.agreement:.2f}"
    enough = found.enough
    if enough.half_width is None:
        yield "too few raters to say anything of others"
    elif enough.reached:
        yield f"enough votes: every share is known to ±{enough.half_width:.0%}"
    else:
        yield f"about {enough.more} more votes: the least known share is ±{enough.half_width:.0%}"
