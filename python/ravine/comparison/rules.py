"""The rules that are compared unless others are given, at rates that suit the problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ravine import optim
from ravine.comparison.problem import TrainingProblem
from ravine.optim import Optimizer
from ravine.surfaces import Beale, Cliff, Plateau, Ravine, Rosenbrock, Saddle, Surface

__all__ = ["Rules", "all_rules", "default_rules", "fresh_rules"]

Rules = Mapping[str, Any] | Sequence[Optimizer]
"""Rules by name (each an optimiser, or a function that makes one), or optimisers alone."""

_DEFAULT = ("SGD", "momentum", "Nesterov", "Adagrad", "RMSprop", "Adam")


def default_rules(problem: Surface | TrainingProblem) -> dict[str, Optimizer]:
    """Gradient descent, momentum, Nesterov's, Adagrad, RMSprop and Adam, at rates that suit the problem.

    On a :class:`ravine.surfaces.Ravine` of condition κ: 1.8/κ for descent, whose stable rates end at 2/κ, and
    1/κ with momentum. Else, and for the other rules: round rates that arrive in few updates from the
    surface's own start, or that suit standardised inputs and mini-batches.

    >>> import ravine as rv
    >>> rv.comparison.default_rules(rv.surfaces.Ravine(condition=50))["SGD"].lr
    0.036
    """
    rules = all_rules(problem)
    return {name: rules[name] for name in _DEFAULT}


def all_rules(problem: Surface | TrainingProblem) -> dict[str, Optimizer]:
    """Every rule of :mod:`ravine.optim`, and the forms of momentum, at rates that suit the problem.

    >>> import ravine as rv
    >>> len(rv.comparison.all_rules(rv.surfaces.Rosenbrock()))
    13
    """
    column = _PROBLEMS.index(type(problem)) if type(problem) in _PROBLEMS else len(_PROBLEMS)
    made: dict[str, Optimizer] = {}
    for name, (make, rates) in _RULES.items():
        rate = rates[column]
        if isinstance(problem, Ravine) and name in _DESCENT:
            rate *= Ravine().condition / problem.condition
        made[name] = make(rate)
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
    for k, rule in enumerate(rules):
        if not isinstance(rule, Optimizer):
            raise TypeError(f"optimizers[{k}] must be a rule of ravine.optim, got {rule!r}")
    kinds = [type(rule).__name__ for rule in rules]
    return {
        kind if kinds.count(kind) == 1 else f"{rule!r} ({k + 1})": rule
        for k, (kind, rule) in enumerate(zip(kinds, rules, strict=True))
    }


def _maker(name: Any, rule: Any) -> tuple[str, Callable[[], Optimizer]]:
    """Optimisers are made anew from their options: what one run leaves behind must not reach the next."""
    if isinstance(rule, Optimizer):
        options = rule.state_dict()["options"]  # with the rate and the momentum of this moment
        return repr(rule), lambda: type(rule)(**options)
    if not callable(rule):
        raise TypeError(
            f"optimizers[{name!r}] must be a rule of ravine.optim or a function that makes one, "
            f"got {type(rule).__name__}"
        )
    made = rule()
    if not isinstance(made, Optimizer):
        raise TypeError(f"optimizers[{name!r}]() must give a rule of ravine.optim, got {type(made).__name__}")
    return repr(made), rule


def _momentum(lr: float) -> Optimizer:
    return optim.SGD(lr=lr, momentum=0.9)


def _nesterov(lr: float) -> Optimizer:
    return optim.SGD(lr=lr, momentum=0.9, nesterov=True)


_DESCENT = ("SGD", "momentum", "Nesterov")
_PROBLEMS: tuple[type, ...] = (Ravine, Rosenbrock, Beale, Saddle, Cliff, Plateau, TrainingProblem)
# Rates on the problems in this order, and on any other surface.
_RULES: dict[str, tuple[Callable[[float], Optimizer], tuple[float, ...]]] = {
    "SGD": (optim.SGD, (0.018, 2e-3, 0.02, 0.1, 2e-4, 0.5, 0.1, 0.01)),
    "momentum": (_momentum, (0.01, 1e-3, 0.01, 0.1, 1e-5, 0.2, 0.02, 0.01)),
    "Nesterov": (_nesterov, (0.01, 1e-3, 5e-3, 0.1, 2e-5, 0.2, 0.02, 0.01)),
    "Adagrad": (optim.Adagrad, (1.0, 1.0, 0.5, 0.1, 0.1, 0.2, 0.02, 0.1)),
    "RMSprop": (optim.RMSprop, (0.1, 5e-3, 0.05, 0.02, 0.01, 0.02, 1e-3, 0.01)),
    "Adam": (optim.Adam, (0.2, 0.2, 0.1, 0.1, 0.05, 0.1, 5e-3, 0.1)),
    "Adadelta": (optim.Adadelta, (10.0, 0.1, 1.0, 10.0, 1.0, 1.0, 1.0, 1.0)),
    "AdamW": (optim.AdamW, (0.2, 0.2, 0.1, 0.1, 0.05, 0.1, 5e-3, 0.1)),
    "NAdam": (optim.NAdam, (0.2, 0.05, 0.1, 0.1, 0.05, 0.1, 5e-3, 0.05)),
    "RAdam": (optim.RAdam, (0.05, 5e-3, 0.02, 0.1, 1e-3, 0.2, 0.01, 0.01)),
    "Adamax": (optim.Adamax, (0.5, 0.5, 0.2, 0.1, 0.05, 0.1, 0.01, 0.1)),
    "Rprop": (optim.Rprop, (0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01)),
    "Lion": (optim.Lion, (0.05, 5e-3, 0.01, 0.05, 5e-3, 0.02, 5e-4, 0.01)),
}
