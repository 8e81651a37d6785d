"""Everything beside the network that a prediction needs: it travels in the model file as plain JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.datasets import Standardizer
from ravine.model_file import ModelFileError

__all__ = ["CLASSIFICATION", "REGRESSION", "Recipe"]

CLASSIFICATION = "classification"
REGRESSION = "regression"


@dataclass(frozen=True)
class Recipe:
    """How columns become the network's inputs, and its outputs the answer.

    classes : the labels in the order of the outputs; empty for a regression.
    outputs : undoes the standardisation of a regression's target; None for a classification.
    """

    task: str
    target: str
    features: list[str]
    classes: list[str]
    inputs: Standardizer
    outputs: Standardizer | None

    def to_extra(self) -> dict[str, Any]:
        """The same as JSON values, for a model file."""
        return {
            "task": self.task,
            "target": self.target,
            "features": self.features,
            "classes": self.classes,
            "inputs": self.inputs.state_dict(),
            "outputs": None if self.outputs is None else self.outputs.state_dict(),
        }

    @classmethod
    def from_extra(cls, extra: dict[str, Any], widths: list[int]) -> Recipe:
        """The recipe that :meth:`to_extra` wrote, checked against the network; else ModelFileError."""
        if "task" not in extra:
            raise ModelFileError(
                "it holds a network, but no columns to apply it to: it was not made by `ravine train`"
            )
        try:
            outputs = extra["outputs"]
            recipe = cls(
                _one_of(extra["task"], (CLASSIFICATION, REGRESSION)),
                _text(extra["target"]),
                [_text(name) for name in extra["features"]],
                [_text(name) for name in extra["classes"]],
                Standardizer.from_state_dict(extra["inputs"]),
                None if outputs is None else Standardizer.from_state_dict(outputs),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"its description of the columns is damaged ({error})") from error
        classification = recipe.task == CLASSIFICATION
        expected_outputs = len(recipe.classes) if classification else 1
        fits = len(recipe.features) == recipe.inputs.mean.size == widths[0] and expected_outputs == widths[-1]
        if not fits or classification != (recipe.outputs is None):
            raise ModelFileError("its description of the columns does not fit its network")
        return recipe

    def network_inputs(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, n) the features as the network was trained on them."""
        return self.inputs.transform(X)

    def labels(self, outputs: NDArray[Any]) -> NDArray[np.int64]:
        """(N,) the class with the largest output of each row, as its number."""
        return np.asarray(np.argmax(outputs, axis=1), dtype=np.int64)

    def values(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """(N,) predictions of a regression in the unit of the target."""
        if self.outputs is None:
            raise TypeError(f"task = {self.task!r}: only a regression predicts values")
        return self.outputs.inverse_transform(np.asarray(outputs, dtype=np.float64))[:, 0]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _one_of(value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(choices)}")
    return _text(value)
