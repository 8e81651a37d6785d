"""First-order update rules, in torch.optim's names, arguments and defaults, on buffers that anyone owns.

docs/update_rules.md has all their forms in a table.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ravine.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from ravine.optim.optimizer import Optimizer
from ravine.optim.options import nearest
from ravine.optim.sgd import SGD
from ravine.optim.signs import Lion, Rprop
from ravine.optim.squares import Adadelta, Adagrad, RMSprop

__all__ = [
    "RULES",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "create",
]

RULES: dict[str, type[Optimizer]] = {
    rule.rule: rule
    for rule in (SGD, Adagrad, RMSprop, Adadelta, Adam, AdamW, NAdam, RAdam, Adamax, Rprop, Lion)
}
"""Every rule by its name."""


def create(rule: str, options: Mapping[str, Any] | None = None) -> Optimizer:
    """Return the rule of this name, whatever its case, with these options, as a file or a command has them.

    Raises ValueError for an unknown rule, TypeError for an unknown option; both tell the nearest name.

    >>> import ravine as rv
    >>> rv.optim.create("rprop", {"lr": 0.5})
    Rprop(lr=0.5, etas=(0.5, 1.2), step_sizes=(1e-06, 50.0), maximize=False)
    >>> rv.optim.create("adam", {"beta": (0.8, 0.99)})
    Traceback (most recent call last):
    TypeError: Adam has no option 'beta'; did you mean 'betas'?
    """
    by_lower_case = {name.lower(): kind for name, kind in RULES.items()}
    kind = by_lower_case.get(str(rule).lower())
    if kind is None:
        near = nearest(str(rule).lower(), tuple(by_lower_case))
        raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}{near}")
    names = tuple(inspect.signature(kind).parameters)
    given = dict(options or {})
    for name in given:
        if name not in names:
            raise TypeError(f"{kind.rule} has no option {name!r}{nearest(name, names)}")
    return kind(**given)
