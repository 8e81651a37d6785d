"""ravine, through its public face."""

from __future__ import annotations

from typing import Any

import numpy as np

import ravine as rv
from bench.cases import Case
from bench.peers import BETAS, EPS, LEARNING_RATE, Program, UnsupportedCaseError
from bench.problems import Array, Problem
from ravine import _core


def versions() -> str:
    """What runs."""
    info = rv.build_info()
    return f"ravine {info['version']} ({info['cpu_level']}, {info['threads']}, {info['compiler']})"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case."""
    rv.set_num_threads(threads)
    programs = {
        "value_and_gradient": _gradient,
        "predict": _predict,
        "jacobian": _jacobian,
        "hessian": _matrix,
        "gauss_newton": _matrix,
        "hessian_product": _vector_product,
        "gauss_newton_product": _vector_product,
        "epoch": _epoch,
        "adam": _adam,
        "product": _product,
        "cholesky": _cholesky,
        "definite": _definite,
        "least_squares": _least_squares,
        "newton_step": _newton_step,
        "newton_matrix": _newton_matrix,
    }
    if case.kind not in programs:
        raise UnsupportedCaseError(case.kind)
    return programs[case.kind](case, problem)


def _network(case: Case, problem: Problem) -> rv.MLP:
    network = rv.MLP(list(case.widths), activation=case.activation, dtype=case.dtype)
    network.theta = problem.theta
    return network


def _gradient(case: Case, problem: Problem) -> Program:
    risk = rv.EmpiricalRisk(_network(case, problem), problem.X, problem.y, loss=case.loss)
    out = np.empty_like(problem.theta)

    def results() -> dict[str, Array]:
        value, gradient = risk.value_and_gradient()
        return {"value": np.array(value), "gradient": gradient}

    return Program(lambda: risk.value_and_gradient(out=out), results)


def _predict(case: Case, problem: Problem) -> Program:
    network, X = _network(case, problem), problem.X
    out = np.empty((case.rows, case.widths[-1]), case.dtype)
    return Program(lambda: network.predict(X, out=out), lambda: {"outputs": network.predict(X)})


def _jacobian(case: Case, problem: Problem) -> Program:
    network, X = _network(case, problem), problem.X
    out = np.empty((case.rows, case.widths[-1], network.parameter_count), case.dtype)
    return Program(lambda: network.jacobian(X, out=out), lambda: {"jacobian": network.jacobian(X)})


def _matrix(case: Case, problem: Problem) -> Program:
    risk = rv.EmpiricalRisk(_network(case, problem), problem.X, problem.y, loss=case.loss)
    fill = risk.hessian if case.kind == "hessian" else risk.gauss_newton
    out = np.empty((problem.theta.size, problem.theta.size), case.dtype)
    return Program(lambda: fill(out=out), lambda: {"matrix": fill()})


def _cholesky(case: Case, problem: Problem) -> Program:
    del case
    A = problem.X
    return Program(
        lambda: rv.linalg.cholesky(A, check=False), lambda: {"factor": rv.linalg.cholesky(A, check=False)}
    )


def _least_squares(case: Case, problem: Problem) -> Program:
    del case
    A, b = problem.X, problem.y
    return Program(
        lambda: rv.linalg.qr_least_squares(A, b), lambda: {"x": rv.linalg.qr_least_squares(A, b).x}
    )


def _definite(case: Case, problem: Problem) -> Program:
    del case
    A, b = problem.X, problem.y

    def run() -> Array:
        return rv.linalg.solve_definite(A, b, check=False)

    return Program(run, lambda: {"x": run()})


def _newton_step(case: Case, problem: Problem) -> Program:
    risk = rv.EmpiricalRisk(_network(case, problem), problem.X, problem.y, loss=case.loss)
    v, out = problem.theta, np.empty_like(problem.theta)

    def run() -> Array:
        return risk.hessian_solve(None, v, shift=1.0, out=out)

    return Program(run, lambda: {"step": run().copy()})


def _newton_matrix(case: Case, problem: Problem) -> Program:
    risk = rv.EmpiricalRisk(_network(case, problem), problem.X, problem.y, loss=case.loss)
    H, v = np.empty((problem.theta.size, problem.theta.size)), problem.theta

    def run() -> Array:
        risk.hessian(out=H)
        H[np.diag_indices_from(H)] += 1
        return rv.linalg.cholesky_solve(rv.linalg.cholesky(H, overwrite=True, check=False), v)

    return Program(run, lambda: {"step": run()})


def _vector_product(case: Case, problem: Problem) -> Program:
    risk = rv.EmpiricalRisk(_network(case, problem), problem.X, problem.y, loss=case.loss)
    v, out = problem.v, np.empty_like(problem.v)
    if case.kept:
        at = risk.linearize()
        kept = at.hessian_product if case.kind == "hessian_product" else at.gauss_newton_product
        return Program(lambda: kept(v, out), lambda: {"products": kept(v)}, units=case.vectors)
    multiply = risk.hessian_product if case.kind == "hessian_product" else risk.gauss_newton_product
    return Program(
        lambda: multiply(None, v, out), lambda: {"products": multiply(None, v)}, units=case.vectors
    )


def _epoch(case: Case, problem: Problem) -> Program:
    network = _network(case, problem)
    options: dict[str, Any] = {}
    if case.scheduled:  # the same updates, found the long way
        options = {"schedule": rv.schedules.Linear(LEARNING_RATE, LEARNING_RATE, 100), "clip_norm": 1e6}

    def train(epochs: int, shuffle: bool) -> None:
        network.theta = problem.theta
        rule = rv.optim.Adam(LEARNING_RATE, BETAS, EPS)
        rv.fit(
            network,
            problem.X,
            problem.y,
            loss="cross_entropy",
            optimizer=rule,
            epochs=epochs,
            batch_size=case.batch,
            shuffle=shuffle,
            **options,
        )

    def results() -> dict[str, Array]:
        train(1, shuffle=False)
        return {"theta": network.theta.copy()}

    return Program(lambda: train(case.epochs, shuffle=True), results, units=case.epochs)


def _adam(case: Case, problem: Problem) -> Program:
    del case
    theta, gradient, rule = problem.theta.copy(), problem.gradient, rv.optim.Adam(LEARNING_RATE, BETAS, EPS)

    def results() -> dict[str, Array]:
        fresh_theta, fresh = problem.theta.copy(), rv.optim.Adam(LEARNING_RATE, BETAS, EPS)
        for _ in range(3):
            fresh.step(fresh_theta, gradient)
        return {"theta": fresh_theta}

    # As the peers do it: none looks at the gradient first.
    return Program(lambda: rule.step(theta, gradient, check_finite=False), results)


def _product(case: Case, problem: Problem) -> Program:
    del case
    A = problem.X
    out = np.empty_like(A)

    def results() -> dict[str, Array]:
        _core.product(A, A, out)
        return {"product": out.copy()}

    return Program(lambda: _core.product(A, A, out), results)
