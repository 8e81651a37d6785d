"""A network and its data as something that rules are compared on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from numpy.typing import ArrayLike

from ravine.network import MLP
from ravine.seeds import Seed

__all__ = ["TrainingProblem"]


@dataclass(frozen=True, eq=False)
class TrainingProblem:
    """What every rule of a comparison trains: this network from its present theta, on these rows.

    Parameters
    ----------
    net, X, y, loss, epochs, batch_size, validation_data, seed : as for :func:`ravine.fit`.
    options : any other argument of :func:`ravine.fit` that all runs share, for example ``{"l2": 1e-4}``.
    name : what tables and pictures call it.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([1, 8, 1], seed=0)
    >>> problem = rv.TrainingProblem(net, np.ones((4, 1)), np.ones(4), epochs=5, name="four ones")
    >>> problem
    TrainingProblem('four ones', MLP([1, 8, 1]), squared_error)
    """

    net: MLP
    X: ArrayLike
    y: ArrayLike
    loss: Any = "squared_error"
    epochs: int = 20
    batch_size: int = 32
    validation_data: tuple[ArrayLike, ArrayLike] | None = None
    seed: Seed = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = "training"

    def __post_init__(self) -> None:
        if not isinstance(self.net, MLP):
            raise TypeError(f"net must be a ravine.MLP, got {type(self.net).__name__}")
        taken = {"optimizer", "net", "X", "y", "loss", "epochs", "batch_size", "validation_data", "seed"}
        if wrong := sorted(taken & set(self.options)):
            raise ValueError(f"options must not hold {wrong[0]!r}: it has a place of its own")
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def __repr__(self) -> str:
        widths = ", ".join(str(n) for n in self.net.widths)
        return f"TrainingProblem({self.name!r}, MLP([{widths}]), {self.loss})"
