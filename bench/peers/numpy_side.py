"""NumPy as one writes it for speed: buffers kept, everything in place, biases inside the products."""

from __future__ import annotations

import numpy as np

from bench.cases import Case
from bench.peers import Program, UnsupportedCaseError
from bench.problems import Array, Problem
from bench.twins import Adam, Gradient, with_ones


def versions() -> str:
    """What runs."""
    return f"numpy {np.__version__}"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case; the number of threads came through the environment."""
    del threads
    programs = {
        "value_and_gradient": _gradient,
        "predict": _predict,
        "jacobian": _jacobian,
        "epoch": _epoch,
        "adam": _adam,
        "product": _product,
    }
    if case.kind not in programs:
        raise UnsupportedCaseError(case.kind)
    return programs[case.kind](case, problem)


def _gradient(case: Case, problem: Problem) -> Program:
    risk = Gradient(case.widths, case.activation, case.rows, problem.theta)
    X, y = with_ones(problem.X), problem.y

    def results() -> dict[str, Array]:
        return {"value": np.array(risk(X, y)), "gradient": risk.gradient.copy()}

    return Program(lambda: risk(X, y), results)


def _predict(case: Case, problem: Problem) -> Program:
    network = Gradient(case.widths, case.activation, case.rows, problem.theta)
    X = with_ones(problem.X)
    return Program(lambda: network.outputs(X), lambda: {"outputs": network.outputs(X).copy()})


def _jacobian(case: Case, problem: Problem) -> Program:
    network = Gradient(case.widths, case.activation, case.rows, problem.theta)
    X = with_ones(problem.X)
    out = np.empty((case.rows, case.widths[-1], problem.theta.size), case.dtype)
    return Program(lambda: network.jacobian(X, out), lambda: {"jacobian": network.jacobian(X, out).copy()})


def _epoch(case: Case, problem: Problem) -> Program:
    theta = problem.theta.copy()
    X, y, n = with_ones(problem.X), problem.y, len(problem.X)
    sizes = {case.batch, n % case.batch or case.batch}
    risks = {size: Gradient(case.widths, case.activation, size, theta) for size in sizes}
    batches = {size: np.empty((size, X.shape[1]), X.dtype) for size in sizes}
    shuffler = np.random.default_rng(0)

    def train(epochs: int, shuffle: bool) -> None:
        theta[:] = problem.theta
        rule = Adam(theta)
        for _ in range(epochs):
            order = shuffler.permutation(n) if shuffle else np.arange(n)
            for first in range(0, n, case.batch):
                rows = order[first : first + case.batch]
                risk, batch = risks[len(rows)], batches[len(rows)]
                X.take(rows, axis=0, out=batch, mode="clip")  # the other modes copy into `out` from a buffer
                risk(batch, y[rows])
                rule.step(risk.gradient)

    def results() -> dict[str, Array]:
        train(1, shuffle=False)
        return {"theta": theta.copy()}

    return Program(lambda: train(case.epochs, shuffle=True), results, units=case.epochs)


def _adam(case: Case, problem: Problem) -> Program:
    del case
    rule = Adam(problem.theta.copy())

    def results() -> dict[str, Array]:
        fresh = Adam(problem.theta.copy())
        for _ in range(3):
            fresh.step(problem.gradient)
        return {"theta": fresh.theta}

    return Program(lambda: rule.step(problem.gradient), results)


def _product(case: Case, problem: Problem) -> Program:
    del case
    A = problem.X
    out = np.empty_like(A)
    return Program(lambda: np.matmul(A, A, out=out), lambda: {"product": A @ A})
