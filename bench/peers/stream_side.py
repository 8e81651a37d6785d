"""The streaming bound of an update: its bytes and nothing else, read θ, g, s, r and write θ, s, r."""

from __future__ import annotations

import numpy as np

import ravine as rv
from bench.cases import Case
from bench.peers import Program, UnsupportedCaseError
from bench.problems import Problem
from ravine import _core


def versions() -> str:
    """What runs."""
    return f"ravine {rv.build_info()['version']}"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case."""
    if case.kind != "adam":
        raise UnsupportedCaseError(case.kind)
    rv.set_num_threads(threads)
    theta, g = problem.theta.copy(), problem.gradient
    s, r = np.zeros_like(theta), np.zeros_like(theta)
    return Program(lambda: _core.update_bound("streaming", theta, g, [s, r]), dict)
