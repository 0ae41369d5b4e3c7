"""The report of a sweep: one page with everything in it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from pleinair.evaluate.page import cell, document
from pleinair.sweep import plots, record
from pleinair.sweep.config import HERE, SweepConfig
from pleinair.sweep.devices import WORST, find_phone
from pleinair.sweep.plots import Mark
from pleinair.sweep.trial import COMPLETE, FAILED, STOPPED
from pleinair.sweep.words import compared, picked
from pleinair.train.curve import CURVE, read_curve
from pleinair.train.preview import TILE
from pleinair.whole import whole

Record = dict[str, Any]
Result = dict[str, Any]
REPORT = "report.html"
_TILE = TILE[1]
_SHOWN = 8  # pictures of the front, at most
_SMOOTH = 0.15  # share of the newest step in a running mean


def write_report(config: SweepConfig, out: Path, result: Result) -> Path:
    """Write ``out/report.html`` for the records in ``out`` and the sweep's ``result.json``."""
    records = record.read_trials(out)
    parts = [*_head(config, result, records), *_verdict(config, result)]
    if any(found["state"] == COMPLETE for found in records):
        parts += [*_plots(config, out, result, records), *_pictures(out, result, records)]
    parts += _table(result, records)
    path = out / REPORT
    with whole(path) as partial:
        partial.write_text(document(f"Sweep: {config.name}", "\n".join(parts)))
    return path


def _head(config: SweepConfig, result: Result, records: list[Record]) -> Iterator[str]:
    width, height = config.size
    stopped = sum(found["state"] == STOPPED for found in records)
    failed = sum(found["state"] == FAILED for found in records)
    cores = "one core" if config.threads == 1 else f"{config.threads} cores"
    where = "this machine" if config.device == HERE else f"the {find_phone(config.device).name}"
    yield f"<h1>Sweep: {escape(config.name)}</h1>"
    yield (
        f"<p>{len(records)} networks trained for up to {config.steps} steps, {stopped} of them "
        f"stopped early{f', {failed} failed' if failed else ''}; {result['rejected']} more were "
        f"too slow and not trained. Wanted: {config.target_fps:g} frames a second of "
        f"{width} × {height} pixels on {cores} of {where}, {config.limit:.1f} ms a frame.</p>"
    )
    if config.device != HERE:
        yield (
            "<p><b>Times are estimates: no such device was measured.</b> They are what the loops "
            f"take on paper, times {WORST}, by which the method was off at worst where it could "
            "be checked.</p>"
        )
    judge = result["judge"]
    name = escape(judge["name"])
    yield (
        f"<p class=note>Score: style and content loss at training&rsquo;s default weights on "
        f"photographs that no network was trained on, seen by {name}. Unrest: how much paintings "
        "change with a shift of the scene and with the camera&rsquo;s noise, relative to the "
        "unpainted pictures. Less is better in all.</p>"
    )
    if not judge["held_out"]:
        yield (
            f"<p><b>The judging features, {name}, are those of training</b>: networks may please "
            "them without painting as well as the score says. Better give others as held out.</p>"
        )


def _verdict(config: SweepConfig, result: Result) -> Iterator[str]:
    winner = result["winner"]
    if winner is None:
        yield (
            f"<p><b>No network of the front paints {config.target_fps:g} frames a second</b> when "
            "measured afresh.</p>"
        )
    else:
        yield f"<p><b>Picked: {escape(picked(winner))}</b>, in <code>winner.onnx</code>.</p>"
    for found in result["comparisons"]:
        yield f"<p>{escape(compared(found))}</p>"


def _colour(found: Record, result: Result) -> int:
    if result["winner"] and found["number"] == result["winner"]["number"]:
        return plots.WINNER
    if found["preset"]:
        return plots.PRESET
    return plots.ON_FRONT if found["number"] in result["front"] else plots.OTHER


def _name(found: Record, result: Result) -> str:
    picked = result["winner"] and found["number"] == result["winner"]["number"]
    names = [*([found["preset"]] if found["preset"] else []), *(["picked"] if picked else [])]
    return ", ".join(names)


def _plots(config: SweepConfig, out: Path, result: Result, records: list[Record]) -> Iterator[str]:
    ended = [found for found in records if found["state"] == COMPLETE]

    def marks(x: int, y: int) -> list[Mark]:
        return [
            Mark(f["values"][x], f["values"][y], _colour(f, result), _name(f, result))
            for f in ended
        ]

    width, height = config.size
    order = [
        Mark(place, found["values"][0], _colour(found, result), _name(found, result))
        for place, found in enumerate(ended)
    ]
    runs = [
        (_smooth(out, found["number"]), _colour(found, result), _name(found, result))
        for found in records
        if found["state"] != FAILED
    ]
    yield '<section class="plots pairs">'
    yield plots.cloud(marks(2, 0), f"ms for {width} × {height}", "score", config.limit)
    yield plots.cloud(marks(1, 0), "unrest", "score")
    yield plots.curves([run for run in runs if run[0]], "steps", "style loss in training")
    yield plots.history(order, "completed trials, in order", "score")
    yield "</section>"
    yield (
        '<p class="note legend"><span class="mark c2"></span>picked '
        '<span class="mark c0"></span>on the front of score, unrest and time '
        '<span class="mark c1"></span>presets, trained as long '
        '<span class="mark c7"></span>others. Dashed: the target. Lines join networks that none '
        "beats in the two figures shown, and in the last plot the best so far.</p>"
    )


