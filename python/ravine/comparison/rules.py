"""The rules that are compared unless others are given, at rates that suit the problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ravine import optim
from ravine.comparison.problem import TrainingProblem
from ravine.optim import Optimizer
from ravine.surfaces import Beale, Cliff, Plateau, Ravine, Rosenbrock, Saddle, Surface

__all__ = ["Rules", "default_rules", "fresh_rules"]

Rules = Mapping[str, Any] | Sequence[Optimizer]
"""Rules by name (each an optimiser, or a function that makes one), or optimisers alone."""

_DESCENT, _MOMENTUM, _NESTEROV, _ADAM = "SGD", "momentum", "Nesterov", "Adam"


def default_rules(problem: Surface | TrainingProblem) -> dict[str, Optimizer]:
    """Gradient descent, momentum, Nesterov's momentum and Adam, each at a rate that suits the problem.

    On a :class:`Ravine` of condition κ: 1.8/κ for descent, whose stable rates end at 2/κ, and 1/κ with
    momentum. On the other surfaces: round rates that arrive in few updates. On data: rates that suit
    standardised inputs and mini-batches.

    >>> import ravine as rv
    >>> rv.comparison.default_rules(rv.surfaces.Ravine(condition=36))["SGD"].lr
    0.05
    """
    rates = _rates(problem)
    made: dict[str, Optimizer] = {
        _DESCENT: optim.SGD(lr=rates[_DESCENT]),
        _MOMENTUM: optim.SGD(lr=rates[_MOMENTUM], momentum=0.9),
        _NESTEROV: optim.SGD(lr=rates[_NESTEROV], momentum=0.9, nesterov=True),
        _ADAM: optim.Adam(lr=rates[_ADAM]),
    }
    return made


def fresh_rules(rules: Rules) -> dict[str, tuple[str, Callable[[], Optimizer]]]:
    """A description and a maker of new optimisers for each name; those that were given stay untouched."""
    named = dict(rules) if isinstance(rules, Mapping) else _named(rules)
    if not named:
        raise ValueError("optimizers must hold at least one rule, got none")
    return {str(name): _maker(name, rule) for name, rule in named.items()}


def _named(rules: Sequence[Optimizer]) -> dict[str, Any]:
    """Rules by their classes' names; the second of a kind is told apart by what it is."""
    if isinstance(rules, (str, Optimizer)) or not isinstance(rules, Sequence):
        raise TypeError(f"optimizers must be a mapping or a list of rules, got {type(rules).__name__}")
    kinds = [type(rule).__name__ for rule in rules]
    return {
        kind if kinds.count(kind) == 1 else f"{rule!r} ({k + 1})": rule
        for k, (kind, rule) in enumerate(zip(kinds, rules, strict=True))
    }


def _maker(name: Any, rule: Any) -> tuple[str, Callable[[], Optimizer]]:
    """Optimisers are made anew from their options: what one run leaves behind must not reach the next."""
    given = rule  # keeps its own type: the compiled class does not declare options
    if isinstance(rule, Optimizer):
        options = {**given.options, "lr": rule.lr}
        return repr(rule), lambda: type(given)(**options)
    if not callable(rule):
        raise TypeError(
            f"optimizers[{name!r}] must be a rule of ravine.optim or a function that makes one, "
            f"got {type(rule).__name__}"
        )
    made = rule()
    if not isinstance(made, Optimizer):
        raise TypeError(f"optimizers[{name!r}]() must give a rule of ravine.optim, got {type(made).__name__}")
    return repr(made), rule


def _rates(problem: Surface | TrainingProblem) -> dict[str, float]:
    names = (_DESCENT, _MOMENTUM, _NESTEROV, _ADAM)
    if isinstance(problem, Ravine):
        largest = problem.condition
        return dict(zip(names, (1.8 / largest, 1.0 / largest, 1.0 / largest, 0.2), strict=True))
    return dict(zip(names, _RATES.get(type(problem), _RATES[Surface]), strict=True))


# Of descent, momentum, Nesterov and Adam: among 1, 2 and 5 times powers of ten, from each surface's start.
_RATES: dict[type, tuple[float, float, float, float]] = {
    Surface: (0.01, 0.01, 0.01, 0.1),
    Rosenbrock: (0.002, 0.001, 0.001, 0.2),
    Beale: (0.02, 0.01, 0.005, 0.1),
    Saddle: (0.1, 0.1, 0.1, 0.1),
    Cliff: (0.0002, 0.00001, 0.00002, 0.05),
    Plateau: (0.5, 0.2, 0.2, 0.1),
    TrainingProblem: (0.1, 0.02, 0.02, 0.005),
}
