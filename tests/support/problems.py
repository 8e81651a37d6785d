"""Networks, data and risks to try: the compiled ones, and beside them the textbook's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

import ravine as rv
from ravine import reference

Array = NDArray[Any]

ACTIVATIONS = sorted(reference.ACTIVATIONS)
SMOOTH = [name for name in ACTIVATIONS if name not in ("relu", "leaky_relu", "elu")]
# The losses that the large matrices of tests run over; those that follow are looked at in tests/losses.
LOSSES = ["binary_cross_entropy", "cross_entropy", "squared_error"]
DTYPES = ["float32", "float64"]


def sine(rows: int = 60, seed: int = 0, noise: float = 0.1) -> tuple[Array, Array]:
    """A sine with noise, at random points of [-1, 1]: X (rows, 1), y (rows,)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (rows, 1))
    return x, np.sin(3 * x[:, 0]) + noise * rng.normal(size=rows)


def half_square(f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """Squared error as a function of one's own: values, gradients and Hessians of the rows."""
    residuals, n = f - y, f.shape[1]
    return 0.5 * (residuals**2).sum(axis=1), residuals, np.broadcast_to(np.eye(n), (len(f), n, n)).copy()


@dataclass(frozen=True)
class Problem:
    """A network, its data and its risk, all decided by these few words; see :func:`problems`."""

    widths: tuple[int, ...] = (4, 6, 5, 3)
    activations: tuple[str, ...] = ("tanh", "tanh", "identity")
    biases: tuple[bool, ...] = (True, True, True)
    loss: str = "squared_error"
    dtype: str = "float64"
    rows: int = 13
    l2: float = 0.0
    weighted: bool = False
    reduction: str = "mean"
    labels: bool = True
    seed: int = 0
    X: Array = field(init=False, repr=False, compare=False)
    y: Array = field(init=False, repr=False, compare=False)
    w: Array | None = field(init=False, repr=False, compare=False)
    theta: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        n_out = self.widths[-1]
        y = {
            "squared_error": rng.normal(size=(self.rows, n_out)),
            "cross_entropy": rng.dirichlet(np.ones(n_out), size=self.rows),
            "binary_cross_entropy": rng.random((self.rows, n_out)),
        }[self.loss].astype(self.dtype)
        if self.loss == "cross_entropy" and self.labels:
            y = rng.integers(0, n_out, size=self.rows)
        layers = [
            np.concatenate([rng.normal(size=n * m) / np.sqrt(n), 0.3 * rng.normal(size=b * m)])
            for n, m, b in zip(self.widths, self.widths[1:], self.biases, strict=False)
        ]
        put = object.__setattr__
        put(self, "X", rng.normal(size=(self.rows, self.widths[0])).astype(self.dtype))
        put(self, "y", y)
        put(self, "w", rng.random(self.rows).astype(self.dtype) + 0.1 if self.weighted else None)
        put(self, "theta", np.concatenate(layers).astype(self.dtype))

    def network(self) -> rv.MLP:
        net = rv.MLP(
            list(self.widths),
            activation=list(self.activations[:-1]),
            output_activation=self.activations[-1],
            bias=list(self.biases),
            dtype=self.dtype,
            seed=0,
        )
        net.theta = self.theta
        return net

    def risk(self, **changes: Any) -> rv.EmpiricalRisk:
        arguments: dict[str, Any] = {
            "loss": self.loss,
            "l2": self.l2,
            "sample_weight": self.w,
            "reduction": self.reduction,
        }
        X, y = changes.pop("X", self.X), changes.pop("y", self.y)
        return rv.EmpiricalRisk(self.network(), X, y, **{**arguments, **changes})

    def textbook_network(self) -> reference.Network:
        return reference.Network(self.widths, self.activations, self.biases)

    def textbook_risk(self) -> reference.EmpiricalRisk:
        """In float64, on the very numbers that the compiled risk sees."""
        w = None if self.w is None else self.w.astype(np.float64)
        X, y = self.X.astype(np.float64), self.y
        return reference.EmpiricalRisk(self.textbook_network(), X, y, self.loss, self.l2, w, self.reduction)

    @property
    def eps(self) -> float:
        return float(np.finfo(self.dtype).eps)

    def rounding(self, theta: Array | None = None) -> float:
        """What one relative rounding error a sample can do to the gradient: eps · Σ |w ∇L| / normaliser."""
        theta = np.asarray(self.theta if theta is None else theta, np.float64)
        risk = self.textbook_risk()
        some = range(min(self.rows, 50 if theta.size < 10_000 else 10))
        each = [np.abs(risk.subset([i]).gradient(theta)).max() for i in some]
        return self.eps * float(np.mean(each) + 1e-3)


@st.composite
def problems(
    draw: st.DrawFn,
    dtypes: tuple[str, ...] = ("float32", "float64"),
    activations: tuple[str, ...] = tuple(ACTIVATIONS),
    largest_width: int = 20,
) -> Problem:
    """Depth 1 to 4, widths 1 to 20, every choice that a risk has."""
    depth = draw(st.integers(1, 4))
    loss = draw(st.sampled_from(LOSSES))
    widths = draw(st.lists(st.integers(1, largest_width), min_size=depth + 1, max_size=depth + 1))
    hidden = draw(st.lists(st.sampled_from(activations), min_size=depth - 1, max_size=depth - 1))
    output = draw(st.sampled_from(["identity", *activations]))
    return Problem(
        widths=tuple(widths),
        activations=(*hidden, output),
        biases=tuple(draw(st.lists(st.booleans(), min_size=depth, max_size=depth))),
        loss=loss,
        dtype=draw(st.sampled_from(dtypes)),
        rows=draw(st.integers(1, 40)),
        l2=draw(st.sampled_from([0.0, 0.01, 1.5])),
        weighted=draw(st.booleans()),
        reduction=draw(st.sampled_from(["mean", "sum"])),
        labels=draw(st.booleans()),
        seed=draw(st.integers(0, 2**16)),
    )


def each_loss_and_activation() -> list[Problem]:
    """One problem for every activation × loss × dtype."""
    return [
        Problem(activations=(name, name, "identity"), loss=loss, dtype=dtype, weighted=True, l2=0.1, seed=3)
        for name in ACTIVATIONS
        for loss in LOSSES
        for dtype in DTYPES
    ]


def title(problem: Problem) -> str:
    """A short name in the test report."""
    return f"{problem.activations[0]}-{problem.loss}-{problem.dtype}"


def shape(problem: Problem) -> str:
    """Another: its widths and rows."""
    return f"{'-'.join(map(str, problem.widths))}x{problem.rows}"


def directions(risk: rv.EmpiricalRisk, count: int = 3) -> Array:
    """Vectors (count, P) in the dtype of the network, the same whenever they are asked for."""
    size = (count, risk.net.parameter_count)
    return np.random.default_rng(1).normal(size=size).astype(risk.net.dtype)
