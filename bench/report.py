"""The tables, as Markdown that also reads well on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.cases import SIDES, Bar, Case, Row, Scaling
from bench.compare import Comparison, Effort
from bench.curvature import PairTimes
from bench.imports import Import
from bench.memory import Memory
from bench.update_rules import FROM_PYTHON, IN_CORE, LARGE, LEAST, SMALL, Figure
from bench.workers import Contender
from ravine.benchmarks.timing import duration

BEGIN = "<!-- measured: written by `python -m bench --out docs/benchmarks.md`, not by hand -->"
END = "<!-- end of measured -->"

Cells = Sequence[str]


@dataclass
class Measurements:
    """Everything that one run of the command found out."""

    machine: dict[str, str]
    threads: int
    effort: Effort
    peers: list[tuple[Row, Comparison]] = field(default_factory=list)
    loop: list[PairTimes] = field(default_factory=list)
    twins: list[tuple[Row, Comparison]] = field(default_factory=list)
    scaling: list[tuple[Scaling, Comparison]] = field(default_factory=list)
    curvature: list[tuple[Row, Comparison]] = field(default_factory=list)
    pairs: list[PairTimes] = field(default_factory=list)
    dense: list[tuple[Row, Comparison]] = field(default_factory=list)
    dense_pairs: list[PairTimes] = field(default_factory=list)
    hessian_memory: list[Memory] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    importing: Import | None = None
    updates: list[Figure] = field(default_factory=list)

    @property
    def beside_others(self) -> list[tuple[Row, Comparison]]:
        """Every row that has rivals."""
        return [*self.peers, *self.twins, *self.curvature, *self.dense]

    @property
    def versions(self) -> dict[str, str]:
        """What ran, by side."""
        found: dict[str, str] = {}
        for _, comparison in (*self.beside_others, *self.scaling):
            found |= comparison.versions
        return found

    @property
    def all_met(self) -> bool:
        """Whether every bar that was measured is reached."""
        verdicts = [c.meets(bar) for row, c in self.beside_others for bar in _bars(row, c)]
        verdicts += [_scaling_ratio(comparison) >= item.least for item, comparison in self.scaling]
        verdicts += [times.meets for times in (*self.loop, *self.pairs, *self.dense_pairs)]
        verdicts += [figure.meets for figure in (*self.hessian_memory, *self.memory)]
        verdicts += [self.importing.meets] if self.importing is not None else []
        verdicts += [figure.meets for figure in self.updates]
        return all(verdicts)


def text(measurements: Measurements) -> str:
    """All tables, one after another."""
    parts = [_conditions(measurements)]
    if measurements.peers:
        parts += ["## Beside other packages", _ratio_table(measurements.peers)]
        parts += ["The times behind them:", _time_table(measurements.peers)]
    if measurements.loop:
        parts += ["What the loop's options cost, beside the plain epoch:", _pair_table(measurements.loop)]
    if measurements.twins:
        parts += ["## Beside NumPy", _ratio_table(measurements.twins)]
        parts += ["The times behind them:", _time_table(measurements.twins)]
    if measurements.scaling:
        parts += ["## Two threads beside one", _scaling_table(measurements.scaling)]
    if measurements.curvature or measurements.pairs:
        parts += _curvature_parts(measurements)
    if measurements.dense:
        parts += ["## Dense solvers", _ratio_table(measurements.dense)]
        parts += ["The times behind them:", _time_table(measurements.dense)]
    if measurements.dense_pairs:
        parts += ["Beside one thread:", _pair_table(measurements.dense_pairs)]
    if measurements.updates:
        parts += [f"## Update rules at {SMALL:,} parameters", _small_update_table(measurements.updates)]
        parts += [f"## Update rules at {LARGE:,} parameters", _large_update_table(measurements.updates)]
    if measurements.memory:
        parts += ["## Memory of value and gradient", _memory_table(measurements.memory)]
    if measurements.importing is not None:
        parts += ["## Import", _import_table(measurements.importing)]
    return "\n\n".join(parts) + "\n"


def write_page(path: Path, measured: str, begin: str = BEGIN, end: str = END) -> None:
    """Put the tables into a page, between the two marks; the rest of the page stays."""
    page = path.read_text(encoding="utf-8")
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"{path} must hold the line {begin!r} and the line {end!r}, once each")
    head, tail = page.split(begin)[0], page.split(end)[1]
    path.write_text(f"{head}{begin}\n\n{measured}\n{end}{tail}", encoding="utf-8")


def table(header: Cells, rows: Iterable[Cells]) -> str:
    """A Markdown table whose columns line up."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    rule = ["-" * width for width in widths]
    return "\n".join(f"| {' | '.join(line)} |" for line in (padded[0], rule, *padded[1:]))


