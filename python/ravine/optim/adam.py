"""Adam and its relatives: running averages of the gradient and of its size."""

from __future__ import annotations

from ravine.optim.optimizer import Optimizer

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]


class Adam(Optimizer):
    """Adam: θ ← θ - lr m̂/(√v̂ + ε), with running averages m of g and v of g², corrected for their start at 0.

    m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ), t = 1, 2, …; g includes
    weight_decay θ. ε stands after the correction, and 0/0 is 0 where ε = 0. Source: Kingma and Ba 2015, in
    torch.optim.Adam's form.

    Parameters
    ----------
    lr : rate ≥ 0, may be set later.
    betas : β₁ and β₂ in [0, 1); β₁ may be set later, as ``momentum``.
    eps : ε ≥ 0.
    weight_decay : ≥ 0.
    amsgrad : divide by the largest v so far (Reddi et al. 2018).
    maximize : ascend instead.
    decoupled_weight_decay : θ ← (1 - lr weight_decay) θ beside the update, as :class:`AdamW` does.
    bias_correction : False: m̂ = m, v̂ = v.
    eps_inside_sqrt : divide by √(v̂ + ε).

    State: ``exp_avg`` (m), ``exp_avg_sq`` (v), ``max_exp_avg_sq`` with `amsgrad`.

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(2)
    >>> rv.optim.Adam(lr=0.1, eps=0.0).step(theta, gradient=np.array([3.0, -4.0]))
    >>> theta
    array([-0.1,  0.1])
    """

    rule = "Adam"

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        bias_correction: bool = True,
        eps_inside_sqrt: bool = False,
    ) -> None:
        super().__init__(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
            bias_correction=bias_correction,
            eps_inside_sqrt=eps_inside_sqrt,
        )


class AdamW(Adam):
    """:class:`Adam` with decoupled weight decay, θ ← (1 - lr weight_decay) θ beside the update.

    Source: Loshchilov and Hutter 2019, in torch.optim.AdamW's form. Parameters and state are Adam's.

    >>> import numpy as np, ravine as rv
    >>> theta = np.array([1.0, 1.0])
    >>> rv.optim.AdamW(lr=0.5, weight_decay=0.5).step(theta, gradient=np.zeros(2))
    >>> theta
    array([0.75, 0.75])
    """

    rule = "AdamW"

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        bias_correction: bool = True,
        eps_inside_sqrt: bool = False,
    ) -> None:
        Optimizer.__init__(
            self,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            bias_correction=bias_correction,
            eps_inside_sqrt=eps_inside_sqrt,
        )


class NAdam(Optimizer):
    """Adam with Nesterov's momentum: θ ← θ - lr ((1-μ_t) g/(1-Πμ) + μ_{t+1} m/(1-μ_{t+1} Πμ))/(√v̂ + ε).

    μ_t = β₁(1 - ½ 0.96^(t momentum_decay)), Πμ = μ_1 … μ_t; m, v, v̂ and g as for :class:`Adam`. Source: Dozat
    2016, in torch.optim.NAdam's form.

    Parameters
    ----------
    lr, betas, eps, weight_decay, maximize, decoupled_weight_decay, eps_inside_sqrt : as for :class:`Adam`.
    momentum_decay : ≥ 0.

    State: ``exp_avg`` (m), ``exp_avg_sq`` (v); ``momentum_product`` is Πμ.

    >>> import numpy as np, ravine as rv
    >>> theta, opt = np.zeros(1), rv.optim.NAdam(lr=0.1, betas=(0.0, 0.0), eps=0.0)
    >>> opt.step(theta, gradient=np.array([3.0]))
    >>> theta
    array([-0.1])
    """

    rule = "NAdam"

    def __init__(
        self,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        eps_inside_sqrt: bool = False,
    ) -> None:
        super().__init__(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
            eps_inside_sqrt=eps_inside_sqrt,
        )


class RAdam(Optimizer):
    """Adam, its step rectified while v has seen little: θ ← θ - lr ρ(t) √(1-β₂ᵗ) m̂/(√v + ε), at first lr m̂.

    ρ_∞ = 2/(1-β₂) - 1, ρ_t = ρ_∞ - 2tβ₂ᵗ/(1-β₂ᵗ); where ρ_t > 5,
    ρ(t)² = (ρ_t-4)(ρ_t-2)ρ_∞/((ρ_∞-4)(ρ_∞-2)ρ_t), before that the step is lr m̂. m, v, m̂ and g as for
    :class:`Adam`. Source: Liu et al. 2020, in torch.optim.RAdam's form.

    Parameters
    ----------
    lr, betas, eps, weight_decay, maximize, decoupled_weight_decay : as for :class:`Adam`.

    State: ``exp_avg`` (m), ``exp_avg_sq`` (v).

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(2)
    >>> rv.optim.RAdam(lr=0.1).step(theta, gradient=np.array([3.0, -4.0]))
    >>> theta
    array([-0.3,  0.4])
    """

    rule = "RAdam"

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )


class Adamax(Optimizer):
    """Adam by the largest gradient: u ← max(β₂u, |g| + ε), θ ← θ - lr m/((1-β₁ᵗ) u).

    m and g as for :class:`Adam`; 0/0 is 0 where ε = 0. Source: Kingma and Ba 2015, algorithm 2, in
    torch.optim.Adamax's form.

    Parameters
    ----------
    lr, betas, eps, weight_decay, maximize : as for :class:`Adam`.

    State: ``exp_avg`` (m), ``exp_inf`` (u).

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(2)
    >>> rv.optim.Adamax(lr=0.1, eps=0.0).step(theta, gradient=np.array([3.0, -4.0]))
    >>> theta
    array([-0.1,  0.1])
    """

    rule = "Adamax"

    def __init__(
        self,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize)
