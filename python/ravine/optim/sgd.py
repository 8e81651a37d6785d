"""Gradient descent, and momentum in the forms in which books write it."""

from __future__ import annotations

from ravine.optim.optimizer import Optimizer

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent, with momentum if asked: θ ← θ - lr v.

    v ← momentum v + (1 - dampening) g, v = g at the first update, where g includes weight_decay θ; without
    momentum v = g. Source: torch.optim.SGD; Polyak 1964; Sutskever et al. 2013.

    Parameters
    ----------
    lr : rate ≥ 0, may be set later.
    momentum : ≥ 0; if > 0, may be set later.
    dampening : in [0, 1]; 0 with `nesterov` and for the other forms.
    weight_decay : ≥ 0.
    nesterov : needs momentum > 0. True: the one-point form, in which the step is lr (g + momentum v).
        ``"lookahead"``: the exact two-point form, whose gradient is to be taken at ``look_ahead(theta)``,
        θ - lr momentum v; `fit` does so. ``"lookahead_whole_step"``: at θ - lr v, as one source writes it.
    maximize : ascend instead.
    form : ``"sum"`` is the above. ``"velocity"`` (Goodfellow et al. 2016, chapter 8): v ← momentum v - lr g,
        θ ← θ + v. ``"average"``: u ← momentum u + (1 - momentum) g, θ ← θ - lr u, momentum < 1. Each has its
        own look-ahead (docs/update_rules.md).
    unbiased : of the average: divide u by 1 - momentumᵗ, t = 1 at the first update.

    State: ``momentum_buffer`` (v or u) if there is momentum.

    >>> import numpy as np, ravine as rv
    >>> theta = np.array([1.0, -1.0])
    >>> rv.optim.SGD(lr=0.5).step(theta, gradient=np.array([1.0, 1.0]))
    >>> theta
    array([ 0.5, -1.5])
    """

    rule = "SGD"

    def __init__(
        self,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool | str = False,
        *,
        maximize: bool = False,
        form: str = "sum",
        unbiased: bool = False,
    ) -> None:
        super().__init__(
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
            form=form,
            unbiased=unbiased,
        )
