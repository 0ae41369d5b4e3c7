"""The board as a web page: plots, a table to sort, and all pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from pleinair.evaluate.plot import COLOURS, Point, pareto_plot
from pleinair.train.checkpoint import whole

Row = dict[str, Any]
Report = dict[str, Any]
_HERE = Path(__file__).parent


def write_page(report: Report, out: Path) -> Path:
    """Write ``out/index.html`` for a report as in ``board.json``; its pictures lie beside it."""
    body = "\n".join([*_head(report), *_plots(report), *_table(report), *_pictures(report)])
    path = out / "index.html"
    with whole(path) as partial:
        partial.write_text(document("The board", body))
    return path


def document(title: str, body: str) -> str:
    """A whole page in the board's style, in which tables sort by a click on a heading."""
    style = (_HERE / "page.css").read_text()
    script = (_HERE / "page.js").read_text()
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
{body}
<script>
{script}</script>
</body>
</html>
"""


def _head(report: Report) -> Iterator[str]:
    settings = report["settings"]
    cores = "one core" if settings["threads"] == 1 else f"{settings['threads']} cores"
    clips = [*report["scenes"], *report["clips"]]
    yield "<h1>The board</h1>"
    yield (
        f"<p>{len(report['photos'])} photos of up to {settings['photo_size']} pixels, "
        f"{len(clips)} clips ({escape(', '.join(clips)) or 'none'}). "
        f"Painted on {cores} of {escape(report['machine'])}. "
        f"Losses relative to Gatys&rsquo; optimisation ({settings['gatys_steps']} steps), "
        "unrest relative to the unpainted pictures.</p>"
    )


def _plots(report: Report) -> Iterator[str]:
    """Quality against multiply-adds and against time, for the first judge."""
    axes: dict[str, Callable[[Row], Any]] = {
        "thousand multiply-adds per pixel": lambda row: row["kmac_per_pixel"],
        "ms for 1280 × 720": lambda row: _dig(row, "speed", "1280x720", "ms"),
    }
    judge, models = report["judges"][0], _models(report)
    drawn = []
    for label, cost in axes.items():
        points = [
            Point(row["model"], cost(row), quality)
            for row in report["rows"]
            if "kmac_per_pixel" in row and cost(row) and (quality := _quality(row, judge))
        ]
        if points:
            drawn.append(pareto_plot(points, models, label, "loss, relative to Gatys"))
    if not drawn:
        return
    yield '<section class="plots">'
    yield from drawn
    yield "</section>"
    yield (
        "<p class=note>Loss: geometric mean of style and content loss, each relative to Gatys, "
        f"seen by {escape(judge)}. Small dots are paintings, large ones the mean of a model, the "
        "line joins models that none beats in both. Less is better.</p>"
    )


def _quality(row: Row, judge: str) -> float | None:
    found = row["losses"].get(judge) or {}
    style, content = found.get("style_ratio"), found.get("content_ratio")
    return math.sqrt(style * content) if style and content else None


def _models(report: Report) -> list[str]:
    """Models in order of their first row, without what they are compared with."""
    return list(dict.fromkeys(r["model"] for r in report["rows"] if "kmac_per_pixel" in r))


def _table(report: Report) -> Iterator[str]:
    judges = [
        (f"{kind}<br><small>{escape(judge)}</small>", judge, kind)
        for judge in report["judges"]
        for kind in ("style", "content")
    ]
    sizes = [f"{width}x{height}" for width, height in report["settings"]["speed_sizes"]]
    unrest = {
        "warp": "warp<br><small>true motion</small>",
        "warp_found": "warp<br><small>real clips</small>",
        "flicker": "flicker",
        "shift": "shift",
    }
    headings = ["model", "painting", "parameters", "KB", "kMAC/px"]
    headings += [f"ms<br><small>{size.replace('x', ' × ')}</small>" for size in sizes]
    headings += [heading for heading, _, _ in judges] + list(unrest.values())
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th><button type="button">{heading}</button></th>' for heading in headings)
    yield "</tr></thead><tbody>"
    models = _models(report)
    for row in report["rows"]:
        cells = [_name(row, models), f"<td>{escape(row['style'])}</td>"]
        cells.append(cell(row.get("parameters"), "{:,.0f}"))
        size = row.get("size_bytes")
        of = f"of {row['styles']}" if row.get("styles", 1) > 1 else None
        cells.append(cell(size / 1000 if size else None, "{:,.1f}", of))
        cells.append(cell(row.get("kmac_per_pixel"), "{:.3g}"))
        for name in sizes:
            fps = _dig(row, "speed", name, "fps")
            detail = None if fps is None else f"{fps:.1f} fps"
            cells.append(cell(_dig(row, "speed", name, "ms"), "{:.1f}", detail))
        for _, judge, kind in judges:
            loss = _dig(row, "losses", judge, kind)
            ratio = _dig(row, "losses", judge, f"{kind}_ratio")
            cells.append(cell(ratio, "{:.2f}", None if loss is None else f"{loss:.3f}"))
        for name in unrest:
            painted = _dig(row, name, "painted")
            detail = None if painted is None else f"{painted:.1f}"
            cells.append(cell(_dig(row, name, "ratio"), "{:.2f}", detail))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    yield (
        "<p class=note>Small figures are absolute: losses as in training, unrest in steps of 255. "
        "Click on a heading to sort.</p>"
    )


def _name(row: Row, models: list[str]) -> str:
    if row["model"] not in models:
        return f"<td><i>{escape(row['model'])}</i></td>"
    return f"<td>{_mark(row['model'], models)}{escape(row['model'])}</td>"


def _mark(model: str, models: list[str]) -> str:
    return f'<span class="mark c{models.index(model) % COLOURS}"></span>'


def cell(value: float | None, form: str, detail: str | None = None) -> str:
    """A figure in a table, and in small what goes with it; empty without either."""
    if value is None and detail is None:
        return "<td></td>"
    shown = "" if value is None else form.format(value)
    small = f"<small>{escape(detail)}</small>" if detail else ""
    key = "" if value is None else f' data-value="{value:.6g}"'
    return f"<td{key}>{shown}{small}</td>"


def _dig(row: Row, *path: str) -> Any:
    """The value at ``path``, or ``None`` where the way ends before."""
    found: Any = row
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def _pictures(report: Report) -> Iterator[str]:
    """For every painting, the photos as every model paints them."""
    shown = [row for row in report["rows"] if row.get("pictures")]
    for painting in dict.fromkeys(row["painting"] for row in shown):
        rows = [row for row in shown if row["painting"] == painting]
        yield f"<h2>{escape(painting or 'other styles')}</h2>"
        if painting:
            yield _image(report["paintings"][painting], painting, "painting")
        yield f'<div class="strip" style="--photos: {len(report["photos"])}">'
        yield from _strip("photos", "", report["originals"])
        for row in rows:
            yield from _strip(_caption(row), _figures(row, report), row["pictures"])
        yield "</div>"


def _caption(row: Row) -> str:
    same = row["painting"] or row["model"].removesuffix(" (2017)") == row["style"]
    return str(row["model"]) if same else f"{row['model']}, {row['style']}"


def _strip(caption: str, figures: str, pictures: dict[str, str]) -> Iterator[str]:
    yield f"<p><b>{escape(caption)}</b>{figures}</p>"
    for name, path in pictures.items():
        yield _image(path, f"{caption}: {name}", "")
    first = next(iter(pictures.values()))
    yield f'<div class="crop" style="background-image: url({first})"></div>'


def _figures(row: Row, report: Report) -> str:
    """Style and content, as the first judge that may speak sees them."""
    for judge in report["judges"]:
        found = row["losses"].get(judge)
        if found and found.get("style_ratio"):
            style, content = found["style_ratio"], found["content_ratio"]
            return f"<small>style {style:.2f}<br>content {content:.2f}</small>"
    return ""


def _image(path: str, text: str, kind: str) -> str:
    return f'<img class="{kind}" loading="lazy" src="{escape(path)}" alt="{escape(text)}">'
