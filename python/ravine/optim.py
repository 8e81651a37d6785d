"""First-order update rules, in torch.optim's names, arguments and defaults, on buffers that anyone owns."""

from __future__ import annotations

from typing import Any

from ravine import _core

__all__ = ["SGD", "Adam", "Optimizer"]

Optimizer = _core.Optimizer
"""What every rule is: ``step(theta, gradient)``, ``lr``, ``updates``, ``state``."""


class _StateDict:
    """Saving and restoring, the same for every rule."""

    options: dict[str, Any]

    def state_dict(self: Any) -> dict[str, Any]:
        """Return the rule's name, options, number of updates and copies of its state vectors.

        >>> import numpy as np, ravine as rv
        >>> opt = rv.optim.Adam()
        >>> opt.step(np.zeros(2), np.ones(2))
        >>> saved = opt.state_dict()
        >>> saved["rule"], saved["updates"], sorted(saved["state"])
        ('Adam', 1, ['exp_avg', 'exp_avg_sq'])
        """
        options = {**self.options, "lr": self.lr}
        return {"rule": type(self).__name__, "options": options, "updates": self.updates, "state": self.state}

    def load_state_dict(self: Any, saved: dict[str, Any]) -> None:
        """Put a saved state in place, the rate included; what follows equals what would have followed then.

        Raises ValueError, and changes nothing, if the dict is of another rule or of other options.
        """
        if not isinstance(saved, dict):
            raise TypeError(f"state dict must be a dict, got {type(saved).__name__}")
        missing = {"rule", "options", "updates", "state"} - set(saved)
        if missing:
            raise ValueError(f"state dict lacks {', '.join(sorted(missing))}")
        if not isinstance(saved["options"], dict) or "lr" not in saved["options"]:
            raise ValueError(
                f"state dict has options {saved['options']!r}, expected a dict with lr and the rest"
            )
        if saved["rule"] != type(self).__name__:
            raise ValueError(f"state dict is of rule {saved['rule']!r}, expected {type(self).__name__!r}")
        for name, value in self.options.items():
            if name != "lr" and not _same(saved["options"].get(name), value):
                raise ValueError(
                    f"state dict has {name}={saved['options'].get(name)!r}, this optimizer {name}={value!r}"
                )
        rate = self.lr
        self.lr = saved["options"]["lr"]
        try:
            self.restore(saved["updates"], saved["state"])
        except BaseException:
            self.lr = rate
            raise

    def __repr__(self: Any) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in {**self.options, "lr": self.lr}.items())
        return f"{type(self).__name__}({options})"


def _same(saved: Any, value: Any) -> bool:
    return type(saved) is type(value) and bool(saved == value)


def _pair(value: Any, name: str) -> tuple[float, float]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} must be a pair of numbers, got {value!r}")
    return value[0], value[1]


class SGD(_StateDict, _core.SGD):
    """Gradient descent, with momentum if asked: θ ← θ - lr v.

    g ← g + weight_decay θ; v ← momentum v + (1 - dampening) g, v = g at the first update; with `nesterov` the
    step is lr (g + momentum v). Source: torch.optim.SGD; Sutskever et al. 2013.

    Parameters
    ----------
    lr : rate ≥ 0, may be set later.
    momentum : ≥ 0.
    dampening : 0 with `nesterov`.
    weight_decay : ≥ 0.
    nesterov : needs momentum > 0.

    ``step(theta, gradient)`` changes `theta` in place: a writable float32 or float64 vector, with `gradient`
    of the same kind, both contiguous, apart in memory. The first step makes the state (``momentum_buffer``).

    >>> import numpy as np, ravine as rv
    >>> theta = np.array([1.0, -1.0])
    >>> rv.optim.SGD(lr=0.5).step(theta, gradient=np.array([1.0, 1.0]))
    >>> theta
    array([ 0.5, -1.5])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        _core.SGD.__init__(self, lr, momentum, dampening, weight_decay, nesterov)
        self.options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }


class Adam(_StateDict, _core.Adam):
    """Adam: θ ← θ - lr m̂/(√v̂ + ε), with running averages m of g and v of g², corrected for their start at 0.

    m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ), t = 1, 2, …; g includes
    weight_decay θ. ε stands after the correction, and 0/0 is 0 where ε = 0. Source: Kingma and Ba 2015, in
    torch.optim.Adam's form.

    Parameters
    ----------
    lr : rate ≥ 0, may be set later.
    betas : β₁ and β₂ in [0, 1).
    eps : ε ≥ 0.
    weight_decay : ≥ 0.

    ``step(theta, gradient)`` as for :class:`SGD`; state ``exp_avg`` (m) and ``exp_avg_sq`` (v).

    >>> import numpy as np, ravine as rv
    >>> theta = np.zeros(2)
    >>> rv.optim.Adam(lr=0.1, eps=0.0).step(theta, gradient=np.array([3.0, -4.0]))
    >>> theta
    array([-0.1,  0.1])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        beta1, beta2 = _pair(betas, "betas")
        _core.Adam.__init__(self, lr, beta1, beta2, eps, weight_decay)
        self.options = {"lr": lr, "betas": (beta1, beta2), "eps": eps, "weight_decay": weight_decay}
