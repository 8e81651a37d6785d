"""What a prediction needs beside the model: names of columns and classes, in the model file as plain JSON."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine.model_file import ModelFileError

__all__ = ["CLASSIFICATION", "REGRESSION", "Recipe", "Split", "rows_checksum"]

CLASSIFICATION = "classification"
REGRESSION = "regression"


@dataclass(frozen=True)
class Split:
    """How to find the training rows again: in a table of so many `rows`, by share and seed of the split.

    checksum : of the training rows as the network sees them.
    """

    rows: int
    validation: float
    seed: int
    checksum: int


@dataclass(frozen=True)
class Recipe:
    """Which columns are the model's inputs, what its outputs answer, and what it was trained on.

    classes : the labels in the order of the outputs; empty for a regression.
    l2, split : None in files of earlier versions.
    averaged : whether probabilities are averaged over the posterior, if there is one.
    """

    task: str
    target: str
    features: list[str]
    classes: list[str]
    l2: float | list[float] | None = None
    split: Split | None = None
    averaged: bool = True

    def to_extra(self) -> dict[str, Any]:
        """The same as JSON values, for a model file."""
        return {
            "task": self.task,
            "target": self.target,
            "features": self.features,
            "classes": self.classes,
            "l2": self.l2,
            "split": None if self.split is None else asdict(self.split),
            "averaged": self.averaged,
        }

    @classmethod
    def from_extra(cls, extra: dict[str, Any], model: rv.ScaledModel) -> Recipe:
        """The recipe that :meth:`to_extra` wrote, checked against its model; else ModelFileError."""
        if "task" not in extra:
            raise ModelFileError(
                "it holds a network, but no columns to apply it to: it was not made by `ravine train`"
            )
        try:
            recipe = cls(
                _one_of(extra["task"], (CLASSIFICATION, REGRESSION)),
                _text(extra["target"]),
                [_text(name) for name in extra["features"]],
                [_text(name) for name in extra["classes"]],
                _penalty(extra.get("l2")),
                _split(extra.get("split")),
                _one_of(extra.get("averaged", True), (True, False)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"its description of the columns is damaged ({error})") from error
        widths = model.net.widths
        classification = recipe.task == CLASSIFICATION
        expected = (len(recipe.features), len(recipe.classes) if classification else 1)
        if expected != (widths[0], widths[-1]) or (classification and model.targets is not None):
            raise ModelFileError("its description of the columns does not fit its network")
        return recipe

    def labels(self, outputs: NDArray[Any]) -> NDArray[np.int64]:
        """(N,) the class with the largest output of each row, as its number."""
        return np.asarray(np.argmax(outputs, axis=1), dtype=np.int64)


def rows_checksum(X: NDArray[Any], y: NDArray[Any]) -> int:
    """A number by which rows are known again."""
    return zlib.crc32(np.ascontiguousarray(y).tobytes(), zlib.crc32(np.ascontiguousarray(X).tobytes()))


def _penalty(value: Any) -> float | list[float] | None:
    """One strength, or one a layer."""
    if value is None:
        return None
    if isinstance(value, list):
        return [float(_strength(each)) for each in value]
    return float(_strength(value))


def _strength(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(f"l2 is {value!r}")
    return value


def _split(value: Any) -> Split | None:
    if value is None:
        return None
    split = Split(**value)
    whole = (split.rows, split.seed, split.checksum)
    if not all(isinstance(number, int) for number in whole) or not isinstance(split.validation, (int, float)):
        raise TypeError("its split is no numbers")
    return split


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _one_of(value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(map(str, choices))}")
    return value
