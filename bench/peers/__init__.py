"""The sides of a comparison: one module each, and the worker process that times one of them.

A side's module has two functions: ``build(case, problem, threads)`` prepares the work and returns a
:class:`Program`; ``versions()`` names what runs. Each side gets its best reasonable form: compiled and warm,
data in place in the layout and dtype of the case, nothing copied that need not be.

``python -m bench.peers torch gradient_large --threads 2`` times one side by itself and prints JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.problems import Array

LEARNING_RATE = 1e-3
BETAS = (0.9, 0.999)
EPS = 1e-8


@dataclass(frozen=True)
class Program:
    """A prepared piece of work.

    ``run`` does it ``units`` times over and returns when the last result is there. ``results`` does it once
    from the problem's starting point, unshuffled, and returns what all sides must agree on.
    """

    run: Callable[[], object]
    results: Callable[[], dict[str, Array]]
    units: int = 1


class UnsupportedCaseError(Exception):
    """This side has no program for the case."""
