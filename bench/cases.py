"""What is run, and which ratio must reach which bar.

A case is one piece of work that every side does on the same arrays. A row sets ravine beside rivals on one
case. The ratio is always the rival's time divided by ravine's, so that more is better for ravine, and a bar
is the least ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

CURVATURE_KINDS = ("hessian", "gauss_newton")
PRODUCT_KINDS = ("hessian_product", "gauss_newton_product")
DENSE_KINDS = ("cholesky", "definite", "least_squares", "newton_step", "newton_matrix")


@dataclass(frozen=True)
class Case:
    """One piece of work; ``kind`` says which of the fields matter.

    ================== ==========================================================================
    value_and_gradient mean ``loss`` of ``rows`` samples, and its gradient
    hessian            the dense second derivatives of that mean
    gauss_newton       its Gauss-Newton matrix
    hessian_product    the second derivatives times ``vectors`` vectors at once, the time for each; with
                       ``kept`` at a point whose sweeps are kept (ravine alone)
    ..._product        the same of the Gauss-Newton matrix
    predict            the outputs of ``rows`` samples
    jacobian           the derivatives of those outputs by all parameters
    epoch              one shuffled pass over ``rows`` samples in batches of ``batch``, with Adam; with
                       ``scheduled`` under a schedule of the rate and a clipped norm (ravine alone)
    adam               one Adam update of ``parameters`` numbers
    product            a square matrix product of order ``rows``
    cholesky           the factor of a definite matrix of order ``rows``, which is kept
    definite           the solution of a definite system of that order
    least_squares      ``rows`` equations in ``parameters`` unknowns
    newton_step        (H + I)⁻¹ v for one vector v: Hessian, factor, solve
    newton_matrix      the same with H and its factor left behind in float64 (the others always do)
    ================== ==========================================================================
    """

    name: str
    kind: str
    dtype: str
    widths: tuple[int, ...] = ()
    activation: str = "relu"
    rows: int = 0
    batch: int = 0
    parameters: int = 0
    loss: str = "cross_entropy"
    scheduled: bool = False
    vectors: int = 1
    kept: bool = False

    @property
    def title(self) -> str:
        """The case in words."""
        network = f"{'-'.join(map(str, self.widths))} {self.activation}"
        if self.kind == "adam":
            return f"Adam update of {self.parameters:,} parameters, {self.dtype}"
        if self.kind == "product":
            return f"matrix product of order {self.rows:,}, {self.dtype}"
        if self.kind == "cholesky":
            return f"Cholesky factor of order {self.rows:,}, {self.dtype}"
        if self.kind == "definite":
            return f"definite system of order {self.rows:,}, {self.dtype}"
        if self.kind == "least_squares":
            return f"least squares, {self.rows:,} × {self.parameters:,}, {self.dtype}"
        if self.kind == "epoch":
            options = ", schedule and clipping" if self.scheduled else ""
            return (
                f"Adam epoch{options}, {network}, {self.rows:,} rows in batches of {self.batch}, {self.dtype}"
            )
        names = {
            "value_and_gradient": "value and gradient",
            "predict": "outputs",
            "jacobian": "Jacobian",
            "hessian": "Hessian",
            "gauss_newton": "Gauss-Newton matrix",
            "newton_step": "Newton step",
            "newton_matrix": "Newton step with H and its factor kept",
            "hessian_product": "H v",
            "gauss_newton_product": "Gauss-Newton v",
        }
        many = f" with {self.vectors} vectors, each" if self.vectors > 1 else ""
        kept = " at kept sweeps" if self.kept else ""
        return f"{names[self.kind]}{many}{kept}, {network}, N = {self.rows:,}, {self.dtype}"

    @property
    def epochs(self) -> int:
        """Epochs of one run before it starts afresh: gradients must not die away under the clock."""
        return 10 if self.batch < 100 else 2

    @property
    def order(self) -> int:
        """The number P of parameters of a network, which is the order of its dense matrices."""
        return sum((n + 1) * m for n, m in pairwise(self.widths))

    @property
    def flops(self) -> float:
        """Floating-point operations of the matrix products, or 0 where products are not the work."""
        products = [n * m for n, m in pairwise(self.widths)]
        if self.kind in ("value_and_gradient", "epoch"):
            # Forward, backward by weights, backward by activations; nobody needs the last one for the data.
            return 2.0 * self.rows * (3 * sum(products) - products[0])
        if self.kind in PRODUCT_KINDS:
            return 2.0 * self.rows * self._product_multiply_adds(sum(products), products[0])
        if self.kind == "predict":
            return 2.0 * self.rows * sum(products)
        if self.kind in CURVATURE_KINDS:
            layers = [(n + 1) * m for n, m in pairwise(self.widths)]
            return self.rows * (self.order**2 - 0.5 * sum(size**2 for size in layers))
        if self.kind in ("cholesky", "definite"):
            return self.rows**3 / 3
        if self.kind == "least_squares":
            return 2.0 * self.rows * self.parameters**2
        return 2.0 * self.rows**3 if self.kind == "product" else 0.0

    def _product_multiply_adds(self, total: float, first: float) -> float:
        """Of one row and vector; ``first`` of ``total`` weights belong to the first layer."""
        exact = self.kind == "hessian_product"
        along = 6 * total - 4 * first if exact else 4 * total - 2 * first
        sweeps = 2 * total - first if exact else total
        return along if self.kept else along + sweeps / self.vectors

    @property
    def bytes_moved(self) -> float:
        """Bytes between memory and core of an update: read θ, g, s, r and write θ, s, r."""
        return 7.0 * self.parameters * (4 if self.dtype == "float32" else 8)


@dataclass(frozen=True)
class Bar:
    """The ratio to the fastest of ``rivals`` must be at least ``least``."""

    rivals: tuple[str, ...]
    least: float

    @property
    def title(self) -> str:
        """The rivals in words."""
        names = [SIDES[rival] for rival in self.rivals]
        return names[0] if len(names) == 1 else "the best of " + ", ".join(names)


@dataclass(frozen=True)
class Row:
    """A case, the sides that run it beside ravine, and the bars that hold."""

    case: Case
    rivals: tuple[str, ...]
    bars: tuple[Bar, ...] = ()


SIDES = {
    "ravine": "ravine",
    "torch": "PyTorch",
    "jax": "JAX",
    "sklearn": "scikit-learn",
    "scipy": "SciPy",
    "numpy": "NumPy, tuned",
    "reference": "ravine.reference",
    "stream": "streaming bound",
}
"""Every side: the name of its module, and how people call it."""

PEERS = ("torch", "jax", "sklearn", "scipy")
_NETWORKS = ("torch", "jax", "sklearn")
DIGITS = 1797

_SMALL, _WIDE, _IMAGE = (64, 64, 64, 10), (64, 1024, 1024, 10), (784, 1024, 1024, 10)


def _bars(**least: float) -> tuple[Bar, ...]:
    return tuple(Bar((rival,), value) for rival, value in least.items())


def _gradient(name: str, widths: Sequence[int], activation: str, rows: int, dtype: str) -> Case:
    return Case(name, "value_and_gradient", dtype, tuple(widths), activation, rows)


def _epoch(name: str, widths: Sequence[int], batch: int) -> Case:
    return Case(name, "epoch", "float32", tuple(widths), "relu", DIGITS, batch)


def _adam(name: str, parameters: int) -> Case:
    return Case(name, "adam", "float32", parameters=parameters)


GRADIENT_SMALL = _gradient("gradient_small", _SMALL, "tanh", 1000, "float64")
GRADIENT_LARGE = _gradient("gradient_large", _IMAGE, "relu", 256, "float32")
GRADIENT_TINY = _gradient("gradient_tiny", (4, 16, 16, 2), "tanh", 32, "float64")
GRADIENT_BATCH = _gradient("gradient_batch", _SMALL, "relu", 32, "float32")
GRADIENT_ROWS = _gradient("gradient_rows", _SMALL, "tanh", 20_000, "float64")
GRADIENT_WIDE = _gradient("gradient_wide", (64, 256, 256, 10), "tanh", 2000, "float64")
EPOCH_SMALL = _epoch("epoch_small", _SMALL, 32)
EPOCH_LARGE = _epoch("epoch_large", _WIDE, 256)
PRODUCTS = tuple(Case(f"product_{dtype}", "product", dtype, rows=1024) for dtype in ("float32", "float64"))
ADAM_1E3, ADAM_1E7 = _adam("adam_1e3", 1000), _adam("adam_1e7", 10_000_000)

AGAINST_PEERS = (
    Row(GRADIENT_SMALL, ("jax", "torch"), _bars(jax=2.0)),
    Row(GRADIENT_LARGE, ("torch", "jax"), _bars(torch=0.95)),
    Row(EPOCH_SMALL, _NETWORKS, _bars(jax=1.5, torch=5.0, sklearn=5.0)),
    Row(EPOCH_LARGE, _NETWORKS, (Bar(_NETWORKS, 1.0),)),
    Row(ADAM_1E3, ("torch",), _bars(torch=10.0)),
    Row(ADAM_1E7, ("torch", "stream"), _bars(torch=1.0, stream=0.9)),
    # No bar: the rate of a large product is the roof over every network of wide layers.
    *(Row(product, ("torch", "numpy")) for product in PRODUCTS),
)

# The bars are against the textbook twin. NumPy written for speed stands beside it: what a careful user gains.
_TWINS = ("reference", "numpy")
_TEN, _TWO = _bars(reference=10.0), _bars(reference=2.0)

AGAINST_NUMPY = (
    Row(GRADIENT_TINY, _TWINS, _TEN),
    Row(GRADIENT_BATCH, _TWINS, _TEN),
    Row(EPOCH_SMALL, _TWINS, _TEN),
    Row(GRADIENT_SMALL, _TWINS, _TWO),
    Row(GRADIENT_LARGE, _TWINS, _TWO),
    Row(EPOCH_LARGE, _TWINS, _TWO),
    Row(ADAM_1E3, _TWINS, _TEN),
    Row(ADAM_1E7, _TWINS, _TWO),
)


@dataclass(frozen=True)
class Scaling:
    """A case for two threads against one; ``large`` work must gain, any other must not lose."""

    case: Case
    large: bool = False

    @property
    def least(self) -> float:
        """The bar: one thread's time divided by two threads' time."""
        return 1.7 if self.large else 0.95


SCALING = (
    Scaling(GRADIENT_TINY),
    Scaling(GRADIENT_BATCH),
    *(Scaling(_gradient(f"gradient_{n}", _SMALL, "tanh", n, "float64")) for n in (100, 250, 500)),
    Scaling(GRADIENT_SMALL),
    Scaling(GRADIENT_ROWS, large=True),
    Scaling(GRADIENT_WIDE, large=True),
    Scaling(GRADIENT_LARGE, large=True),
    Scaling(Case("predict_small", "predict", "float64", _SMALL, "tanh", 100)),
    Scaling(Case("predict_large", "predict", "float32", _IMAGE, "relu", 2000), large=True),
    Scaling(Case("jacobian_small", "jacobian", "float64", (4, 16, 2), "tanh", 50)),
    Scaling(Case("jacobian_large", "jacobian", "float64", (16, 64, 4), "tanh", 2000)),
    Scaling(EPOCH_SMALL),
    Scaling(EPOCH_LARGE, large=True),
    Scaling(ADAM_1E3),
    *(Scaling(_adam(f"adam_1e{k}", 10**k)) for k in (4, 5, 6)),
    Scaling(ADAM_1E7),
)


def _hessian(name: str, widths: Sequence[int], loss: str) -> Case:
    return Case(f"hessian_{name}", "hessian", "float64", tuple(widths), "tanh", 1000, loss=loss)


def _gauss_newton(case: Case) -> Case:
    name = case.name.replace("hessian", "gauss_newton")
    return replace(case, name=name, kind="gauss_newton")


HESSIAN_SMALL = _hessian("small", (1, 20, 20, 1), "squared_error")
HESSIAN_MIDDLE = _hessian("middle", (10, 32, 32, 1), "squared_error")
HESSIAN_SHALLOW = _hessian("shallow", (64, 32, 10), "cross_entropy")
HESSIAN_OUTPUTS = _hessian("outputs", (10, 32, 20), "cross_entropy")
HESSIAN_LARGE = _hessian("large", _SMALL, "cross_entropy")

_HESSIAN_PEERS = ("jax", "torch")
CURVATURE = tuple(
    Row(case, _HESSIAN_PEERS, (Bar(_HESSIAN_PEERS, least),))
    for case, least in ((HESSIAN_SMALL, 25.0), (HESSIAN_MIDDLE, 40.0), (HESSIAN_SHALLOW, 30.0))
)


@dataclass(frozen=True)
class Pair:
    """Two pieces of work: ravine's ``case``, and the ``other``, most often ravine's, too.

    The ratio is the other's time divided by the case's, or the case's rate divided by the other's.
    """

    case: Case
    other: Case
    least: float
    threads_of_other: int | None = None  # None: as many as the case has
    of_rates: bool = False
    side_of_other: str = "ravine"


# PyTorch and JAX would need tens of gigabytes for this one: it is held against the machine. NumPy's product
# says what that can do: ravine's own kernel uses one thread when it is called by itself.
OF_PRODUCT = (Pair(HESSIAN_LARGE, PRODUCTS[1], 0.6, of_rates=True, side_of_other="numpy"),)

# What the training loop can do must not cost what its speed has gained.
LOOP = tuple(
    Pair(replace(case, name=f"{case.name}_scheduled", scheduled=True), case, 0.95)
    for case in (EPOCH_SMALL, EPOCH_LARGE)
)

GAUSS_NEWTON = tuple(
    Pair(_gauss_newton(case), case, 1.0)
    for case in (HESSIAN_SMALL, HESSIAN_MIDDLE, HESSIAN_SHALLOW, HESSIAN_OUTPUTS)
)


def _gradient_like(case: Case) -> Case:
    return replace(case, name=f"gradient_{case.name}", kind="value_and_gradient")


def _product(case: Case, vectors: int = 1, kept: bool = False, kind: str = "hessian_product") -> Case:
    size = case.name.removeprefix("hessian_")
    name = f"{kind}_{size}" + (f"_{vectors}" if vectors > 1 else "") + ("_kept" if kept else "")
    return replace(case, name=name, kind=kind, vectors=vectors, kept=kept)


_PRODUCT_NETWORKS = (HESSIAN_LARGE, HESSIAN_MIDDLE)

PRODUCTS_BESIDE_JAX = tuple(
    Row(_product(case, vectors), ("jax",), _bars(jax=2.0)) for case in _PRODUCT_NETWORKS for vectors in (1, 8)
)

# A product may cost so many gradients; the ratio is the gradient's time divided by the product's.
IN_GRADIENTS = tuple(
    Pair(_product(case, vectors, kept), _gradient_like(case), 1 / most)
    for case in _PRODUCT_NETWORKS
    for vectors, kept, most in ((1, False, 2.7), (1, True, 2.1), (8, False, 2.0))
)

CURVATURE_SCALING = tuple(
    Pair(case, case, 1.7, threads_of_other=1) for case in (HESSIAN_MIDDLE, HESSIAN_SHALLOW, HESSIAN_LARGE)
)


def _cholesky(n: int) -> Case:
    return Case(f"cholesky_{n}", "cholesky", "float64", rows=n)


def _least_squares(rows: int, columns: int) -> Case:
    name = f"least_squares_{rows}_{columns}"
    return Case(name, "least_squares", "float64", rows=rows, parameters=columns)


CHOLESKY_LARGE = _cholesky(4000)
DEFINITE_LARGE = Case("definite_4000", "definite", "float64", rows=4000)
NEWTON_STEP = replace(HESSIAN_SHALLOW, name="newton_step", kind="newton_step")
NEWTON_MATRIX = replace(HESSIAN_SHALLOW, name="newton_matrix", kind="newton_matrix")

_SOLVERS = ("scipy", "torch")
DENSE = (
    *(Row(_cholesky(n), _SOLVERS) for n in (16, 481)),
    Row(CHOLESKY_LARGE, _SOLVERS, (Bar(_SOLVERS, 1.5),)),
    Row(DEFINITE_LARGE, _SOLVERS),
    *(Row(_least_squares(*shape), _SOLVERS) for shape in ((50, 16), (20_000, 500))),
    Row(NEWTON_STEP, ("jax",), _bars(jax=25.0)),
    Row(NEWTON_MATRIX, ("jax",)),
)
DENSE_SCALING = (Pair(CHOLESKY_LARGE, CHOLESKY_LARGE, 1.7, threads_of_other=1),)

CASES = {
    case.name: case
    for case in (
        *(row.case for row in (*AGAINST_PEERS, *AGAINST_NUMPY, *CURVATURE, *PRODUCTS_BESIDE_JAX, *DENSE)),
        *(item.case for item in SCALING),
        *(pair.case for pair in (*LOOP, *OF_PRODUCT, *GAUSS_NEWTON, *IN_GRADIENTS, *CURVATURE_SCALING)),
        *(pair.other for pair in (*GAUSS_NEWTON, *IN_GRADIENTS)),
    )
}
