"""Checks that the functions on layers share."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["require_index", "require_iterable", "require_network"]


def require_network(value: Any, name: str) -> None:
    """Raise TypeError unless the value is a network."""
    from ravine.network import MLP  # late: the network itself uses the initialisers

    if not isinstance(value, MLP):
        raise TypeError(f"{name} must be a ravine.MLP, got {type(value).__name__}")


def require_index(value: Any, count: int, name: str) -> int:
    """Return the value as an int if it is one of 0 … count - 1."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if not 0 <= value < count:
        raise ValueError(f"{name} must lie in [0, {count}), got {value}")
    return int(value)


def require_iterable(value: Any, name: str) -> None:
    """Raise TypeError for text, a single number and the like."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name} must be a sequence of layer indices, got {value!r}")
