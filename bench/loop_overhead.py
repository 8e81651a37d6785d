"""``python -m bench.loop_overhead``: what a minimiser itself costs around a Python function, beside SciPy's.

Both minimise the same function with the same derivatives from the same start. What the calls of the function
take is measured inside them and taken off: the rest, divided by the iterations, is the loop's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from scipy import optimize

import ravine as rv
from bench.report import table
from ravine.benchmarks.machine import description
from ravine.benchmarks.timing import duration

ROUNDS = 15
SECONDS = 0.1
"""Of each of the rounds, at least."""

Array = np.ndarray[Any, Any]


class Clocked:
    """A function that adds up the seconds that its calls take."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.seconds = 0.0

    def __call__(self, *arguments: Any) -> Any:
        """Call it."""
        began = time.perf_counter()
        answer = self._function(*arguments)
        self.seconds += time.perf_counter() - began
        return answer


@dataclass(frozen=True)
class Pair:
    """A method here and the same in SciPy, on a function of n variables; each returns its iterations."""

    name: str
    ours: Callable[[Any, Array], int]
    theirs: Callable[[Any, Array], int]


def _minimize(method: str, *needs: str) -> Callable[[Any, Array], int]:
    def run(f: Any, start: Array) -> int:
        derivatives = {need: getattr(f, need) for need in needs}
        result = rv.minimize(f.fun, start, method=method, jac=f.jac, certificate=False, **derivatives)
        return result.nit

    return run


def _scipys(method: str, *needs: str) -> Callable[[Any, Array], int]:
    def run(f: Any, start: Array) -> int:
        derivatives = {need: getattr(f, need) for need in needs}
        result = optimize.minimize(f.fun, start, method=method, jac=f.jac, **derivatives)
        return int(result.nit)

    return run


def _our_fit(f: Any, start: Array) -> int:
    return rv.least_squares(f.residuals, start, f.jacobian, acceleration=0.0, certificate=False).njev


def _scipys_fit(f: Any, start: Array) -> int:
    return int(optimize.least_squares(f.residuals, start, f.jacobian, method="lm", x_scale="jac").njev)


PAIRS = (
    Pair("bfgs", _minimize("bfgs"), _scipys("BFGS")),
    Pair("lbfgs", _minimize("lbfgs"), _scipys("L-BFGS-B")),
    Pair("nonlinear-cg", _minimize("nonlinear-cg"), _scipys("CG")),
    Pair("newton-cg", _minimize("newton-cg", "hessp"), _scipys("trust-ncg", "hessp")),
    Pair("trust-region", _minimize("trust-region", "hess"), _scipys("trust-exact", "hess")),
    Pair("levenberg-marquardt", _our_fit, _scipys_fit),
)


class Functions:
    """The clocked callables of one problem of the catalogue."""

    def __init__(self, name: str) -> None:
        problem = rv.problems.get(name)
        self.start = problem.start
        self.fun, self.jac, self.hess = (
            Clocked(f) for f in (problem.value, problem.gradient, problem.hessian)
        )
        self.hessp = Clocked(lambda x, v: problem.hessian(x) @ v)
        self.residuals, self.jacobian = Clocked(problem.residuals), Clocked(problem.jacobian)

    @property
    def seconds(self) -> float:
        """In all of them, so far."""
        return sum(each.seconds for each in vars(self).values() if isinstance(each, Clocked))


def overhead(run: Callable[[Any, Array], int], f: Functions) -> float:
    """Seconds an iteration outside the function."""
    before, iterations, began = f.seconds, 0, time.perf_counter()
    while time.perf_counter() < began + SECONDS:
        iterations += run(f, f.start)
    return (time.perf_counter() - began - (f.seconds - before)) / iterations


def main() -> int:
    """Measure, print, and answer 1 where a loop costs more than SciPy's."""
    rows, met = [], True
    for name in ("rosenbrock", "brown-dennis", "watson"):
        for pair in PAIRS:
            f = Functions(name)
            rounds = [(overhead(pair.ours, f), overhead(pair.theirs, f)) for _ in range(ROUNDS)]
            ours, theirs = (median(each) for each in zip(*rounds, strict=True))
            ratio = median(b / a for a, b in rounds)
            met &= ratio >= 1
            cells = [f"{name}, n = {f.start.size}", pair.name, duration(ours), duration(theirs)]
            rows.append([*cells, f"{ratio:.2f}", ">= 1"])
    for fact, value in description().items():
        print(f"{fact}: {value}")
    print(f"medians of {ROUNDS} rounds\n")
    print(table(["function", "method", "ravine, an iteration", "SciPy", "ratio", "bar"], rows))
    return int(not met)


if __name__ == "__main__":
    raise SystemExit(main())
