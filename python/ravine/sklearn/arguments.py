"""The arguments of an estimator, checked when it is fitted: scikit-learn sets them without looking."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ravine.arrays import non_negative, positive, require_count

__all__ = ["check_arguments", "hidden_widths", "keep"]


def hidden_widths(value: Any) -> list[int]:
    """Return the widths of the hidden layers: of one, or of several, or of none."""
    widths = value if isinstance(value, Iterable) and not isinstance(value, (str, bytes)) else [value]
    try:
        return [require_count(width, "hidden_layer_sizes") for width in widths]
    except ValueError:
        raise ValueError(f"hidden_layer_sizes must be > 0, got {value!r}") from None


def _one_of(*names: str | None) -> Callable[[Any, str], None]:
    def check(value: Any, name: str) -> None:
        if not isinstance(value, (str, type(None))) or value not in names:
            raise ValueError(f"{name} must be one of {', '.join(map(str, names))}, got {value!r}")

    return check


def _truth(value: Any, name: str) -> None:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def _share(value: Any, name: str) -> None:
    if not non_negative(value, name) < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value}")


def _momentum(value: Any, name: str) -> None:
    if not non_negative(value, name) <= 1:
        raise ValueError(f"{name} must lie in [0, 1], got {value}")


def _strength(value: Any, name: str) -> None:
    if value != "evidence":
        non_negative(value, name)


def _patience(value: Any, name: str) -> None:
    if value != math.inf:
        require_count(value, name)


def _batch(value: Any, name: str) -> None:
    if value != "auto":
        require_count(value, name)


def _verbose(value: Any, name: str) -> None:
    if not isinstance(value, (bool, np.bool_)):
        require_count(value, name, least=0)


def _options(value: Any, name: str) -> None:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict of options by name, or None, got {value!r}")


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "hidden_layer_sizes": lambda value, _: hidden_widths(value),
    "activation": _one_of(
        *("identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "sin")
    ),
    "loss": _one_of("squared_error", "poisson", "huber", "pseudo_huber"),
    "alpha": _strength,
    "batch_size": _batch,
    "learning_rate": _one_of("constant", "invscaling", "adaptive"),
    "learning_rate_init": positive,
    "power_t": non_negative,
    "max_iter": require_count,
    "shuffle": _truth,
    "tol": non_negative,
    "verbose": _verbose,
    "warm_start": _truth,
    "momentum": _momentum,
    "nesterovs_momentum": _truth,
    "early_stopping": _truth,
    "validation_fraction": _share,
    "beta_1": _share,
    "beta_2": _share,
    "epsilon": positive,
    "n_iter_no_change": _patience,
    "max_fun": require_count,
    "standardize": _truth,
    "solver_options": _options,
    "uncertainty": _one_of(None, "laplace"),
}


def check_arguments(estimator: Any) -> None:
    """Raise ValueError or TypeError for the first argument that breaks its rule."""
    for name, value in estimator.get_params(deep=False).items():
        if name in _CHECKS:
            _CHECKS[name](value, name)


def keep(estimator: Any, arguments: dict[str, Any]) -> None:
    """Set the arguments of a constructor as attributes, as they are: what scikit-learn asks of one."""
    vars(estimator).update(
        {name: value for name, value in arguments.items() if name not in ("self", "__class__")}
    )
