"""``python -m bench``: measure the ratios that the project holds itself to, print them beside their bars."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from bench import report
from bench.cases import (
    AGAINST_NUMPY,
    AGAINST_PEERS,
    CURVATURE,
    CURVATURE_SCALING,
    DENSE,
    DENSE_SCALING,
    GAUSS_NEWTON,
    IN_GRADIENTS,
    LOOP,
    OF_PRODUCT,
    PEERS,
    PRODUCTS_BESIDE_JAX,
    SCALING,
    Case,
    Pair,
    Row,
)
from bench.compare import Comparison, Effort, Setting, compare
from bench.curvature import PairTimes, beside_peers, measure_pair
from bench.imports import measure_import
from bench.memory import available, measure_hessian_memory, measure_memory
from bench.report import Measurements
from bench.update_rules import measure_updates
from bench.workers import Contender
from ravine.benchmarks.machine import BUSY, available_cores, busy_share, description

PARTS = ("peers", "numpy", "scaling", "curvature", "dense", "updates", "memory", "import")
QUICK = Effort(processes=1, rounds=3, seconds=0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and perhaps write the page; the exit status is 1 where a bar is missed."""
    options = _parser().parse_args(arguments)
    cores = available_cores()
    threads = options.threads or min(2, len(cores))
    if threads > len(cores):
        raise SystemExit(f"--threads {threads}: this process may use {len(cores)} core(s)")
    if options.out and (options.quick or options.cases or set(options.parts) != set(PARTS)):
        raise SystemExit("--out wants everything measured in full: without --quick, --cases and --parts")

    _check_quiet(options)
    measurements = _measure(options, cores[:threads], threads)
    text = report.text(measurements)
    print(text)
    _check_quiet(options)
    if options.out:
        report.write_page(options.out, text)
    return 0 if measurements.all_met else 1


def _check_quiet(options: argparse.Namespace) -> None:
    """Before and after: no page is written of a machine that has worked for others."""
    share = busy_share()
    if share > BUSY:
        say(f"the machine is not quiet: {share:.0%} of its cores' time is in use while nothing is measured")
        if options.out and not options.noisy:
            raise SystemExit("figures for --out are taken on a quiet machine; --noisy overrides")


def say(line: str) -> None:
    """Progress goes to standard error: standard output is the report."""
    print(line, file=sys.stderr, flush=True)


def _measure(options: argparse.Namespace, cores: list[int], threads: int) -> Measurements:
    effort = QUICK if options.quick else replace(Effort(), processes=options.processes)
    setting = Setting(cores, effort, say)
    measurements = Measurements(description() | {"cores used": str(len(cores))}, threads, effort)
    if "peers" in options.parts:
        rows = _chosen_rows(AGAINST_PEERS, options.cases)
        measurements.peers = list(_against(rows, threads, setting))
        measurements.loop = _pairs(LOOP, options.cases, threads, setting)
    if "numpy" in options.parts:
        rows = _chosen_rows(AGAINST_NUMPY, options.cases)
        measurements.twins = list(_against(rows, threads, setting))
    if "scaling" in options.parts and threads > 1:
        for item in SCALING:
            if _is_chosen(item.case, options.cases):
                one, two = Contender("ravine", 1), Contender("ravine", threads)
                measurements.scaling.append((item, compare(item.case, two, [one], setting)))
    if "curvature" in options.parts:
        _measure_curvature(options, threads, setting, measurements)
    if "dense" in options.parts:
        installed = [side for side in PEERS if find_spec(side) is not None]
        rows = _chosen_rows(DENSE, options.cases)
        measurements.dense = list(beside_peers(rows, installed, threads, setting))
        pairs = DENSE_SCALING if threads > 1 else ()
        measurements.dense_pairs = _pairs(pairs, options.cases, threads, setting)
    if "updates" in options.parts and not options.cases:
        rounds = 5 if effort == QUICK else 15
        measurements.updates = measure_updates(threads, cores, rounds, effort.processes, say)
    if "memory" in options.parts and available() and not options.cases:
        say("memory of value and gradient")
        measurements.memory = measure_memory(threads)
    if "import" in options.parts and not options.cases:
        say("import")
        measurements.importing = measure_import()
    return measurements


def _measure_curvature(
    options: argparse.Namespace, threads: int, setting: Setting, measurements: Measurements
) -> None:
    installed = [side for side in PEERS if find_spec(side) is not None]
    rows = _chosen_rows(CURVATURE, options.cases)
    measurements.curvature = list(beside_peers(rows, installed, threads, setting))
    rows = _chosen_rows(PRODUCTS_BESIDE_JAX, options.cases)
    measurements.curvature += list(_against(rows, threads, setting))
    pairs = [*OF_PRODUCT, *GAUSS_NEWTON, *IN_GRADIENTS, *(CURVATURE_SCALING if threads > 1 else ())]
    measurements.pairs = _pairs(pairs, options.cases, threads, setting)
    if available() and not options.cases:
        say("memory of the Hessian")
        measurements.hessian_memory = measure_hessian_memory(threads)


def _pairs(
    pairs: Sequence[Pair], cases: Sequence[str] | None, threads: int, setting: Setting
) -> list[PairTimes]:
    return [measure_pair(pair, threads, setting) for pair in pairs if _is_chosen(pair.case, cases)]


def _against(rows: Sequence[Row], threads: int, setting: Setting) -> Iterator[tuple[Row, Comparison]]:
    for row in rows:
        sides = [side for side in row.rivals if side not in PEERS or find_spec(side) is not None]
        if missing := sorted(set(row.rivals) - set(sides)):
            say(f"not installed, left out: {', '.join(missing)}")
        # Small work may be faster with one thread than with two: a peer runs with both, its best counts.
        counts = {threads} if setting.effort == QUICK else {1, threads}
        rivals = [Contender(side, n) for side in sides for n in sorted(counts)]
        if rivals:
            yield row, compare(row.case, Contender("ravine", threads), rivals, setting)


def _is_chosen(case: Case, patterns: Sequence[str]) -> bool:
    return not patterns or any(pattern in case.name for pattern in patterns)


def _chosen_rows(rows: Sequence[Row], patterns: Sequence[str]) -> list[Row]:
    return [row for row in rows if _is_chosen(row.case, patterns)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="few and short samples: to see that it works")
    add("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure (default: all)")
    add("--cases", nargs="+", default=(), metavar="NAME", help="only cases whose names hold one of these")
    add("--threads", type=int, help="threads, and cores, of every side (default: 2, or all there are)")
    add("--processes", type=int, default=Effort().processes, help="fresh processes of each side")
    add("--out", type=Path, metavar="PAGE", help="write the tables into this page, between its marks")
    add("--noisy", action="store_true", help="write the page even if the machine is not quiet")
    return parser


if __name__ == "__main__":
    sys.exit(main())
