"""``python -m bench.small_fits``: what a small least-squares fit costs, alone and from a thousand starts.

One period of a sine at 20 points of [-1, 1], y = sin πx, by a 1-5-1 tanh network with Levenberg-Marquardt,
until the mean squared error is 0.002: the risk is half of that. The network's initialiser draws the starts.
Steps are accelerated, as they are by default, and plain: cheaper, and more of them.
"""

from __future__ import annotations

import time

import numpy as np

import ravine as rv
from bench.report import table
from ravine.benchmarks.machine import description

STARTS = 1000
ROUNDS = 5
METHOD = "levenberg-marquardt"
GOAL = 0.5 * 0.002


def sine_risk() -> rv.EmpiricalRisk:
    """The problem, on a network of its own."""
    x = np.linspace(-1, 1, 20)[:, None]
    return rv.EmpiricalRisk(rv.MLP([1, 5, 1], activation="tanh"), x, np.sin(np.pi * x[:, 0]))


def alone(risk: rv.EmpiricalRisk, **options: float) -> tuple[float, float]:
    """Median seconds of one call of minimize over the starts, and seconds an iteration inside the core."""
    calls, iterations, inside = [], 0, 0.0
    for seed in range(STARTS):
        risk.net.initialize(seed)
        began = time.perf_counter()
        result = rv.minimize(risk, method=METHOD, goal=GOAL, **options)
        calls.append(time.perf_counter() - began)
        iterations += result.nit
        inside += result.time
    return float(np.median(calls)), inside / iterations


def together(risk: rv.EmpiricalRisk, **options: float) -> tuple[float, int, float]:
    """Seconds of all starts in one call, how many reach the goal, and seconds an iteration."""
    began = time.perf_counter()
    starts = rv.minimize(risk, method=METHOD, goal=GOAL, starts=STARTS, **options).starts
    seconds = time.perf_counter() - began
    assert starts is not None
    reached = sum(reason is rv.StopReason.GOAL for reason in starts.reasons)
    return seconds, reached, float(starts.seconds.sum() / starts.nit.sum())


def measure(risk: rv.EmpiricalRisk, steps: str, **options: float) -> list[tuple[str, float, float]]:
    """What is measured of one kind of steps: (what, figure, bar)."""
    calls, iterations = zip(*(alone(risk, **options) for _ in range(ROUNDS)), strict=True)
    seconds, reached, at_once = zip(*(together(risk, **options) for _ in range(ROUNDS)), strict=True)
    print(f"{steps} steps: {min(reached)} of {STARTS} starts reach the goal")
    return [
        (f"{steps}: one call of minimize, median of the starts, ms", 1e3 * float(np.median(calls)), 1.0),
        (f"{steps}: {STARTS} starts in one call, s", float(np.median(seconds)), 1.0),
        (f"{steps}: an iteration, alone, µs", 1e6 * float(np.median(iterations)), 10.0),
        (f"{steps}: an iteration among the starts, µs", 1e6 * float(np.median(at_once)), 10.0),
    ]


def main() -> int:
    """Measure, print, and answer 1 where the default misses a bar."""
    risk, threads = sine_risk(), min(2, rv.get_num_threads())
    rv.set_num_threads(threads)
    for name, value in description().items():
        print(f"{name}: {value}")
    print(f"threads: {threads}; medians of {ROUNDS}")
    figures = measure(risk, "accelerated") + measure(risk, "plain", acceleration=0.0)
    rows = [[what, f"{measured:.3g}", f"< {bar:g}"] for what, measured, bar in figures]
    print("\n" + table(["what", "measured", "bar"], rows))
    return int(any(measured >= bar for what, measured, bar in figures if what.startswith("accelerated")))


if __name__ == "__main__":
    raise SystemExit(main())
