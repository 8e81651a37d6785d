"""Options as people write them, and as the named numbers that the core takes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

__all__ = ["nearest", "numbers_of"]

FLAGS = frozenset(
    {
        "amsgrad",
        "bias_correction",
        "centered",
        "decoupled_weight_decay",
        "eps_inside_sqrt",
        "maximize",
        "unbiased",
    }
)
PAIRS = frozenset({"betas", "etas", "step_sizes"})
# The core counts the choices of an option from 0.
CHOICES: dict[str, tuple[bool | str, ...]] = {
    "form": ("sum", "velocity", "average"),
    "nesterov": (False, True, "lookahead", "lookahead_whole_step"),
}


def numbers_of(options: Mapping[str, Any]) -> dict[str, float]:
    """Return the options as numbers by name; a pair becomes name[0] and name[1].

    Raises TypeError or ValueError that names the option.

    >>> numbers_of({"lr": 0.1, "betas": (0.9, 0.999), "amsgrad": True, "form": "velocity"})
    {'lr': 0.1, 'betas[0]': 0.9, 'betas[1]': 0.999, 'amsgrad': 1.0, 'form': 1.0}
    """
    numbers: dict[str, float] = {}
    for name, value in options.items():
        if name in PAIRS:
            first, second = _pair(value, name)
            numbers[f"{name}[0]"], numbers[f"{name}[1]"] = first, second
        elif name in CHOICES:
            numbers[name] = _choice(value, name)
        elif name in FLAGS:
            if not isinstance(value, bool):
                raise TypeError(f"{name} must be True or False, got {value!r}")
            numbers[name] = float(value)
        else:
            numbers[name] = _number(value, name)
    return numbers


def nearest(name: str, names: tuple[str, ...]) -> str:
    """Return ``; did you mean 'x'?`` for the name of `names` nearest to `name`, and nothing if none is near.

    >>> nearest("learning_rat", ("learning_rate", "eps"))
    "; did you mean 'learning_rate'?"
    """
    found = difflib.get_close_matches(str(name), names, 1, 0.5)
    return f"; did you mean {found[0]!r}?" if found else ""


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf  # which the core refuses by name


def _pair(value: Any, name: str) -> tuple[float, float]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} must be a pair of numbers, got {value!r}")
    return _number(value[0], f"{name}[0]"), _number(value[1], f"{name}[1]")


def _choice(value: Any, name: str) -> float:
    for number, choice in enumerate(CHOICES[name]):
        if type(value) is type(choice) and value == choice:
            return float(number)
    allowed = ", ".join(repr(choice) for choice in CHOICES[name])
    near = nearest(value, tuple(c for c in CHOICES[name] if isinstance(c, str)))
    raise ValueError(f"{name} must be one of {allowed}, got {value!r}{near}")
