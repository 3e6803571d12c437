"""Times as SVG, with a tooltip at each mark: the forest of ratios, and how times grow with size."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gradmark.harness.records import PairRecord
from gradmark.reports.markdown import shorten, visible
from gradmark.reports.quantities import SECONDS, by_dtype_and_size, estimate, scaled, size

WIDTH, LABELS, ROW = 900, 330, 22
# Colour and sign both tell; the colours are the style sheet's, which knows dark and light.
LOOK = {
    "faster": ("◀", "var(--conforms)"),
    "same": ("■", "var(--dialect)"),
    "slower": ("▶", "var(--wrong)"),
    "inconclusive": ("●", "var(--inaccurate)"),
}
DASHES = ("none", "8 4", "2 3", "8 3 2 3", "12 3")
FACTORS = (1, 3, 10, 30, 100)
SHAPES = "●■▲◆▼"
COLOURS = ("var(--dialect)", "var(--wrong)", "var(--conforms)", "var(--inaccurate)", "var(--ink)")


@dataclass(frozen=True)
class Log:
    """A logarithmic axis from `low` to `high`, `length` pixels long from `start`."""

    low: float
    high: float
    start: float
    length: float

    def __call__(self, value: float) -> float:
        """Return where a value stands."""
        span = math.log(self.high / self.low) or 1.0
        return round(self.start + self.length * math.log(value / self.low) / span, 1)

    def ticks(self) -> list[float]:
        """Return a few round values."""
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1, 2, 5) if len(decades) < 5 else (1,)
        values = [step * 10.0**decade for decade in decades for step in steps]
        return [value for value in values if self.low <= value <= self.high]


def forest(pairs: Sequence[PairRecord]) -> Markup:
    """Draw the ratios of one formula's times, a line for each, with their intervals."""
    pairs = sorted(pairs, key=by_dtype_and_size)
    ends = [float(pair[end]) for pair in pairs for end in ("low", "high")]
    axis = Log(min(0.8, *ends) / 1.1, max(1.25, *ends) * 1.1, LABELS, WIDTH - LABELS - 20)
    foot = ROW * (len(pairs) + 1)
    margin = float(pairs[0]["margin"])
    left, right = axis(max(axis.low, 1 / (1 + margin))), axis(min(axis.high, 1 + margin))
    parts = [
        Markup('<rect x="{}" width="{}" y="0" height="{}" style="fill:var(--wash)"/>').format(
            left, round(right - left, 1), foot
        ),
        *_ticks(axis, foot, lambda tick: f"{tick:g}×"),
    ]
    parts += [_ratio(pair, axis, ROW * (at + 1)) for at, pair in enumerate(pairs)]
    about = f"{pairs[0]['formula']}: time over that of {pairs[0]['baseline']}"
    return _svg(about, foot + 30, parts)


def _ratio(pair: PairRecord, axis: Log, y: int) -> Markup:
    sign, colour = LOOK[pair["verdict"]]
    name = f"{shorten(visible(pair['implementation']), 22)}, {pair['dtype']}, {size(pair)}"
    told = f"{visible(pair['implementation'])}, {pair['dtype']}, {size(pair)}: {estimate(pair)}"
    low, high = axis(float(pair["low"])), axis(float(pair["high"]))
    return Markup(
        '<g tabindex="0"><title>{}, {}</title><text x="{}" y="{}" text-anchor="end">{}</text>'
        '<line class="mark" x1="{}" x2="{}" y1="{}" y2="{}" style="stroke:{};stroke-width:3"/>'
        '<text x="{}" y="{}" text-anchor="middle" style="fill:{}">{}</text></g>'
    ).format(
        told, pair["verdict"], LABELS - 10, y + 4, name, low, high, y, y, colour,
        axis(float(pair["ratio"])), y + 5, colour, sign,
    )  # fmt: skip


def scaling(pairs: Sequence[PairRecord], dtype: str) -> Markup:
    """Draw how the times of one formula's calls grow with size, a line for each contender."""
    times = _times(pair for pair in pairs if pair["dtype"] == dtype)
    sizes = [at for its in times.values() for at in its]
    seconds = [its for found in times.values() for its in found.values()]
    x = Log(min(sizes), max(sizes), 80, WIDTH - 80 - 220)
    y = Log(min(seconds) / 1.5, max(seconds) * 1.5, 320, -310)
    parts = [*_ticks(x, 330, lambda tick: f"{tick:,.0f}", sorted(set(sizes)))]
    rung = Markup(
        '<line class="axis" x1="80" x2="680" y1="{0}" y2="{0}"/>'
        '<text x="74" y="{1}" text-anchor="end">{2}</text>'
    )
    parts += [rung.format(y(tick), y(tick) + 4, scaled(tick, SECONDS)) for tick in y.ticks()]
    parts += [_growth(at, name, its, x, y) for at, (name, its) in enumerate(times.items())]
    return _svg(f"{pairs[0]['formula']}, {dtype}: time of a call by size", 360, parts)


