"""Counts as a picture, PNG or SVG. matplotlib is an extra: ``pip install 'presswatch[plots]'``."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.errors import UsageError
from crawler.export.placing import file_at
from crawler.export.volume import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_NAME: Final = 40
"""Letters of a name that are written at its bar."""
STORIES, ARTICLES = "#1f6f8b", "#b9d7e0"

_WIDE_FONTS = re.compile(r"CJK|Noto Sans KR|Nanum|Malgun|SD Gothic Neo|Source Han|Un ?Dotum|Baekmuk|Yu Gothic|PingFang")
_GLYPH = re.compile(r"Glyph (\d+) ")


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: what it counts by, its bars, and whether they are steps of time."""

    heading: str
    lines: Sequence[Line]
    in_time: bool


def draw(panels: Sequence[Panel], path: Path, kind: str, *, title: str, zone: str) -> str:
    """Writes the panels, one below the other, to `path` (``-``: standard output) as `kind` (png or svg), and gives the
    letters (some of them) for which there is no font; the file appears whole or not at all, and the same counts give
    the same bytes.

    `UsageError` without matplotlib, `ExportError` when folder or disk refuse.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            f"--{kind} needs matplotlib: pip install 'presswatch[plots]'; without it, stats draws in the terminal", kind
        ) from error
    heights = [3.0 if panel.in_time else 0.9 + 0.27 * max(len(panel.lines), 1) for panel in panels]
    look = {"font.family": _families(), "svg.hashsalt": "presswatch", "axes.unicode_minus": False}
    with matplotlib.rc_context(look), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        figure = Figure(figsize=(9, sum(heights) + 0.8), layout="constrained")
        figure.suptitle(_safe(title, 120), fontsize=11)
        places = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
        for panel, (axes,) in zip(panels, places, strict=True):
            (_in_time if panel.in_time else _by_name)(axes, panel, zone)
        figure.legend(*places[0][0].get_legend_handles_labels(), loc="outside lower right", ncols=2, frameon=False)
        picture = BytesIO()  # matplotlib wants to seek in it
        # Neither tells when it was drawn.
        figure.savefig(picture, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    with file_at(path) as (stream, _):
        stream.write(picture.getvalue())
    missing = {match[1] for each in told if (match := _GLYPH.match(str(each.message)))}
    return "".join(chr(int(point)) for point in sorted(missing)[:20])


def _families() -> list[str]:
    """Fonts in the order in which a letter is looked for in them."""
    from matplotlib import font_manager

    wide = {font.name for font in font_manager.fontManager.ttflist if _WIDE_FONTS.search(font.name)}
    return ["DejaVu Sans", *sorted(wide, key=lambda name: ("Serif" in name, "Mono" in name, name))[:3]]


def _safe(text: str, most: int) -> str:
    """`text` on one line, cut, and not taken for mathematics, which $ begins."""
    line = " ".join(text.split())
    return (line if len(line) <= most else line[: most - 1] + "…").replace("$", r"\$")


def _in_time(axes: Axes, panel: Panel, zone: str) -> None:
    places = range(len(panel.lines))
    axes.bar(places, [line.articles for line in panel.lines], color=ARTICLES, label="articles", width=0.9)
    axes.bar(places, [line.stories for line in panel.lines], color=STORIES, label="stories", width=0.5)
    shown = list(places)[:: max(1, -(-len(panel.lines) // 10))]
    axes.set_xticks(shown, [panel.lines[n].name for n in shown], rotation=30, ha="right", fontsize=8)
    axes.set_title(f"by {panel.heading} ({zone})", loc="left", fontsize=10)
    _plain(axes)
    axes.yaxis.get_major_locator().set_params(integer=True)


def _by_name(axes: Axes, panel: Panel, zone: str) -> None:  # noqa: ARG001 - both kinds of panel are drawn alike
    lines = panel.lines[::-1]
    places = range(len(lines))
    axes.barh(places, [line.articles for line in lines], color=ARTICLES, label="articles", height=0.8)
    bars: Any = axes.barh(places, [line.stories for line in lines], color=STORIES, label="stories", height=0.45)
    ends = [max(line.articles, line.stories) for line in lines]
    for bar, line, end in zip(bars, lines, ends, strict=True):
        middle = bar.get_y() + bar.get_height() / 2
        axes.annotate(
            f"{line.share:.1%}", (end, middle), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8
        )
    names = [_safe(line.name, MAX_NAME) or f"(no {panel.heading})" for line in lines]
    axes.set_yticks(places, names, fontsize=8)
    axes.set_title(f"by {panel.heading}, with its share of the stories", loc="left", fontsize=10)
    axes.set_xlim(0, max([*ends, 1]) * 1.1)
    _plain(axes)
    axes.xaxis.get_major_locator().set_params(integer=True)


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
