"""The worker: pins itself, imports one side, times a case; once, or again and again as it is asked."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from bench.cases import CASES, SIDES
from bench.machine import environment, pin
from bench.peers import Program
from bench.problems import Problem, make

if TYPE_CHECKING:
    from ravine.benchmarks.timing import Timing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a program: see the package's docstring."""
    options = _parser().parse_args(arguments)
    cores = [int(core) for core in options.cores.split(",")] if options.cores else None
    pin(cores)
    # A parent that starts workers has set these already; they must stand before the side is imported.
    os.environ.update(environment(options.side, options.threads))
    answers = _private_stdout()

    # Only now, with the threads of the side told: it is the package's, and brings the package with it.
    from ravine.benchmarks.timing import Stopwatch

    case = CASES[options.case]
    problem = Problem.load(options.data) if options.data else make(case)
    side = importlib.import_module(f"bench.peers.{options.side}_side")
    program: Program = side.build(case, problem, options.threads)
    stopwatch = Stopwatch(program.run)
    if not options.serve:
        _answer(answers, _timing(stopwatch.measure(options.seconds), program.units))
        return 0

    _answer(answers, {"versions": side.versions()})
    for line in sys.stdin:
        match line.split(maxsplit=1):
            case ["measure", seconds]:
                _answer(answers, _timing(stopwatch.measure(float(seconds)), program.units))
            case ["results", path]:
                arrays: dict[str, Any] = {**program.results()}
                np.savez(path.strip(), **arrays)
                _answer(answers, {})
            case _:
                raise ValueError(f"expected 'measure SECONDS' or 'results FILE', got {line!r}")
    return 0


def _timing(timing: Timing, units: int) -> dict[str, float]:
    """Seconds for one unit of the work that was timed."""
    parts = {"median": timing.median / units, "lower": timing.lower / units, "upper": timing.upper / units}
    return asdict(timing) | parts


def _private_stdout() -> IO[str]:
    """The real standard output for our answers alone; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def _answer(stream: IO[str], answer: object) -> None:
    print(json.dumps(answer), file=stream, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="time one side on one case")
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("case", choices=CASES, metavar="case", help=", ".join(CASES))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--cores", default="", help="comma-separated cores to run on (default: all there are)"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to sample")
    parser.add_argument("--data", type=Path, help="arrays of the case, written by a parent process")
    parser.add_argument("--serve", action="store_true", help="answer requests on standard input")
    return parser


if __name__ == "__main__":
    sys.exit(main())