def _conditions(measurements: Measurements) -> str:
    effort = measurements.effort
    rows = [*measurements.machine.items(), ("threads", str(measurements.threads))]
    rows += [(SIDES[side], version) for side, version in measurements.versions.items() if side != "stream"]
    plan = f"{effort.processes} processes a side, {effort.rounds} rounds in each, {effort.seconds:g} s a time"
    return table(("", ""), [*rows, ("measured", plan)])


def _bars(row: Row, comparison: Comparison) -> list[Bar]:
    """The bars whose rivals took part."""
    present = {rival.side for rival in comparison.ratios}
    return [bar for bar in row.bars if present.intersection(bar.rivals)]


def _verdict(met: bool) -> str:
    return "pass" if met else "**short**"


def _ratio_table(results: Sequence[tuple[Row, Comparison]]) -> str:
    rows = []
    for row, comparison in results:
        barred = {side: bar for bar in _bars(row, comparison) for side in bar.rivals if len(bar.rivals) == 1}
        for side in dict.fromkeys(rival.side for rival in comparison.ratios):
            bar = barred.get(side)
            rows.append(_ratio_line(comparison, SIDES[side], comparison.best([side]), bar))
        joint = [bar for bar in _bars(row, comparison) if len(bar.rivals) > 1]
        rows += [_ratio_line(comparison, "the best of them", comparison.best(b.rivals), b) for b in joint]
    return table(("work", "beside", "threads of it", "ratio", "quartiles", "bar", ""), rows)


def _ratio_line(comparison: Comparison, name: str, rival: Contender, bar: Bar | None) -> Cells:
    lower, upper = comparison.spread(rival)
    return (
        comparison.case.title,
        name,
        str(rival.threads),
        f"{comparison.ratio(rival):.2f}",
        f"{lower:.2f} … {upper:.2f}",
        "" if bar is None else f"≥ {bar.least:g}",
        "" if bar is None else _verdict(comparison.meets(bar)),
    )


def _time_table(results: Sequence[tuple[Row, Comparison]]) -> str:
    rows = []
    for _, comparison in results:
        case = comparison.case
        times = [(comparison.subject, comparison.subject_seconds), *comparison.rival_seconds.items()]
        for contender, samples in times:
            rows.append((case.title, contender.title, duration(median(samples)), rate(case, median(samples))))
    return table(("work", "by", "time", "rate"), rows)


def rate(case: Case, seconds: float) -> str:
    """What the time means for the resource that bounds it."""
    if case.flops:
        return f"{case.flops / seconds / 1e9:.3g} GF/s"
    return f"{case.bytes_moved / seconds / 1e9:.3g} GB/s" if case.bytes_moved else ""


def _scaling_ratio(comparison: Comparison) -> float:
    (rival,) = comparison.ratios
    return comparison.ratio(rival)


