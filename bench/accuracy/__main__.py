"""The command: run, compare, print, and perhaps write the page."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bench.accuracy import __doc__ as purpose
from bench.accuracy.page import BEGIN, END, Runs, picture, tables
from bench.accuracy.problems import PROBLEMS, available
from bench.accuracy.sides import SIDES, run
from bench.machine import environment, pin
from bench.report import write_page
from bench.workers import ROOT
from ravine.benchmarks.machine import BUSY, available_cores, busy_share, description


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _parser().parse_args(arguments)
    if options.alone:
        pin(options.cores)
        print(
            json.dumps(run(options.sides[0], PROBLEMS[options.problems[0]], options.seeds, options.seconds))
        )
        return 0
    if options.out and not options.noisy and busy_share() > BUSY:
        raise SystemExit("figures for --out are taken on a quiet machine; --noisy overrides")
    cores = available_cores()[: options.threads]
    sides = [side for side in options.sides if find_spec(SIDES[side][1])]
    problems = [name for name in options.problems if name in available()]
    runs: Runs = {}
    for name in problems:
        for side in sides:
            print(f"{name}: {SIDES[side][0]}", file=sys.stderr, flush=True)
            runs[name, side] = [_apart(side, name, seed, options, cores) for seed in range(options.seeds)]
    facts = description() | {"cores used": str(len(cores)), "packages": ", ".join(_versions(sides))}
    facts |= {"each run": f"{options.seconds:g} s, {options.seeds} starts"}
    text = tables(facts, problems, sides, runs)
    print(text)
    if options.out:
        write_page(options.out, text, BEGIN, END)
        picture(options.out.parent / "pictures" / "time_to_accuracy.png", problems, sides, runs)
    return 0


def _apart(
    side: str, problem: str, seed: int, options: argparse.Namespace, cores: list[int]
) -> list[tuple[float, float]]:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "bench.accuracy", "--alone", "--sides", side, "--problems", problem]
    command += ["--seeds", str(seed), "--seconds", f"{options.seconds:g}", "--cores", *map(str, cores)]
    variables = os.environ | environment(SIDES[side][1].removesuffix("_lbfgs"), len(cores))
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{side} on {problem} failed:\n{done.stderr[-2000:]}")
    return [(float(at), float(loss)) for at, loss in json.loads(done.stdout)]


def _versions(sides: Sequence[str]) -> list[str]:
    names = {"numpy": "numpy", "jax": "jax", "torch": "torch", "sklearn": "scikit-learn"}
    packages = ["ravine", *dict.fromkeys(names[SIDES[side][1]] for side in sides), "scipy"]
    return [f"{name} {_version(name)}" for name in packages]


def _version(name: str) -> str:
    import ravine

    return ravine.__version__ if name == "ravine" else version(name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=purpose)
    add = parser.add_argument
    add("--problems", nargs="+", choices=PROBLEMS, default=list(PROBLEMS), help="default: all")
    add("--sides", nargs="+", choices=SIDES, default=list(SIDES), help="default: all that are installed")
    add("--seconds", type=float, default=10.0, help="of each run (10)")
    add("--seeds", type=int, default=3, help="starts; the tables tell medians (3)")
    add("--threads", type=int, default=min(2, len(available_cores())), help="and cores, of every side (2)")
    add("--out", type=Path, metavar="PAGE", help="write the tables into this page, the picture beside it")
    add("--noisy", action="store_true", help="write the page even if the machine is not quiet")
    add("--alone", action="store_true", help="one side, one problem, start number --seeds, in this process")
    add("--cores", type=int, nargs="+", help="with --alone: pinned to these")
    return parser


if __name__ == "__main__":
    sys.exit(main())
