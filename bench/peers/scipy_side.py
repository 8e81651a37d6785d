"""SciPy: LAPACK by its functions, finite checks left out, the input kept."""

from __future__ import annotations

import scipy
from scipy import linalg

from bench.cases import Case
from bench.peers import Program, UnsupportedCaseError
from bench.problems import Array, Problem


def versions() -> str:
    """What runs."""
    return f"scipy {scipy.__version__}"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case; the number of threads came through the environment."""
    del threads
    programs = {"cholesky": _cholesky, "definite": _definite, "least_squares": _least_squares}
    if case.kind not in programs:
        raise UnsupportedCaseError(case.kind)
    return programs[case.kind](problem)


def _cholesky(problem: Problem) -> Program:
    A = problem.X

    def run() -> Array:
        factor: Array = linalg.cholesky(A, lower=True, check_finite=False)
        return factor

    return Program(run, lambda: {"factor": run()})


def _definite(problem: Problem) -> Program:
    A, b = problem.X, problem.y

    def run() -> Array:
        x: Array = linalg.cho_solve(
            linalg.cho_factor(A, lower=True, check_finite=False), b, check_finite=False
        )
        return x

    return Program(run, lambda: {"x": run()})


def _least_squares(problem: Problem) -> Program:
    """By QR with pivots, as the rank asks for."""
    A, b = problem.X, problem.y

    def run() -> Array:
        x: Array = linalg.lstsq(A, b, lapack_driver="gelsy", check_finite=False)[0]
        return x

    return Program(run, lambda: {"x": run()})
