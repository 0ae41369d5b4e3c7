"""Draws a session's plan: a row for each step that touches the picture."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pleinair.engine import Plan, Step

_ROW, _WIDTH, _TEXT = 34, 1000, 330
_COLOURS = {"conv": "#5e35b1", "map": "#00897b", "norm": "#9e9e9e"}
_SMALL = 100_000  # bytes: what is less works on scales and shifts, not on the picture


def draw(plan: Plan, title: str) -> str:
    """The plan as SVG: what each step does, folded in what it loads and stores, and its work."""
    steps = [step for step in plan.steps if step.bytes > _SMALL or step.kind == "norm"]
    most = max(step.macs for step in steps)
    height = _ROW * len(steps) + 60
    rows = [_row(step, 50 + _ROW * place, most) for place, step in enumerate(steps)]
    return "\n".join([*_opening(height, title), *rows, "</svg>"]) + "\n"


def _opening(height: int, title: str) -> Sequence[str]:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#212121">',
        f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="#fafafa"/>',
        f'<text x="20" y="30" font-size="15" font-weight="600">{escape(title)}</text>',
    )


def _row(step: Step, top: int, most: int) -> str:
    """Kind, a bar of multiply-adds, the shape of the work, and beneath what was folded into it."""
    shape, *folded = step.description.split("; ")
    wide = round(120 * step.macs / most)
    kind = _COLOURS.get(step.kind.split()[0], "#424242")
    return (
        f'<g transform="translate(0 {top})">'
        f'<rect x="20" width="76" height="22" rx="5" fill="{kind}"/>'
        f'<text x="58" y="15" text-anchor="middle" fill="#fff">{escape(step.kind)}</text>'
        f'<rect x="110" y="7" width="{wide}" height="8" rx="2" fill="{kind}" opacity=".45"/>'
        f'<text x="{_TEXT - 14}" y="15" text-anchor="end" fill="#616161">{_work(step)}</text>'
        f'<text x="{_TEXT}" y="11">{escape(shape)}</text>'
        f'<text x="{_TEXT}" y="24" font-size="10" fill="#757575">{escape("; ".join(folded))}</text>'
        "</g>"
    )


def _work(step: Step) -> str:
    """Millions of multiply-adds, or the megabytes that a step without any moves."""
    if step.kind == "norm":
        return ""
    return f"{step.macs / 1e6:.1f} M" if step.macs else f"{step.bytes / 1e6:.1f} MB"
