"""The board as a web page: plots, a table to sort, and all pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from pleinair.evaluate.plot import COLOURS, Point, pareto_plot
from pleinair.whole import whole

Row = dict[str, Any]
Report = dict[str, Any]
_HERE = Path(__file__).parent


def write_page(report: Report, out: Path) -> Path:
    """Write ``out/index.html`` for a report as in ``board.json``; its pictures lie beside it."""
    parts = (_head, _plots, _table, _raters, _pictures)
    body = "\n".join(line for part in parts for line in part(report))
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
        "ms for 1280 × 720": lambda row: dig(row, ("speed", "1280x720", "ms")),
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
    people = ["raters<br><small>A/B score</small>"] if report.get("raters") else []
    headings += [f"ms<br><small>{size.replace('x', ' × ')}</small>" for size in sizes]
    headings += [heading for heading, _, _ in judges] + list(unrest.values()) + people
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th><button type="button">{heading}</button></th>' for heading in headings)
    yield "</tr></thead><tbody>"
    models = _models(report)
    for row in report["rows"]:
        features = row.get("trained_with")
        seen = f"<br><small>seen with {escape(features)}</small>" if features else ""
        cells = [_name(row, models), f"<td>{escape(row['style'])}{seen}</td>"]
        cells.append(cell(row.get("parameters"), "{:,.0f}"))
        size = row.get("size_bytes")
        of = f"of {row['styles']}" if row.get("styles", 1) > 1 else None
        cells.append(cell(size / 1000 if size else None, "{:,.1f}", of))
        cells.append(cell(row.get("kmac_per_pixel"), "{:.3g}"))
        for name in sizes:
            fps = dig(row, ("speed", name, "fps"))
            detail = None if fps is None else f"{fps:.1f} fps"
            cells.append(cell(dig(row, ("speed", name, "ms")), "{:.1f}", detail))
        for _, judge, kind in judges:
            loss = dig(row, ("losses", judge, kind))
            ratio = dig(row, ("losses", judge, f"{kind}_ratio"))
            cells.append(cell(ratio, "{:.2f}", None if loss is None else f"{loss:.3f}"))
        for name in unrest:
            painted = dig(row, (name, "painted"))
            detail = None if painted is None else f"{painted:.1f}"
            cells.append(cell(dig(row, (name, "ratio")), "{:.2f}", detail))
        if people:
            cells.append(_score(row))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    yield (
        "<p class=note>Small figures are absolute: losses as in training, unrest in steps of 255. "
        "Click on a heading to sort.</p>"
    )


def _score(row: Row) -> str:
    """A row's A/B score with its interval."""
    score, low, high = (dig(row, ("raters", name)) for name in ("score", "low", "high"))
    reach = None if low is None else f"{low:+.2f} to {high:+.2f}"
    return cell(score, "{:+.2f}", reach)


def _raters(report: Report) -> Iterator[str]:
    """Which figures agree with people."""
    raters = report.get("raters")
    if not raters:
        return
    yield "<h2>What people say</h2>"
    yield (
        f"<p>{raters['votes']:,} votes of {raters['people']} people in the A/B test "
        f"&ldquo;{escape(raters['test'])}&rdquo;: {escape(raters['question'])} A score is a log "
        "strength after Bradley and Terry among the models of the same style: a difference of 0.5 "
        "is 62 % of the votes, of 1 is 73 %.</p>"
    )
    if not raters["agreement"]:
        yield "<p class=note>Too few rows were judged to compare them with the figures.</p>"
        return
    yield '<div class="wide"><table class="agreement"><thead><tr>'
    headings = ("figure", "", "correlation", "95 % interval", "rows")
    yield "".join(f'<th><button type="button">{heading}</button></th>' for heading in headings)
    yield "</tr></thead><tbody>"
    for found in raters["agreement"]:
        rho, low, high = found["rho"], found["low"], found["high"]
        reach = "too few rows" if low is None else f"{low:+.2f} to {high:+.2f}"
        bar = "" if rho is None else _bar(rho)
        yield (
            f"<tr><td>{escape(found['figure'])}</td><td>{bar}</td>{cell(rho, '{:+.2f}')}"
            f"<td>{reach}</td>{cell(found['rows'], '{:.0f}')}</tr>"
        )
    yield "</tbody></table></div>"
    yield (
        "<p class=note>Spearman&rsquo;s rank correlation of a figure with the score, both relative "
        "to the models of the same style; −1: people like best what the figure says is best, since "
        "of all figures less is better. Interval after Bonett and Wright (2000).</p>"
    )


def _bar(rho: float) -> str:
    """A correlation as a bar from the middle, which is 0."""
    kind = "agrees" if rho < 0 else "differs"
    across = f"width:{abs(rho) * 50:.1f}%;" + ("right:50%" if rho < 0 else "left:50%")
    return f'<span class="bar"><i class="{kind}" style="{across}"></i></span>'


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


def dig(row: Row, path: Sequence[str]) -> Any:
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
