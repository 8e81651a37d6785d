"""How good the parameters are on data that they were not trained on."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ravine.losses import Loss
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.probabilities import mean_loss, validation_metric

__all__ = ["Validation", "validation_of"]


class Validation:
    """What validation data say about a network."""

    def __init__(self, net: MLP, risk: EmpiricalRisk) -> None:
        self._net = net
        self._risk = risk

    @property
    def inputs(self) -> NDArray[Any]:
        """X of the validation data."""
        return self._risk._inputs

    def of(self, net: MLP) -> Validation:
        """The same for another network of the same architecture."""
        return Validation(net, self._risk)

    def value(self, theta: NDArray[Any]) -> float:
        """Return the mean loss at any theta."""
        return self._risk.value(theta)

    def figures(self) -> dict[str, float]:
        """Return the fields of an EpochRecord that speak of validation, at the network's theta."""
        outputs = self._net.predict(self._risk._inputs)
        data = (self._risk.loss_function, outputs, self._risk._targets, self._risk._weights)
        metric, metric_error = validation_metric(*data)
        _, loss_error = mean_loss(*data)
        return {
            "validation_loss": self._risk.value(self._net.theta),
            "validation_metric": metric,
            "validation_loss_error": loss_error,
            "validation_metric_error": metric_error,
        }


def validation_of(net: MLP, data: Any, loss: str | Loss, missing: str = "refuse") -> Validation:
    """Return the validation on a pair (X, y); what is wrong with it is told under that name."""
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(f"validation_data must be a pair (X, y), got {type(data).__name__}")
    try:
        return Validation(net, EmpiricalRisk(net, data[0], data[1], loss, missing=missing))
    except (TypeError, ValueError) as error:
        raise type(error)(f"validation_data: {error}") from error
