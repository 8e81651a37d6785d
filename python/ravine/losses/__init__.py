"""Losses L(f, y): what is summed over the samples, as a function of the network's outputs f.

Wherever a loss is asked for, an object of this package or its name does: ``"huber"`` is ``Huber()``. Outputs
are raw, (N, c), a row a sample. Formulas of the derivatives: docs/losses.md.
"""

from __future__ import annotations

from ravine.losses.base import Loss, LossTerms
from ravine.losses.classification import BinaryCrossEntropy, CrossEntropy, Hinge, SquaredHinge
from ravine.losses.custom import Custom
from ravine.losses.regression import Cosine, Gaussian, Huber, Poisson, PseudoHuber, SquaredError

__all__ = [
    "BinaryCrossEntropy",
    "Cosine",
    "CrossEntropy",
    "Custom",
    "Gaussian",
    "Hinge",
    "Huber",
    "Loss",
    "LossTerms",
    "Poisson",
    "PseudoHuber",
    "SquaredError",
    "SquaredHinge",
    "as_loss",
]

NAMED: dict[str, type[Loss]] = {
    kind.name: kind
    for kind in (
        SquaredError,
        CrossEntropy,
        BinaryCrossEntropy,
        Huber,
        PseudoHuber,
        Poisson,
        Cosine,
        Hinge,
        SquaredHinge,
        Gaussian,
    )
}
"""The losses that a name is enough for."""


def as_loss(loss: str | Loss) -> Loss:
    """Return the loss of that name, with its default parameters, or the object itself.

    >>> import ravine as rv
    >>> rv.losses.as_loss("huber")
    Huber(delta=1.0)
    """
    if isinstance(loss, Loss) and type(loss) is not Loss:
        return loss
    if not isinstance(loss, str) or loss not in NAMED:
        names = ", ".join(NAMED)
        raise ValueError(f"loss must be an object of ravine.losses or one of {names}, got {loss!r}")
    return NAMED[loss]()
