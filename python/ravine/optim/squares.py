"""The rules that divide by the root of a sum or average of squared gradients."""

from __future__ import annotations

from ravine.optim.optimizer import Optimizer

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


class Adagrad(Optimizer):
    """Adagrad: r ← r + g², θ ← θ - lr/(1 + (t-1) lr_decay) g/(√r + ε).

    g includes weight_decay θ; t = 1, 2, …; 0/0 is 0 where ε = 0. Source: Duchi et al. 2011, in
    torch.optim.Adagrad's form.

    Parameters
    ----------
    lr : rate ≥ 0, may be set later.
    lr_decay, weight_decay : ≥ 0.
    initial_accumulator_value : r before the first update, ≥ 0.
    eps : ε ≥ 0.
    maximize : ascend instead.
    eps_inside_sqrt : divide by √(r + ε).

    State: ``sum`` (r).

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(2)
    >>> rv.optim.Adagrad(lr=0.1, eps=0.0).step(theta, gradient=np.array([3.0, -4.0]))
    >>> theta
    array([-0.1,  0.1])
    """

    rule = "Adagrad"

    def __init__(
        self,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        eps_inside_sqrt: bool = False,
    ) -> None:
        super().__init__(
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
            eps_inside_sqrt=eps_inside_sqrt,
        )


class RMSprop(Optimizer):
    """RMSprop: r ← α r + (1-α) g², d = g/(√r + ε), θ ← θ - lr d, or momentum on d.

    With momentum v ← momentum v + d, θ ← θ - lr v. g includes weight_decay θ; 0/0 is 0 where ε = 0. Source:
    Tieleman and Hinton 2012; Graves 2013 (centered); in torch.optim.RMSprop's form.

    Parameters
    ----------
    lr : rate ≥ 0, may be set later.
    alpha : α in [0, 1). (Where a source writes γ for the share of the new square, α is 1 - γ.)
    eps : ε ≥ 0.
    weight_decay : ≥ 0.
    momentum : ≥ 0; if > 0, may be set later.
    centered : divide by the root of r less the square of the average gradient, and never less than 0.
    maximize : ascend instead.
    eps_inside_sqrt : divide by √(r + ε).
    nesterov, form, unbiased : as for :class:`SGD`, with d in the place of g. ``nesterov="lookahead",
        form="velocity", eps_inside_sqrt=True`` is algorithm 8.6 of Goodfellow et al. 2016.

    State: ``square_avg`` (r), ``grad_avg`` if centered, ``momentum_buffer`` if there is momentum.

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(2)
    >>> rv.optim.RMSprop(lr=0.1, alpha=0.75, eps=0.0).step(theta, gradient=np.array([3.0, -4.0]))
    >>> theta
    array([-0.2,  0.2])
    """

    rule = "RMSprop"

    def __init__(
        self,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
        eps_inside_sqrt: bool = False,
        nesterov: bool | str = False,
        form: str = "sum",
        unbiased: bool = False,
    ) -> None:
        super().__init__(
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
            eps_inside_sqrt=eps_inside_sqrt,
            nesterov=nesterov,
            form=form,
            unbiased=unbiased,
        )


class Adadelta(Optimizer):
    """Adadelta: r ← ρ r + (1-ρ) g², d = √(a + ε)/√(r + ε) g, a ← ρ a + (1-ρ) d², θ ← θ - lr d.

    g includes weight_decay θ. Source: Zeiler 2012, in torch.optim.Adadelta's form.

    Parameters
    ----------
    lr : rate ≥ 0, may be set later.
    rho : ρ in [0, 1).
    eps : ε ≥ 0; with 0 nothing ever moves, because a starts at 0.
    weight_decay : ≥ 0.
    maximize : ascend instead.

    State: ``square_avg`` (r), ``acc_delta`` (a).

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(2)
    >>> rv.optim.Adadelta(rho=0.75, eps=1.0).step(theta, gradient=np.array([0.0, -(12.0**0.5)]))
    >>> theta.round(6)
    array([0.      , 1.732051])
    """

    rule = "Adadelta"

    def __init__(
        self,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize)
