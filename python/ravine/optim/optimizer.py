"""What every update rule is: steps on anyone's buffers, and a state that is named, saved and restored."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.optim.buffers import in_place, refuse_not_finite
from ravine.optim.options import numbers_of

__all__ = ["Optimizer"]

_KEYS = ("rule", "options", "updates", "momentum_product", "sizes", "state")


class Optimizer(_core.Optimizer):
    """An update rule with its options and its state; each rule is a class of its own (``rv.optim.Adam``, …).

    * ``lr`` may be set between updates, and so may ``momentum``, where the rule has one: that of `SGD` and
      `RMSprop`, β₁ of the others. Bias corrections stay exact when it varies.
    * ``updates`` counts the steps; ``state`` has copies of the state vectors by name (those of torch.optim),
      empty before the first step; ``options`` are those that the rule was made with.
    * ``looks_ahead``: with ``nesterov="lookahead"`` the gradient is wanted at ``look_ahead(theta)``.
    """

    rule: ClassVar[str]

    def __init__(self, **options: Any) -> None:
        if type(self) is Optimizer:
            raise TypeError("Optimizer is what all rules share; make one of them, such as ravine.optim.Adam")
        _core.Optimizer.__init__(self, self.rule, numbers_of(options))
        self.options = {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}

    def step(self, theta: Any, gradient: Any, check_finite: bool = True) -> None:
        """Change `theta` in place by one update.

        Parameters
        ----------
        theta : a writable C-contiguous float32 or float64 array of any shape, or a list of such arrays, which
            then are one vector to the rule. A CPU tensor of PyTorch is as good, unless it requires grad.
        gradient : of the same dtype and shape, or as many of them, apart from `theta` in memory.
        check_finite : look at the gradient first: ValueError if it has a NaN or an infinity. False saves that
            pass, which counts where memory is the bound; they then go the way of IEEE arithmetic, as in
            torch.optim.

        The first step makes the state. Raises TypeError or ValueError, and changes nothing, if the buffers do
        not fit: later ones must have the sizes and the dtype of the first.

        >>> import numpy as np, ravine as rv
        >>> weight, bias = np.ones((2, 2)), np.zeros(2)
        >>> rv.optim.SGD(lr=0.5).step([weight, bias], [np.ones((2, 2)), np.ones(2)])
        >>> weight, bias
        (array([[0.5, 0.5],
               [0.5, 0.5]]), array([-0.5, -0.5]))
        """
        if type(theta) is not np.ndarray or type(gradient) is not np.ndarray:
            theta, gradient = in_place(theta, "theta"), in_place(gradient, "gradient")
        if not self.try_step(theta, gradient, check_finite):
            refuse_not_finite(gradient)

    def look_ahead(self, theta: Any, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return the point at which Nesterov's two-point form wants the gradient; `theta` stays.

        It is where momentum alone would carry `theta`; for a rule without look-ahead, and before the first
        update, it is `theta` itself.

        >>> import numpy as np, ravine as rv
        >>> opt = rv.optim.SGD(lr=1.0, momentum=0.5, nesterov="lookahead")
        >>> theta = np.array([4.0])
        >>> for _ in range(2):
        ...     opt.step(theta, gradient=opt.look_ahead(theta) / 2)
        >>> theta
        array([0.5])
        """
        array = in_place(theta, "theta")
        if not isinstance(array, np.ndarray):
            raise TypeError(f"theta must be one array, got {type(theta).__name__}")
        point = np.empty_like(array) if out is None else out
        self.write_look_ahead(array, point)
        return point

    def state_dict(self) -> dict[str, Any]:
        """Return all that :meth:`load_state_dict` needs to go on from here; later steps do not change it.

        ``rule``, ``options`` (with the rate and momentum of now), ``updates``, ``momentum_product`` (of all
        updates, for bias corrections), ``sizes`` (of the arrays stepped on) and ``state`` (copies of the
        state vectors, each for all arrays one after the other). All but the vectors can be written as JSON.

        >>> import numpy as np, ravine as rv
        >>> opt = rv.optim.Adam()
        >>> opt.step(np.zeros(2), np.ones(2))
        >>> saved = opt.state_dict()
        >>> saved["rule"], saved["updates"], sorted(saved["state"])
        ('Adam', 1, ['exp_avg', 'exp_avg_sq'])
        """
        return {
            "rule": self.rule,
            "options": self._current_options(),
            "updates": self.updates,
            "momentum_product": self.momentum_product,
            "sizes": self.sizes,
            "state": self.state,
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Put a saved state in place, with its rate and momentum: what follows is what would have followed.

        Raises ValueError or TypeError, and changes nothing, if the dict is of another rule, of other options,
        or damaged.
        """
        numbers = self._checked_numbers(saved)
        rate, key = self.lr, self._momentum_key()
        momentum = None if key is None else self.momentum
        try:
            self.lr = numbers["lr"]
            if key is not None:
                self.momentum = numbers[key]
            self.restore(saved["updates"], saved["momentum_product"], saved["sizes"], saved["state"])
        except BaseException:
            self.lr = rate
            if momentum is not None:
                self.momentum = momentum
            raise

    def _checked_numbers(self, saved: dict[str, Any]) -> dict[str, float]:
        """The options of a state dict that fits this optimizer, as numbers."""
        if not isinstance(saved, dict):
            raise TypeError(f"state dict must be a dict, got {type(saved).__name__}")
        if missing := [key for key in _KEYS if key not in saved]:
            raise ValueError(f"state dict lacks {', '.join(missing)}")
        if saved["rule"] != self.rule:
            raise ValueError(f"state dict is of rule {saved['rule']!r}, expected {self.rule!r}")
        for key, value in (("updates", [saved["updates"]]), ("sizes", saved["sizes"])):
            whole = isinstance(value, (list, tuple)) and all(type(n) is int and n >= 0 for n in value)
            if not whole:
                raise ValueError(f"state dict has {key}={saved[key]!r}, expected whole numbers, not negative")
        if not isinstance(saved["options"], dict):
            raise TypeError(f"state dict has options {saved['options']!r}, expected a dict")
        ours, theirs = numbers_of(self.options), numbers_of(saved["options"])
        for name in dict.fromkeys([*ours, *theirs]):
            may_vary = name in ("lr", self._momentum_key())
            if name not in theirs or (not may_vary and ours.get(name) != theirs[name]):
                raise ValueError(
                    f"state dict has {name}={theirs.get(name)}, this optimizer {name}={ours.get(name)}"
                )
        return theirs

    def _momentum_key(self) -> str | None:
        """The name of the number that `momentum` is, if this rule has one."""
        if not hasattr(self, "momentum"):
            return None
        return "momentum" if "momentum" in self.options else "betas[0]"

    def _current_options(self) -> dict[str, Any]:
        current = {**self.options, "lr": self.lr}
        key = self._momentum_key()
        if key == "momentum":
            current["momentum"] = self.momentum
        elif key is not None:
            current["betas"] = (self.momentum, float(self.options["betas"][1]))
        return current

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._current_options().items())
        return f"{type(self).__name__}({options})"
