"""What ``ravine train`` is to do, and what came of it, whoever does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine.cli.problem import Problem
from ravine.cli.recipe import Recipe
from ravine.cli.report import Part

__all__ = ["Job", "Outcome"]


@dataclass(frozen=True)
class Job:
    """The untrained model, the rows as its network sees them, and the penalty to begin with."""

    model: rv.ScaledModel
    recipe: Recipe
    training: Part
    validation: Part | None
    l2: float
    problem: Problem
    validation_rows: NDArray[np.int64]

    @property
    def parts(self) -> dict[str, Part]:
        """The rows by name."""
        return {"training": self.training} | (
            {} if self.validation is None else {"held out": self.validation}
        )

    @property
    def held_out(self) -> tuple[NDArray[np.float64], NDArray[Any]] | None:
        """X and y of the rows held out, in their own units; None without any."""
        return None if self.validation is None else self._rows(self.validation_rows)

    @property
    def measured_on(self) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """The rows held out, or all there are without any."""
        return self.held_out or self._rows(np.arange(len(self.problem.y)))

    def _rows(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[Any]]:
        return self.problem.X[rows], self.problem.y[rows]


@dataclass(frozen=True)
class Outcome:
    """A trained network, and what there is to say of it.

    texts : paragraphs for the person who asked, above and below the table of errors.
    pictures : by kind, drawn under a title when they are called.
    averaged : whether averages over the posterior are the better probabilities.
    """

    texts: list[str]
    l2: float
    seconds: float
    interrupted: bool
    pictures: Mapping[str, Callable[[str], bytes]]
    below: list[str] = field(default_factory=list)
    posterior: rv.LaplacePosterior | None = None
    averaged: bool = True
