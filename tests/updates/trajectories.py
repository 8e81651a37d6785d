"""The runs in which rules are compared: options, gradients that any machine makes alike, what to remember."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 300
LENGTH = 11
REMEMBERED = (1, 2, 7, 60, 150, STEPS)

# Rules of torch.optim and options of theirs.
TORCH_RUNS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"weight_decay": 0.1, "maximize": True}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    ("Adagrad", {"maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {"momentum": 0.8}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "alpha": 0.9}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"betas": (0.5, 0.75), "eps": 1e-3, "maximize": True}),
    ("Adam", {"weight_decay": 0.1, "amsgrad": True}),
    ("Adam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.3, "amsgrad": True, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"momentum_decay": 0.1, "weight_decay": 0.1, "betas": (0.8, 0.9)}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"weight_decay": 0.1, "betas": (0.8, 0.9), "eps": 1e-3}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"weight_decay": 0.1, "betas": (0.5, 0.9), "eps": 1e-3, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.05), "maximize": True}),
]

# Forms that torch.optim has not.
OTHER_FORMS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"momentum": 0.9, "form": "velocity"}),
    ("SGD", {"momentum": 0.9, "form": "velocity", "nesterov": True, "weight_decay": 0.05}),
    ("SGD", {"momentum": 0.9, "form": "average"}),
    ("SGD", {"momentum": 0.9, "form": "average", "nesterov": True}),
    ("SGD", {"momentum": 0.9, "form": "average", "unbiased": True, "maximize": True}),
    ("SGD", {"momentum": 0.9, "form": "average", "unbiased": True, "nesterov": True, "weight_decay": 0.05}),
    ("SGD", {"momentum": 0.9, "nesterov": "lookahead", "weight_decay": 0.05}),
    ("SGD", {"momentum": 0.9, "nesterov": "lookahead", "form": "velocity", "weight_decay": 0.05}),
    ("SGD", {"momentum": 0.9, "nesterov": "lookahead", "form": "average", "unbiased": True}),
    ("SGD", {"momentum": 0.5, "nesterov": "lookahead_whole_step", "form": "average", "weight_decay": 0.05}),
    ("SGD", {"momentum": 0.5, "nesterov": "lookahead_whole_step", "form": "average", "unbiased": True}),
    ("Adagrad", {"eps": 1e-3, "eps_inside_sqrt": True}),
    ("Adagrad", {"eps": 0.0}),
    ("RMSprop", {"eps": 1e-3, "eps_inside_sqrt": True}),
    ("RMSprop", {"eps": 0.0, "alpha": 0.9}),
    ("RMSprop", {"momentum": 0.9, "form": "velocity", "eps_inside_sqrt": True, "nesterov": "lookahead"}),
    ("RMSprop", {"momentum": 0.9, "form": "average", "unbiased": True, "eps": 1e-3, "nesterov": True}),
    (
        "RMSprop",
        {"momentum": 0.9, "centered": True, "eps": 0.1, "weight_decay": 0.1, "nesterov": "lookahead"},
    ),
    ("Adam", {"bias_correction": False}),
    ("Adam", {"eps": 1e-3, "eps_inside_sqrt": True}),
    ("Adam", {"eps": 0.0}),
    ("Adam", {"betas": (0.0, 0.0)}),
    ("AdamW", {"bias_correction": False, "eps_inside_sqrt": True}),
    ("NAdam", {"eps_inside_sqrt": True, "eps": 1e-3}),
    ("Adamax", {"eps": 0.0}),
    ("Lion", {}),
    ("Lion", {"betas": (0.5, 0.75), "weight_decay": 0.1, "maximize": True}),
]
FORMS = TORCH_RUNS + OTHER_FORMS


def title(value: object) -> str:
    """A run in the words of a test's name."""
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items()) or "defaults"
    return str(value)


def start(length: int = LENGTH) -> NDArray[np.float64]:
    return np.linspace(-2.0, 3.0, length)


def gradient_at(theta: NDArray[Any], t: int) -> NDArray[np.float64]:
    """A valley of several widths, and noise that is the same everywhere, with exact zeros and lulls."""
    i = np.arange(theta.size, dtype=np.float64)
    noise = np.sin(1.0 + 2.3 * i + 1.7 * t) * (1 + np.cos(0.1 * t))
    gradient = 4.0 ** (i % 5 - 2) * theta + noise
    return np.where((t + i) % 13 == 0, 0.0, gradient)


def travel(step: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Take the steps, ``step(gradient)`` returning theta; the result is theta after those remembered."""
    theta, kept = start(), []
    for t in range(1, STEPS + 1):
        theta = step(gradient_at(theta, t))
        if t in REMEMBERED:
            kept.append(theta.copy())
    return np.array(kept)