def _growth(at: int, name: str, found: Mapping[int, float], x: Log, y: Log) -> Markup:
    colour, shape = COLOURS[at % len(COLOURS)], SHAPES[at % len(SHAPES)]
    points = [(x(n), y(seconds)) for n, seconds in sorted(found.items())]
    line = Markup(
        '<polyline points="{}" style="fill:none;stroke:{};stroke-width:2;stroke-dasharray:{}"/>'
    ).format(" ".join(f"{a},{b}" for a, b in points), colour, DASHES[at % len(DASHES)])
    marks = Markup("").join(
        Markup(
            '<g tabindex="0"><title>{}, {:,}: {}</title>'
            '<text x="{}" y="{}" text-anchor="middle" style="fill:{}">{}</text></g>'
        ).format(visible(name), n, scaled(found[n], SECONDS), a, b + 5, colour, shape)
        for n, (a, b) in zip(sorted(found), points, strict=True)
    )
    key = Markup('<text x="700" y="{}" style="fill:{}">{} {}</text>').format(
        20 + 18 * at, colour, shape, shorten(visible(name), 24)
    )
    return line + marks + key


def profiles(factors: Sequence[float], found: Mapping[str, Sequence[Sequence[float]]]) -> Markup:
    """Draw performance profiles (share, low, high), a panel for each; all pale in all of them."""
    columns, width, height = 4, WIDTH // 4, 170
    x = Log(factors[0], factors[-1], 44, width - 60)
    line = Markup('<polyline points="{}" style="fill:none;stroke:{};stroke-width:{};opacity:{}"/>')
    corners = {name: [_stairs(x, factors, each) for each in its] for name, its in found.items()}
    pale = [line.format(" ".join(its[0]), "var(--ink)", 1, 0.2) for its in corners.values()]
    ticks = _ticks(x, 130, lambda tick: f"{tick:g}×", [t for t in FACTORS if t <= factors[-1]])
    rung = Markup('<text x="40" y="{}" text-anchor="end">{:.0%}</text>')
    ticks += [rung.format(134 - 100 * share, share) for share in (0, 0.5, 1)]
    behind = Markup('<defs><g id="profiles">{}</g></defs>').format(Markup("").join(pale))
    panel = Markup(
        '<g tabindex="0" transform="translate({} {})"><title>{}</title>'
        '<text x="44" y="20">{}</text>{}<use href="#profiles"/>'
        '<polygon points="{}" style="fill:{};opacity:0.25"/>{}</g>'
    )
    parts = [behind]
    for place, (name, (share, low, high)) in enumerate(corners.items()):
        row, column = divmod(place, columns)
        told = f"{visible(name)}: first on {found[name][0][0]:.0%}, solved {found[name][0][-1]:.0%}"
        band, drawn = " ".join([*low, *reversed(high)]), " ".join(share)
        parts.append(
            panel.format(
                width * column, height * row, told, shorten(visible(name), 26),
                Markup("").join(ticks), band, COLOURS[0],
                line.format(drawn, COLOURS[0], 2, 1),
            )
        )  # fmt: skip
    return _svg("Performance profiles", height * (row + 1), parts)


def _stairs(x: Log, factors: Sequence[float], shares: Sequence[float]) -> list[str]:
    """Give the corners of a line that holds each share to the next factor."""
    at = [
        (x(factor), round(130 - 100 * share, 1))
        for factor, share in zip(factors, shares, strict=True)
    ]
    between = [(right, low) for (_, low), (right, _) in itertools.pairwise(at)]
    return [
        f"{a},{b}" for both in itertools.zip_longest(at, between) for a, b in filter(None, both)
    ]


def _times(pairs: Iterable[PairRecord]) -> dict[str, dict[int, float]]:
    """Collect seconds by size, for each contender; the baseline is one of them."""
    times: dict[str, dict[int, float]] = {}
    for pair in pairs:
        largest = max(pair["params"].values())
        times.setdefault(pair["baseline"], {})[largest] = pair["baseline_seconds"]
        times.setdefault(pair["implementation"], {})[largest] = pair["seconds"]
    return times


def _ticks(
    axis: Log, foot: float, spell: Callable[[float], str], at: Sequence[float] = ()
) -> list[Markup]:
    return [
        Markup(
            '<line class="axis" x1="{0}" x2="{0}" y1="0" y2="{1}"/>'
            '<text x="{0}" y="{2}" text-anchor="middle">{3}</text>'
        ).format(axis(tick), foot, foot + 18, spell(tick))
        for tick in at or axis.ticks()
    ]


def _svg(about: str, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {} {}" role="group" aria-label="{}" width="{}">{}</svg>'
    ).format(WIDTH, round(height), visible(about), WIDTH, Markup("\n").join(parts))
