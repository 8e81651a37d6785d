"""The textbook, ``ravine.reference``: NumPy slow and obvious."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.cases import Case
from bench.peers import Program, UnsupportedCaseError
from bench.problems import Array, Problem
from ravine import reference as ref


def versions() -> str:
    """What runs."""
    return f"numpy {np.__version__}"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case; the number of threads came through the environment."""
    del threads
    programs = {"value_and_gradient": _gradient, "epoch": _epoch, "adam": _adam}
    if case.kind not in programs:
        raise UnsupportedCaseError(case.kind)
    return programs[case.kind](case, problem)


def _risk(case: Case, problem: Problem) -> ref.EmpiricalRisk:
    depth = len(case.widths) - 1
    activations = [case.activation] * (depth - 1) + ["identity"]
    network = ref.Network(case.widths, activations, [True] * depth)
    return ref.EmpiricalRisk(network, problem.X, problem.y, "cross_entropy")


def _gradient(case: Case, problem: Problem) -> Program:
    risk, theta = _risk(case, problem), problem.theta

    def results() -> dict[str, Array]:
        value, gradient = risk.value_and_gradient(theta)
        return {"value": np.array(value), "gradient": gradient}

    return Program(lambda: risk.value_and_gradient(theta), results)


def _epoch(case: Case, problem: Problem) -> Program:
    risk, n = _risk(case, problem), len(problem.X)
    shuffler = np.random.default_rng(0)

    def train(epochs: int, shuffle: bool) -> Array:
        theta, rule = problem.theta.copy(), ref.Adam()
        for _ in range(epochs):
            order = shuffler.permutation(n) if shuffle else np.arange(n)
            batches: Any = np.split(order, range(case.batch, n, case.batch))
            ref.epoch(risk, theta, rule, batches)
        return theta

    return Program(
        lambda: train(case.epochs, shuffle=True),
        lambda: {"theta": train(1, shuffle=False)},
        units=case.epochs,
    )


def _adam(case: Case, problem: Problem) -> Program:
    del case
    theta, rule = problem.theta.copy(), ref.Adam()

    def results() -> dict[str, Array]:
        fresh_theta, fresh = problem.theta.copy(), ref.Adam()
        for _ in range(3):
            fresh.step(fresh_theta, problem.gradient)
        return {"theta": fresh_theta}

    return Program(lambda: rule.step(theta, problem.gradient), results)
