"""The rules that follow the signs of gradients."""

from __future__ import annotations

from ravine.optim.optimizer import Optimizer

__all__ = ["Lion", "Rprop"]


class Rprop(Optimizer):
    """Resilient propagation: θ ← θ - sign(g) Δ, each parameter with a step size Δ of its own.

    Δ grows by η⁺ while the sign of its gradient stays, shrinks by η⁻ when it turns (the parameter then waits
    for one update), within `step_sizes`. For gradients of all rows, not of mini-batches. Source: Riedmiller
    and Braun 1993, in torch.optim.Rprop's form.

    Parameters
    ----------
    lr : Δ before the first update, ≥ 0.
    etas : (η⁻, η⁺), 0 < η⁻ < 1 < η⁺.
    step_sizes : least and largest Δ.
    maximize : ascend instead.

    State: ``prev`` (the gradient before, 0 where it turned), ``step_size`` (Δ).

    >>> import numpy as np, ravine as rv
    >>> theta, opt = np.zeros(2), rv.optim.Rprop(lr=1.0)
    >>> for gradient in ([5.0, 5.0], [0.1, -0.1], [0.1, -0.1]):
    ...     opt.step(theta, np.array(gradient))
    >>> theta
    array([-3.64, -0.5 ])
    """

    rule = "Rprop"

    def __init__(
        self,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(lr=lr, etas=etas, step_sizes=step_sizes, maximize=maximize)


class Lion(Optimizer):
    """Lion: θ ← θ - lr (sign(β₁m + (1-β₁)g) + weight_decay θ), then m ← β₂m + (1-β₂)g; sign(0) = 0.

    Source: Chen et al. 2023, algorithm 2. (torch.optim does not have it.)

    Parameters
    ----------
    lr : rate ≥ 0, may be set later; three to ten times smaller than Adam's.
    betas : β₁ and β₂ in [0, 1); β₁ may be set later, as ``momentum``.
    weight_decay : ≥ 0, decoupled.
    maximize : ascend instead.

    State: ``exp_avg`` (m).

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(3)
    >>> rv.optim.Lion(lr=0.5).step(theta, gradient=np.array([3.0, -4.0, 0.0]))
    >>> theta
    array([-0.5,  0.5,  0. ])
    """

    rule = "Lion"

    def __init__(
        self,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(lr=lr, betas=betas, weight_decay=weight_decay, maximize=maximize)
