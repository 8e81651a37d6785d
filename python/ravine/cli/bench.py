"""``ravine bench``: the compiled kernels beside NumPy, on this machine, in half a minute."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

import numpy as np

import ravine as rv
from ravine import benchmarks
from ravine.benchmarks.machine import BUSY, busy_share, description
from ravine.benchmarks.timing import duration
from ravine.cli.option_types import Parser, add_threads, set_threads

__all__ = ["add_bench", "bench"]

_EPILOG = """\
examples:
  ravine bench                      half a minute
  ravine bench --quick --threads 1  some seconds, one thread of ravine's
  ravine bench --json > here.json   for a program

Each kernel and the program in NumPy that does the same (ravine.reference, written to be read, and NumPy's own
LAPACK for the factor) are first compared, then timed in turns. A time is a median over many samples. NumPy
uses as many threads as it was built and told to. Other packages are measured in the repository: python -m
bench, docs/benchmarks.md.
"""

_QUICK: dict[str, Any] = {"seconds": 0.02, "rounds": 3}
_USUAL: dict[str, Any] = {"seconds": 0.25, "rounds": 5}


def add_bench(commands: argparse._SubParsersAction[Parser]) -> None:
    """The options of the command."""
    parser = commands.add_parser(
        "bench",
        help="time the compiled kernels beside NumPy on this machine",
        description="Time the compiled kernels beside programs in NumPy that do the same.",
        epilog=_EPILOG,
    )
    parser.add_argument("--quick", action="store_true", help="some seconds, coarser figures")
    parser.add_argument("--json", action="store_true", help="figures for a program, in seconds")
    add_threads(parser)


def bench(options: argparse.Namespace) -> None:
    """Measure and print, row by row as they come."""
    set_threads(options.threads)
    about = _about()
    rows = benchmarks.measure(**(_QUICK if options.quick else _USUAL))
    if options.json:
        print(json.dumps({**about, "kernels": [_figures(row) for row in rows]}, indent=2, ensure_ascii=False))
        return
    for name, value in about.items():
        print(f"{name:9} {value}")
    share = busy_share(0.5)
    if share > BUSY:
        print(f"note      the machine is busy: others use {share:.0%} of its cores' time")
    width = max(len(_title(kernel)) for kernel in benchmarks.KERNELS)
    header = f"{'':{width}}  {'ravine':>7}  {'NumPy':>7}  {'ratio':>5}"
    print(f"\n{header}\n{'-' * (width + 25)}", flush=True)
    for row in rows:
        ours, twin = duration(row.ours.median), duration(row.twin.median)
        title = _title(row.kernel)
        print(f"{title:{width}}  {ours:>7}  {twin:>7}  {row.ratio:5.3g}", flush=True)


def _about() -> dict[str, str]:
    info = rv.build_info()
    return {
        **description(),
        "ravine": f"{info['version']}, CPU level {info['cpu_level']}, {info['compiler']}",
        "NumPy": np.__version__,
        "threads": f"{info['num_threads']} of {info['available_threads']} ({info['threads']})",
    }


def _title(kernel: benchmarks.Kernel) -> str:
    return f"{kernel.name}, {kernel.size}"


def _figures(row: benchmarks.Beside) -> dict[str, Any]:
    kernel = row.kernel
    return {
        "kernel": kernel.name,
        "size": kernel.size,
        "by": kernel.by,
        "ravine": asdict(row.ours),
        "numpy": asdict(row.twin),
        "ratio": row.ratio,
    }