def _scaling_table(results: Sequence[tuple[Scaling, Comparison]]) -> str:
    rows = []
    for item, comparison in results:
        (rival,) = comparison.ratios
        lower, upper = comparison.spread(rival)
        one, two = median(comparison.rival_seconds[rival]), median(comparison.subject_seconds)
        ratio = comparison.ratio(rival)
        cells = (duration(one), duration(two), f"{ratio:.2f}", f"{lower:.2f} … {upper:.2f}")
        rows.append((item.case.title, *cells, f"≥ {item.least:g}", _verdict(ratio >= item.least)))
    return table(("work", "one thread", "two threads", "ratio", "quartiles", "bar", ""), rows)


def _curvature_parts(measurements: Measurements) -> list[str]:
    parts = ["## Dense curvature matrices"]
    if measurements.curvature:
        parts += [_ratio_table(measurements.curvature)]
        parts += ["The times behind them:", _time_table(measurements.curvature)]
    if measurements.pairs:
        parts += ["Beside the machine and ravine's own work:", _pair_table(measurements.pairs)]
    if measurements.hessian_memory:
        parts += ["Memory of one Hessian, the matrix included; it and 64 MiB are the bar:"]
        parts += [_memory_table(measurements.hessian_memory, "the matrix")]
    return parts


def _pair_table(results: Sequence[PairTimes]) -> str:
    rows = []
    for times in results:
        pair, ours, other = times.pair, median(times.seconds), median(times.other_seconds)
        beside = pair.other.title if pair.threads_of_other is None else "the same, one thread"
        beside += "" if pair.side_of_other == "ravine" else f", {SIDES[pair.side_of_other]}"
        cells = (_time_and_rate(pair.case, ours), beside, _time_and_rate(pair.other, other))
        kind = "rates" if pair.of_rates else "times"
        bar = (f"≥ {pair.least:g}", _verdict(times.meets))
        rows.append((pair.case.title, *cells, f"{times.ratio:.2f} of {kind}", *bar))
    return table(("work", "time", "beside", "its time", "ratio", "bar", ""), rows)


def _time_and_rate(case: Case, seconds: float) -> str:
    return f"{duration(seconds)}, {rate(case, seconds)}"


def _small_update_table(figures: Sequence[Figure]) -> str:
    rows = []
    for f in figures:
        core, python = IN_CORE[f.dtype], FROM_PYTHON.get(f.dtype)
        met = f.in_core <= core and (python is None or f.from_python <= python)
        bars = f"≤ {duration(core)}" + (f", ≤ {duration(python)}" if python else "")
        torch = "" if f.torch_small is None else duration(f.torch_small)
        times = (duration(f.in_core), duration(f.from_python), torch)
        rows.append((f.form.title, f.dtype, *times, bars, _verdict(met)))
    return table(("a step of", "dtype", "in the core", "from Python", "PyTorch", "bars", ""), rows)


def _large_update_table(figures: Sequence[Figure]) -> str:
    rows = []
    for f in figures:
        streaming, division = median(f.streaming), median(f.division)
        times = (duration(median(f.large)), duration(streaming), duration(division) if f.form.divides else "")
        torch = "" if f.torch_large is None else duration(f.torch_large)
        share = (f"{f.share:.2f}", f"≥ {LEAST:g}", _verdict(f.share >= LEAST))
        rows.append((f.form.title, f.dtype, *times, *share, torch))
    return table(
        ("a step of", "dtype", "ravine", "streaming", "root and division", "share", "bar", "", "PyTorch"),
        rows,
    )


def _memory_table(figures: Sequence[Memory], stated: str = "stated workspace") -> str:
    header = ("network, float64", "N", "peak grew by", stated, "")
    rows = [(m.network, f"{m.rows:,}", _kib(m.growth), _kib(m.stated), _verdict(m.meets)) for m in figures]
    return table(header, rows)


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB"


def _import_table(figure: Import) -> str:
    threads = f"{figure.threads_after} ({figure.threads_before} after `import numpy`)"
    cells = (duration(figure.numpy_seconds), duration(figure.added_seconds), threads, _verdict(figure.meets))
    return table(("`import numpy`", "`import ravine` adds", "threads", "at most 0.1 s, no thread"), [cells])
