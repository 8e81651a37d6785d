"""How the eigenvalues of a large symmetric matrix are spread, from products alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine.arrays import positive, require_count
from ravine.linalg.lanczos import require_sound
from ravine.linalg.products import FloatArray, Product, Symmetric, as_product
from ravine.memory import require_memory
from ravine.plots.spectral_density import spectral_density as picture
from ravine.seeds import Seed, generator
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SpectralDensity", "spectral_density"]

_QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    """An estimate of how many of the n eigenvalues lie where; prints as a table, plots itself.

    It consists of points with weights, one rule for each probe; the spread over the probes tells its error.

    Attributes
    ----------
    n : the order of the matrix.
    nodes : (probes, steps), ascending in each row; those of weight 0 fill up a rule that ended early.
    weights : (probes, steps), not negative, sum 1 in each row.
    """

    n: int
    nodes: FloatArray
    weights: FloatArray

    def share(self, low: float = -np.inf, high: float = np.inf) -> tuple[float, float]:
        """Return the share of the eigenvalues in low ≤ λ < high, and its standard error over the probes."""
        inside = (self.nodes >= low) & (self.nodes < high)
        shares = np.where(inside, self.weights, 0).sum(axis=1)
        probes = len(shares)
        error = float(shares.std(ddof=1) / np.sqrt(probes)) if probes > 1 else float("nan")
        return float(shares.mean()), error

    def density(self, points: ArrayLike, width: float) -> FloatArray:
        """Return the density of the eigenvalues at each point, every node widened to a Gaussian.

        Parameters
        ----------
        points : (m,).
        width : the standard deviation of the Gaussians.
        """
        at = np.asarray(points, dtype=np.float64)
        size = positive(width, "width")
        apart = (at[..., None] - self.nodes.ravel()) / size
        bells = np.exp(-0.5 * apart**2) / (size * np.sqrt(2 * np.pi))
        return np.asarray(bells @ self.weights.ravel() / len(self.nodes))

    def quantile(self, share: float) -> float:
        """Return the λ below which so large a share of the eigenvalues lies."""
        order = np.argsort(self.nodes, axis=None)
        below = np.cumsum(self.weights.ravel()[order]) / len(self.nodes)
        place = min(int(np.searchsorted(below, share)), below.size - 1)
        return float(self.nodes.ravel()[order[place]])

    @property
    def trace(self) -> float:
        """An estimate of the sum of all eigenvalues."""
        return float(self.n * (self.nodes * self.weights).sum(axis=1).mean())

    def __str__(self) -> str:
        rows = [[f"{100 * share:g} %", format_number(self.quantile(share))] for share in _QUANTILES]
        table = format_table(["share below", "eigenvalue"], rows, left=0)
        probes, steps = self.nodes.shape
        return f"{table}\n{probes} probes of {steps} products, n = {self.n}"

    def plot(self) -> Figure:
        """Return the picture: the density of the eigenvalues, and the share below each."""
        return picture(self)


def spectral_density(
    product: Symmetric,
    n: int | None = None,
    *,
    probes: int = 10,
    steps: int = 40,
    seed: Seed = 0,
) -> SpectralDensity:
    """Estimate the density of the eigenvalues of a symmetric matrix by stochastic Lanczos quadrature.

    For a random v of independent entries ±1/√n the expectation of vᵀf(A)v is (1/n) Σ f(λ_i). Lanczos from v
    gives the Gauss rule of that sum: its nodes are the eigenvalues of the tridiagonal T, its weights the
    squares of the first components of T's eigenvectors; exact for polynomials f of degree 2 · steps - 1.

    Parameters
    ----------
    product : A as a matrix (n, n), an object with `shape` and `@`, or a function that returns A v.
    n : the order of A, where it is a function.
    probes : random vectors; the error falls as 1/√(n · probes).
    steps : products a probe, at most n: details finer than about 1/steps of the spectrum's width are lost.
    seed : of the probes.

    Raises
    ------
    TypeError, ValueError, MemoryError : as for :func:`lanczos`.

    Source: Golub and Meurant 2010, ch. 6; Ubaru, Chen and Saad 2017; Ghorbani, Krishnan and Xiao 2019.

    >>> import numpy as np, ravine as rv
    >>> density = rv.linalg.spectral_density(np.diag([1.0] * 75 + [3.0] * 25))
    >>> share, error = density.share(2, 4)
    >>> share.__round__(12), error.__round__(12)
    (0.25, 0.0)
    """
    A, order = as_product(product, n)
    count = require_count(probes, "probes")
    most = min(require_count(steps, "steps"), order)
    require_memory(8 * most * order, f"a basis of vectors of {order}", "lower `steps`")
    random = generator(seed)
    basis = np.empty((most, order))
    nodes, weights = np.zeros((count, most)), np.zeros((count, most))
    for k in range(count):
        _rule(A, _signs(random, order), basis, nodes[k], weights[k])
    return SpectralDensity(n=order, nodes=nodes, weights=weights)


def _signs(random: np.random.Generator, n: int) -> FloatArray:
    return 2.0 * random.integers(0, 2, size=n).astype(np.float64) - 1.0


def _rule(A: Product, v: FloatArray, basis: FloatArray, nodes: FloatArray, weights: FloatArray) -> None:
    """Write the Gauss rule that belongs to v."""
    diagonal, below = np.empty(len(basis)), np.empty(len(basis))
    told = _core.krylov_space(A, v, basis, diagonal, below)
    require_sound(told["finite"], told["asymmetry"])
    m = told["dimension"]
    T = np.diag(diagonal[:m]) + np.diag(below[: m - 1], -1)
    values, vectors = np.linalg.eigh(T)
    nodes[:m], weights[:m] = values, vectors[0] ** 2
    nodes[m:] = values[-1]
