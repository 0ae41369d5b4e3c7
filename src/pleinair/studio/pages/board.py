"""The board: what models cost and how they look, as a plot, a table and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nicegui import ui

from pleinair.studio import charts, theme
from pleinair.studio.boards import Board, find_boards, read_board
from pleinair.studio.files import Shelf


def register(folder: Path, shelf: Shelf) -> None:
    """Make the board's page."""

    @ui.page("/board")
    def show(which: int = 0) -> None:
        with theme.frame("Board", "/board"):
            found = find_boards(folder)
            if not found:
                _nothing(folder)
                return
            place = found[min(max(which, 0), len(found) - 1)]
            try:
                board = read_board(place)
            except ValueError as error:
                theme.said(str(error))
                return
            _Page(board, found, shelf)


def _nothing(folder: Path) -> None:
    with theme.empty(
        "Nothing has been measured yet",
        "The board puts styles side by side: what they cost, how well they paint, how still they "
        "hold. It is measured by the command below, which can take a while.",
    ):
        ui.html(
            "<p><code>pleinair evaluate easel sketch --photos photos/ --out "
            f"{folder.name or 'runs'}/board</code></p>",
            sanitize=True,
        )


class _Page:
    """A plot with axes to choose, the figures, and a photo as all models paint it."""

    def __init__(self, board: Board, places: list[Path], shelf: Shelf) -> None:
        self._board, self._shelf = board, shelf
        with theme.heading("Board", board.about):
            if len(places) > 1:
                names = {place: path.name for place, path in enumerate(places)}
                ui.select(
                    names,
                    value=places.index(board.folder),
                    label="Which",
                    on_change=lambda event: ui.navigate.to(f"/board?which={event.value}"),
                ).props("outlined dense").style("min-width: 10rem")
        with ui.element("div").classes("stack"):
            self._plot()
            self._figures()
            self._pictures()

    def _plot(self) -> None:
        board = self._board
        with ui.element("section").classes("panel"):
            theme.title("Cost and loss")
            if not board.costs or not board.losses:
                ui.label("No row has both a cost and a loss.").classes("soft")
                return
            with ui.element("div").classes("actions"):
                cost = ui.select(board.costs, value=next(iter(board.costs)), label="Cost")
                loss = ui.select(board.losses, value=next(iter(board.losses)), label="Loss")
            chart = ui.echart(charts.cloud([], "", "")).classes("chart")
            words = "Large dots are models, small ones their paintings. Left and low is better."
            ui.label(words).classes("soft small")

            def draw() -> None:
                dots = board.dots(cost.value, loss.value)
                drawn = charts.cloud(dots, board.costs[cost.value], board.losses[loss.value])
                chart.options.clear()
                chart.options.update(drawn)
                chart.update()

            for choice in (cost, loss):
                choice.props("outlined dense").style("min-width: 12rem").on_value_change(draw)
            draw()

    def _figures(self) -> None:
        board = self._board
        columns = [_column("model", "model"), _column("style", "style")]
        columns += [_column(key, heading, right=True) for key, heading in board.columns.items()]
        rows = [
            {"key": place, "model": row.model, "style": row.style}
            | {key: _short(row.figures.get(key)) for key in board.columns}
            for place, row in enumerate(board.rows)
        ]
        with ui.element("section"):
            table = ui.table(rows=rows, columns=columns, row_key="key", pagination=0).classes(
                "figures"
            )
            table.props('flat dense hide-pagination binary-state-sort aria-label="Figures"')

    def _pictures(self) -> None:
        board = self._board
        painted = [row for row in board.rows if row.pictures]
        if not painted:
            return
        paintings = list(dict.fromkeys(row.painting or "other styles" for row in painted))
        with ui.element("section").classes("panel"):
            theme.title("Pictures")
            with ui.element("div").classes("actions"):
                painting = ui.select(paintings, value=paintings[0], label="Painting")
                photo = ui.select(list(board.photos), value=next(iter(board.photos)), label="Photo")
            tiles = ui.element("div").classes("tiles")

            def draw() -> None:
                tiles.clear()
                with tiles:
                    self._tile("the photo", board.photos.get(photo.value))
                    self._tile("the painting", board.paintings.get(painting.value))
                    for row in painted:
                        if (row.painting or "other styles") == painting.value:
                            alone = row.painting or row.model == row.style
                            name = row.model if alone else f"{row.model}, {row.style}"
                            self._tile(name, row.pictures.get(photo.value))

            for choice in (painting, photo):
                choice.props("outlined dense").style("min-width: 12rem").on_value_change(draw)
            draw()

    def _tile(self, name: str, path: Path | None) -> None:
        if path is None:
            return
        with ui.link(target=self._shelf.url(path), new_tab=True).classes("tile"):
            with ui.element("div").classes("surface"):
                image = ui.element("img").props(f'src="{self._shelf.url(path)}" loading="lazy"')
                image.props["alt"] = name
            ui.label(name).classes("caption")


def _column(key: str, heading: str, *, right: bool = False) -> dict[str, Any]:
    return {
        "name": key,
        "label": heading,
        "field": key,
        "sortable": True,
        "align": "right" if right else "left",
    }


def _short(value: float | None) -> float | None:
    """Three digits, as a number, so that columns sort by it."""
    return None if value is None else float(f"{value:.3g}")
