"""``python -m bench.function_overhead``: what the loop around a Python function costs, beside SciPy's.

Rosenbrock's function of ten variables is cheap enough that the loop is most of the time. Shown are the
seconds of a run, less those that the function and its derivatives take by themselves, for each call of one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize

import ravine as rv
from bench.report import table
from ravine.benchmarks.machine import description

ROUNDS, REPEATS = 7, 20
START = np.tile([-1.2, 1.0], 5)
# Ours, SciPy's, and what they ask for beside value and gradient.
METHODS = (
    ("bfgs", "BFGS", ()),
    ("lbfgs", "L-BFGS-B", ()),
    ("nonlinear-cg", "CG", ()),
    ("newton-cg", "trust-ncg", ("hessp",)),
    ("trust-region", "trust-exact", ("hess",)),
)


def value(x: Any) -> float:
    """Rosenbrock's function, in pairs of variables."""
    u, v = x[1::2] - x[::2] ** 2, 1 - x[::2]
    return float(100 * (u @ u) + v @ v)


def gradient(x: Any) -> Any:
    """∇f."""
    g = np.empty_like(x)
    u = x[1::2] - x[::2] ** 2
    g[::2] = -400 * u * x[::2] - 2 * (1 - x[::2])
    g[1::2] = 200 * u
    return g


def hessian(x: Any) -> Any:
    """∂²f/∂x²."""
    H = np.zeros((x.size, x.size))
    even = np.arange(0, x.size, 2)
    H[even, even] = 1200 * x[::2] ** 2 - 400 * x[1::2] + 2
    H[even, even + 1] = H[even + 1, even] = -400 * x[::2]
    H[even + 1, even + 1] = 200
    return H


def product(x: Any, v: Any) -> Any:
    """∂²f/∂x² v."""
    out = np.empty_like(x)
    out[::2] = (1200 * x[::2] ** 2 - 400 * x[1::2] + 2) * v[::2] - 400 * x[::2] * v[1::2]
    out[1::2] = 200 * v[1::2] - 400 * x[::2] * v[::2]
    return out


def residuals(x: Any) -> Any:
    """The function as half a sum of squares."""
    r = np.empty_like(x)
    r[::2], r[1::2] = 10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]
    return r


def jacobian(x: Any) -> Any:
    """∂r/∂x."""
    J = np.zeros((x.size, x.size))
    even = np.arange(0, x.size, 2)
    J[even, even], J[even, even + 1], J[even + 1, even] = -20 * x[::2], 10, -1
    return J


PARTS: dict[str, Callable[..., Any]] = {
    "fun": value,
    "jac": gradient,
    "hess": hessian,
    "hessp": product,
    "residuals": residuals,
    "jacobian": jacobian,
}


def own_seconds() -> dict[str, float]:
    """What a call of each part takes by itself."""
    arguments = {name: (START, START) if name == "hessp" else (START,) for name in PARTS}
    seconds = {}
    for name, part in PARTS.items():
        rounds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for _ in range(1000):
                part(*arguments[name])
            rounds.append((time.perf_counter() - began) / 1000)
        seconds[name] = float(np.min(rounds))
    return seconds


def overhead(run: Callable[[dict[str, Callable[..., Any]]], Any], own: dict[str, float]) -> float:
    """Microseconds of the loop for each call that it makes."""
    calls = dict.fromkeys(PARTS, 0)

    def counted(name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            calls[name] += 1
            return PARTS[name](*arguments)

        return call

    run({name: counted(name) for name in PARTS})
    inside = sum(calls[name] * own[name] for name in PARTS)
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(REPEATS):
            run(PARTS)
        rounds.append((time.perf_counter() - began) / REPEATS)
    return 1e6 * (float(np.min(rounds)) - inside) / sum(calls.values())


def pairs() -> list[tuple[str, Callable[..., Any], Callable[..., Any]]]:
    """(methods, our run, SciPy's run)."""

    def minimisers(ours: str, theirs: str, more: tuple[str, ...]) -> tuple[str, Any, Any]:
        def given(parts: dict[str, Any]) -> dict[str, Any]:
            return {"jac": parts["jac"], **{name: parts[name] for name in more}}

        return (
            f"{ours} / {theirs}",
            lambda parts: rv.minimize(parts["fun"], START, method=ours, certificate=False, **given(parts)),
            lambda parts: scipy.optimize.minimize(parts["fun"], START, method=theirs, **given(parts)),
        )

    fits = (
        "levenberg-marquardt / lm",
        lambda parts: rv.least_squares(parts["residuals"], START, jac=parts["jacobian"], acceleration=0),
        lambda parts: scipy.optimize.least_squares(
            parts["residuals"], START, jac=parts["jacobian"], method="lm"
        ),
    )
    return [*(minimisers(*each) for each in METHODS), fits]


def main() -> int:
    """Measure, print, and answer 1 where our loop costs more than SciPy's."""
    for name, text in description().items():
        print(f"{name}: {text}")
    own, rows, missed = own_seconds(), [], False
    for methods, ours, theirs in pairs():
        mine, other = overhead(ours, own), overhead(theirs, own)
        missed |= mine > other
        rows.append([methods, f"{mine:.2f}", f"{other:.2f}", f"{mine / other:.2f}"])
    print("\n" + table(["methods", "ours, µs a call", "SciPy's", "ratio, bar 1"], rows))
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