def _smooth(out: Path, number: int) -> list[float]:
    """The style loss of a trial as a running mean."""
    mean, found = 0.0, []
    for place, point in enumerate(read_curve(record.folder_of(out, number) / CURVE)):
        share = max(_SMOOTH, 1 / (place + 1))
        mean += share * (point.get("style", 0.0) - mean)
        found.append(mean)
    return found


def _pictures(out: Path, result: Result, records: list[Record]) -> Iterator[str]:
    """The picked network, the presets, and others of the front, from the fastest to the slowest."""
    picked = result["winner"]["number"] if result["winner"] else None
    ended = [found for found in records if found["state"] == COMPLETE]
    first = [f for f in ended if f["number"] == picked or f["preset"]]
    others = [f for f in ended if f["number"] in result["front"] and f not in first]
    others.sort(key=lambda found: float(found["values"][0]))
    shown = [*first, *others[: max(0, _SHOWN - len(first))]]
    yield "<h2>Samples</h2>"
    yield "<p class=note>Of photographs that no network was trained on, from fast to slow.</p>"
    yield '<div class="samples">'
    any_sample = record.folder_of(out, shown[0]["number"]) / record.SAMPLE
    yield "<figure><figcaption><b>Photographs</b></figcaption>"
    yield f'<img src="{_inline(any_sample, 0, _TILE)}" alt="Photographs"></figure>'
    for found in sorted(shown, key=lambda found: float(found["values"][2])):
        name = _name(found, result)
        title = f"Trial {found['number']}{f', {name}' if name else ''}"
        score, unrest, ms = found["values"]
        picture = record.folder_of(out, found["number"]) / record.SAMPLE
        mark = f'<span class="mark c{_colour(found, result)}"></span>'
        yield (
            f"<figure><figcaption>{mark}<b>{escape(title)}</b> "
            f"<small>{ms:.1f} ms, score {score:.3f}, unrest {unrest:.2f}</small></figcaption>"
            f'<img src="{_inline(picture, _TILE)}" alt="{escape(title)}"></figure>'
        )
    yield "</div>"


def _inline(path: Path, top: int, bottom: int | None = None) -> str:
    """Rows of a picture as a data URL, so that the page is one file."""
    made = io.BytesIO()
    with Image.open(path) as picture:
        rows = picture.convert("RGB").crop((0, top, picture.width, bottom or picture.height))
        rows.save(made, format="JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(made.getvalue()).decode()}"


_FIGURES = ("score", "style", "content", "unrest", "ms", "kMAC/px", "KB", "steps")
_LEVERS = (
    "scale",
    "width",
    "blocks",
    "coarse_width",
    "coarse_blocks",
    "first_width",
    "last_width",
    "in_kernel",
    "out_kernel",
    "down",
    "up",
    "depthwise",
)
_KNOBS = ("painting_size", "crop", "learning_rate", "content_weight", "steadiness_weight")


def _table(result: Result, records: list[Record]) -> Iterator[str]:
    yield "<h2>All trials</h2>"
    yield '<div class="wide"><table><thead><tr>'
    headings = ["trial", "end", *_FIGURES, *(n.replace("_", "<br>") for n in _LEVERS + _KNOBS)]
    yield "".join(f'<th><button type="button">{heading}</button></th>' for heading in headings)
    yield "</tr></thead><tbody>"
    for found in records:
        mark = f'<span class="mark c{_colour(found, result)}"></span>'
        name = _name(found, result)
        title = f"{found['number']:03d}{f' {name}' if name else ''}"
        yield "<tr>"
        yield f"<td>{mark}{escape(title)}</td>"
        yield f'<td title="{escape(found["why"])}">{found["state"]}</td>'
        quality, cost = found.get("quality", {}), found.get("cost", {})
        yield cell(quality.get("score"), "{:.3f}")
        yield cell(quality.get("style"), "{:.3f}")
        yield cell(quality.get("content"), "{:.3f}")
        yield cell(found.get("unrest", {}).get("mean"), "{:.2f}")
        yield cell(found["latency"]["ms"], "{:.1f}")
        yield cell(cost.get("kmac_per_pixel"), "{:.2f}")
        yield cell(cost["bytes"] / 1000 if cost else None, "{:.0f}")
        yield cell(found.get("steps"), "{:.0f}")
        for name in _LEVERS + _KNOBS:
            value = found["params"][name]
            plain = isinstance(value, int | float) and not isinstance(value, bool)
            yield cell(value, "{:.4g}") if plain else f"<td>{escape(str(value).lower())}</td>"
        yield "</tr>"
    yield "</tbody></table></div>"
    yield "<p class=note>Click on a heading to sort.</p>"
