"""One A/B test: the link for raters, and what the votes say as they come."""

from __future__ import annotations

import asyncio
import json
import math
from html import escape

from nicegui import ui

from pleinair.studio import theme
from pleinair.studio.ab.export import as_csv, as_dict
from pleinair.studio.ab.raters import ClosedError, NoSuchError
from pleinair.studio.ab.results import STOPPING, Results, results
from pleinair.studio.ab.screening import RULE
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest
from pleinair.studio.ab.workshop import Work, Workshop

_EVERY = 2.0


def register(store: Store, workshop: Workshop) -> None:
    """Make the page of one test."""

    @ui.page("/tests/{token}")
    async def show(token: str) -> None:
        try:
            test = await asyncio.to_thread(store.test, token)
        except NoSuchError:
            with theme.frame("A/B test", "/tests"), theme.empty("There is no such test", ""):
                theme.button("All tests", "/tests")
            return
        with theme.frame(test.name, "/tests"):
            await _Page(test, store, workshop).begin()


class _Page:
    """Follows a test: its painting first, then its votes."""

    def __init__(self, test: AbTest, store: Store, workshop: Workshop) -> None:
        self._test, self._store, self._workshop = test, store, workshop
        self._shown: object = None
        self._busy = False
        base = str(ui.context.client.request.base_url).rstrip("/")
        self._link = f"{base}/ab/{test.token}/"
        ui.link("← All tests", "/tests").classes("back")
        with theme.heading(test.name, test.question):
            self._actions = ui.element("div").classes("actions")
        self._content = ui.element("div").classes("stack")

    async def begin(self) -> None:
        """Show what there is, and what comes."""
        await self._update()
        ui.timer(_EVERY, self._update)

    async def _update(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            self._test = await asyncio.to_thread(self._store.test, self._test.token)
            votes = (await asyncio.to_thread(self._store.votes)).get(self._test.id, 0)
            work = self._workshop.work(self._test.token)
            now = (self._test.status, votes, work)
            if now == self._shown:
                return
            found = None
            if self._test.status != "painting":
                found = await asyncio.to_thread(results, self._store, self._test.token)
            self._shown = now
            self._draw(work, found)
        except NoSuchError:
            ui.navigate.to("/tests")
        finally:
            self._busy = False

    def _draw(self, work: Work | None, found: Results | None) -> None:
        self._actions.clear()
        self._content.clear()
        with self._actions:
            self._buttons(found)
        with self._content:
            if found is None:
                self._painting(work)
            else:
                self._invitation()
                _verdict(found)
                if found.votes:
                    with ui.element("div").classes("halves"):
                        _against(found)
                        _by_content(found)
                if found.raters:
                    _people(found)

    def _buttons(self, found: Results | None) -> None:
        if found is not None:
            theme.button("CSV", lambda: self._download(as_csv(found), "csv"))
            theme.button(
                "JSON", lambda: self._download(json.dumps(as_dict(found), indent=1), "json")
            )
            opened = self._test.status == "open"
            theme.button("Close" if opened else "Open again", self._turn, strong=not opened)
        theme.button("Delete", self._ask_to_delete)

    def _download(self, text: str, suffix: str) -> None:
        name = "".join(c if c.isalnum() else "-" for c in self._test.name.lower())
        ui.download.content(text, f"{name}.{suffix}")

    async def _turn(self) -> None:
        to = "closed" if self._test.status == "open" else "open"
        try:
            await asyncio.to_thread(self._store.set_status, self._test.token, to)  # type: ignore[arg-type]
        except ClosedError as error:
            ui.notify(str(error), type="negative")
        await self._update()

    async def _ask_to_delete(self) -> None:
        with ui.dialog() as dialog, ui.card().classes("panel"):
            ui.label(f"Delete {self._test.name} with all its votes and pictures?")
            with ui.element("div").classes("actions"):
                theme.button("Delete", lambda: dialog.submit(True), strong=True)
                theme.button("Keep", lambda: dialog.submit(False))
        if await dialog:
            await asyncio.to_thread(self._store.remove, self._test.token)
            ui.navigate.to("/tests")

    def _painting(self, work: Work | None) -> None:
        with ui.element("section").classes("panel"):
            theme.title("Painting")
            if work is not None and not work.error:
                share = work.done / work.total if work.total else 0
                ui.label(f"{work.done} of {work.total}: {work.text}" if work.total else "waiting")
                with ui.element("div").classes("bar").style("margin-top:.6rem"):
                    ui.element("div").style(f"width:{share:.0%}")
                return
            if work is not None:
                theme.said(work.error)
            ui.label("Not everything is painted yet.")
            with ui.element("div").classes("actions").style("margin-top:.6rem"):
                theme.button("Go on", lambda: self._workshop.paint(self._test.token), strong=True)

    def _invitation(self) -> None:
        with ui.element("section").classes("panel"):
            theme.title("The link for raters")
            if self._test.status == "closed":
                ui.label("The test is closed: it takes no votes.").classes("soft")
                return
            with ui.element("div").classes("actions"):
                ui.link(self._link, self._link, new_tab=True).classes("address")
                theme.button("Copy", self._copy)
            ui.label(
                "It shows this test and nothing else of the studio. For people beyond this machine "
                "the studio, or “pleinair abtest serve”, must listen where they can reach it."
            ).classes("soft small").style("margin-top:.5rem")

    def _copy(self) -> None:
        ui.clipboard.write(self._link)
        ui.notify("Copied.")


def _verdict(found: Results) -> None:
    """The ranking with intervals, and whether it is enough."""
    with ui.element("section").classes("panel"):
        theme.title("Who is better")
        kept = sum(not rater.reasons for rater in found.raters)
        votes = "1 vote" if found.votes == 1 else f"{found.votes:,} votes"
        words = f"{votes} of {kept} {'person' if kept == 1 else 'people'}"
        if kept < len(found.raters):
            words += f" ({len(found.raters) - kept} left out)"
        if found.agreement is not None:
            words += f" · agreement (Krippendorff, α) {found.agreement:.2f}"
        ui.label(words).classes("soft")
        if found.votes:
            ui.html(_forest(found), sanitize=False)
        colour = "finished" if found.enough.reached else ""
        ui.label(_enough(found)).classes(f"chip verdict {colour}")
        ui.label(STOPPING).classes("soft small").style("margin-top:.5rem")


def _enough(found: Results) -> str:
    enough = found.enough
    if enough.half_width is None:
        return "fewer than 5 people: nothing can be said of others yet"
    reach = f"every share is known to ±{100 * enough.half_width:.0f} points"
    return f"enough votes: {reach}" if enough.reached else f"about {enough.more:,} more votes"


def _forest(found: Results) -> str:
    """Scores as dots with their intervals as lines, the best on top."""
    ranking = found.ranking
    ends = [*ranking.scores, *ranking.low, *ranking.high]
    reach = max(0.25, *(abs(end) for end in ends if not math.isnan(end)))
    rows = []
    for i in (-ranking.scores).argsort():
        score, low, high = ranking.scores[i], ranking.low[i], ranking.high[i]
        best, worst = ranking.best_rank[i], ranking.worst_rank[i]
        line = ""
        if not math.isnan(low):
            across = f"left:{_place(low, reach)}%;width:{_place(high, reach) - _place(low, reach)}%"
            line = f'<i style="{across}"></i>'
        rank = f"{best}" if best == worst else f"{best}–{worst}"
        name = escape(found.entrants[i].name)
        said = "" if math.isnan(low) else f"{low:+.2f} to {high:+.2f}"
        rows.append(
            f'<tr><td class="rank">{rank}</td><th scope="row">{name}</th><td class="line"><div>'
            f'{line}<b style="left:{_place(score, reach)}%"></b></div></td>'
            f"<td>{score:+.2f}</td><td class=soft>{said}</td></tr>"
        )
    head = "<tr><th>rank</th><th>model</th><th></th><th>score</th><th>95 % interval</th></tr>"
    return f'<table class="forest"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _place(value: float, reach: float) -> float:
    """Percent of the way from −reach to +reach, with a margin."""
    return round(50 + 46 * value / reach, 2)


def _against(found: Results) -> None:
    """Who beats whom, and how often."""
    with ui.element("section").classes("panel scroll"):
        theme.title("Row against column")
        names = [escape(entrant.name) for entrant in found.entrants]
        rows = [f"<tr><td></td>{''.join(f'<th>{name}</th>' for name in names)}</tr>"]
        for i, name in enumerate(names):
            cells = "".join(_cell(found, i, j) for j in range(len(names)))
            rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
        ui.html(f'<table class="matrix">{"".join(rows)}</table>', sanitize=False)
        words = "Share of votes by the fitted scores; below, votes won, tied and lost."
        ui.label(words).classes("soft small")


def _cell(found: Results, row: int, column: int) -> str:
    if row == column:
        return "<td></td>"
    share, reach = found.ranking.share[row, column], found.ranking.half_width[row, column]
    won, tied, lost = found.wins[row, column], found.ties[row, column], found.wins[column, row]
    sure = "" if math.isnan(reach) else f" ± {100 * reach:.0f}"
    # Ties are counted on both sides of the matrix.
    counts = f"{won:.0f} · {tied:.0f} · {lost:.0f}"
    return f'<td style="--share:{share:.3f}">{100 * share:.0f} %{sure}<small>{counts}</small></td>'


def _by_content(found: Results) -> None:
    """The share of votes that each model gets on each content."""
    with ui.element("section").classes("panel scroll"):
        theme.title("By photo and clip")
        names = [escape(entrant.name) for entrant in found.entrants]
        rows = [f"<tr><td></td>{''.join(f'<th>{n}</th>' for n in names)}<th>votes</th></tr>"]
        for content in found.contents:
            wins = found.by_content[content.id]
            cells = []
            for i in range(len(names)):
                all_votes = wins[i].sum() + wins[:, i].sum()
                share = wins[i].sum() / all_votes if all_votes else None
                cells.append(
                    "<td></td>"
                    if share is None
                    else f'<td style="--share:{share:.3f}">{100 * share:.0f} %</td>'
                )
            name = escape(f"{content.name}, {content.style}".rstrip(", "))
            votes = f'<td class="soft">{wins.sum():.0f}</td>'
            rows.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}{votes}</tr>')
        ui.html(f'<table class="matrix">{"".join(rows)}</table>', sanitize=False)
        ui.label("Votes won there against all others; a tie is half.").classes("soft small")


def _people(found: Results) -> None:
    """Who rated, and whose votes count."""
    with ui.expansion(f"Raters ({len(found.raters)})").classes("more panel").style("margin:0"):
        columns = {
            "rater": "rater",
            "votes": "votes",
            "skips": "skipped",
            "checks": "checks passed",
            "repeats": "repeats alike",
            "seconds": "seconds a vote",
            "reasons": "left out because",
        }
        rows = [
            {
                "rater": rater.rater,
                "votes": rater.votes,
                "skips": rater.skips,
                "checks": f"{rater.passed} of {rater.checks}",
                "repeats": f"{rater.same} of {rater.repeats}",
                "seconds": f"{rater.milliseconds / 1000:.1f}",
                "reasons": "; ".join(rater.reasons),
            }
            for rater in found.raters
        ]
        table = ui.table(
            rows=rows,
            columns=[
                {"name": key, "label": label, "field": key, "align": "left", "sortable": True}
                for key, label in columns.items()
            ],
            row_key="rater",
        )
        table.props("flat dense hide-pagination :pagination='{rowsPerPage: 0}'")
        ui.label(RULE).classes("soft small")
