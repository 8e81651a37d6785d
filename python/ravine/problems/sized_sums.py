"""Problems 20 to 35 of Moré, Garbow and Hillstrom 1981: sums of squares of any size.

Each function takes the number n of variables, and m of residuals where the paper leaves it free.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ravine.problems.formula import Formula, Residuals, check_size
from ravine.problems.jets import join
from ravine.problems.small_sums import source_of

__all__ = ["sized_sums"]

# By n. The paper has six digits; the others are those of Newton's method on these formulas.
_WATSON = {6: 2.28767005355e-3, 9: 1.39976013809e-6, 12: 4.722381105e-10}
_PENALTY_1 = {4: 2.24997750090e-5, 10: 7.08765146709e-5}
_PENALTY_2 = {4: 9.37629300735e-6, 10: 2.93660537457e-4}
_CHEBYQUAD = {**dict.fromkeys([1, 2, 3, 4, 5, 6, 7, 9], 0.0), 8: 3.51687372568e-3, 10: 6.50395480088e-3}


def _sized(
    number: int,
    name: str,
    formula: Formula,
    start: Any,
    minima: Any = (),
    lowest: float | None = None,
    *others: float,
) -> Residuals:
    return Residuals(name, formula, [start], minima, lowest, others, source_of(number))


def watson(n: int = 6) -> Residuals:
    """Number 20, 2 ≤ n ≤ 31."""
    check_size("n", n, 2, 31)
    t = np.arange(1.0, 30.0)[:, None] / 29
    j = np.arange(n)
    powers = t**j
    slopes = np.where(j > 0, j * t ** np.maximum(j - 1, 0), 0.0)

    def residuals(x: Any) -> Any:
        return join([slopes @ x - (powers @ x) ** 2 - 1, x[0], x[1] - x[0] ** 2 - 1])

    return _sized(20, "watson", residuals, np.zeros(n), lowest=_WATSON.get(n))


def extended_rosenbrock(n: int = 10) -> Residuals:
    """Number 21: n/2 valleys of Rosenbrock side by side, n even."""
    check_size("n", n, 2, multiple_of=2)

    def residuals(x: Any) -> Any:
        return join([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])

    return _sized(21, "extended-rosenbrock", residuals, np.tile([-1.2, 1], n // 2), [np.ones(n)])


def extended_powell_singular(n: int = 12) -> Residuals:
    """Number 22: n/4 singular functions of Powell side by side, n a multiple of 4."""
    check_size("n", n, 4, multiple_of=4)

    def residuals(x: Any) -> Any:
        a, b, c, d = x[::4], x[1::4], x[2::4], x[3::4]
        return join([a + 10 * b, math.sqrt(5) * (c - d), (b - 2 * c) ** 2, math.sqrt(10) * (a - d) ** 2])

    start = np.tile([3, -1, 0, 1], n // 4)
    return _sized(22, "extended-powell-singular", residuals, start, [np.zeros(n)])


def penalty_1(n: int = 4) -> Residuals:
    """Number 23: √a (x_i - 1) and Σ x² - ¼, a = 1e-5."""
    check_size("n", n, 1)

    def residuals(x: Any) -> Any:
        return join([math.sqrt(1e-5) * (x - 1), (x * x).sum() - 0.25])

    return _sized(23, "penalty-1", residuals, np.arange(1, n + 1), lowest=_PENALTY_1.get(n))


def penalty_2(n: int = 4) -> Residuals:
    """Number 24: differences of exponentials, and a weighted sum of squares, a = 1e-5."""
    check_size("n", n, 2)
    root = math.sqrt(1e-5)
    i = np.arange(2, n + 1)
    y = np.exp(i / 10) + np.exp((i - 1) / 10)
    weights = np.arange(n, 0, -1.0)

    def residuals(x: Any) -> Any:
        e = np.exp(x / 10)
        pairs, singles = root * (e[1:] + e[:-1] - y), root * (e[1:] - math.exp(-0.1))
        return join([x[0] - 0.2, pairs, singles, (weights * x * x).sum() - 1])

    return _sized(24, "penalty-2", residuals, np.full(n, 0.5), lowest=_PENALTY_2.get(n))


def variably_dimensioned(n: int = 10) -> Residuals:
    """Number 25: x_i - 1, s = Σ j (x_j - 1), and s²."""
    check_size("n", n, 1)
    j = np.arange(1.0, n + 1)

    def residuals(x: Any) -> Any:
        s = j @ x - j.sum()
        return join([x - 1, s, s**2])

    return _sized(25, "variably-dimensioned", residuals, 1 - j / n, [np.ones(n)])


def trigonometric(n: int = 10) -> Residuals:
    """Number 26: r_i = n - Σ cos x_j + i (1 - cos x_i) - sin x_i."""
    check_size("n", n, 1)
    i = np.arange(1.0, n + 1)

    def residuals(x: Any) -> Any:
        cosines = np.cos(x)
        return n - cosines.sum() + i * (1 - cosines) - np.sin(x)

    others = (2.79505612188e-5,) if n == 10 else ()
    return _sized(26, "trigonometric", residuals, np.full(n, 1 / n), [np.zeros(n)], 0.0, *others)


def brown_almost_linear(n: int = 10) -> Residuals:
    """Number 27: x_i + Σ x - (n + 1) for i < n, and Π x - 1."""
    check_size("n", n, 2)

    def residuals(x: Any) -> Any:
        product = x[0]
        for k in range(1, n):
            product = product * x[k]
        return join([x[:-1] + x.sum() - (n + 1), product - 1])

    return _sized(27, "brown-almost-linear", residuals, np.full(n, 0.5), [np.ones(n)], 0.0, 1.0)


def discrete_boundary_value(n: int = 10) -> Residuals:
    """Number 28: 2x_i - x_{i-1} - x_{i+1} + ½h² (x_i + t_i + 1)³, h = 1/(n + 1), t = ih."""
    check_size("n", n, 1)
    h = 1 / (n + 1)
    t = h * np.arange(1.0, n + 1)
    second_difference = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)

    def residuals(x: Any) -> Any:
        return second_difference @ x + h**2 / 2 * (x + t + 1) ** 3

    return _sized(28, "discrete-boundary-value", residuals, t * (t - 1), lowest=0.0)


def discrete_integral_equation(n: int = 10) -> Residuals:
    """Number 29: x + ½h K (x + t + 1)³ with K_ij = min(t_i, t_j) (1 - max(t_i, t_j))."""
    check_size("n", n, 1)
    h = 1 / (n + 1)
    t = h * np.arange(1.0, n + 1)
    kernel = np.minimum.outer(t, t) * (1 - np.maximum.outer(t, t))

    def residuals(x: Any) -> Any:
        return x + h / 2 * (kernel @ (x + t + 1) ** 3)

    return _sized(29, "discrete-integral-equation", residuals, t * (t - 1), lowest=0.0)


def broyden_tridiagonal(n: int = 10) -> Residuals:
    """Number 30: (3 - 2x_i) x_i - x_{i-1} - 2x_{i+1} + 1."""
    check_size("n", n, 1)
    neighbours = np.eye(n, k=-1) + 2 * np.eye(n, k=1)

    def residuals(x: Any) -> Any:
        return (3 - 2 * x) * x - neighbours @ x + 1

    return _sized(30, "broyden-tridiagonal", residuals, np.full(n, -1), lowest=0.0)


def broyden_banded(n: int = 10) -> Residuals:
    """Number 31: x_i (2 + 5x_i²) + 1 - Σ x_j (1 + x_j) over up to five before i and one after."""
    check_size("n", n, 1)
    ahead = np.subtract.outer(np.arange(n), np.arange(n))
    band = ((ahead <= 5) & (ahead >= -1) & (ahead != 0)).astype(np.float64)

    def residuals(x: Any) -> Any:
        return x * (2 + 5 * x**2) + 1 - band @ (x * (1 + x))

    return _sized(31, "broyden-banded", residuals, np.full(n, -1), lowest=0.0)


def linear_full_rank(n: int = 10, m: int | None = None) -> Residuals:
    """Number 32: a linear problem of full rank, m ≥ n; m = 2n if not given."""
    m = 2 * n if m is None else m
    check_size("n", n, 1)
    check_size("m", m, n)
    A = np.eye(m, n) - 2 / m
    lowest = float(m - n)
    return _sized(32, "linear-full-rank", lambda x: A @ x - 1, np.ones(n), [np.full(n, -1)], lowest)


def linear_rank_1(n: int = 10, m: int | None = None) -> Residuals:
    """Number 33: r_i = i Σ j x_j - 1, a plane of minima; m = 2n if not given."""
    m = 2 * n if m is None else m
    check_size("n", n, 1)
    check_size("m", m, n)
    i, j = np.arange(1.0, m + 1), np.arange(1.0, n + 1)
    A = np.outer(i, j)
    minimum = np.eye(n)[0] * 3 / (2 * m + 1)
    lowest = m * (m - 1) / (2 * (2 * m + 1))
    return _sized(33, "linear-rank-1", lambda x: A @ x - 1, np.ones(n), [minimum], lowest)


def linear_rank_1_zeros(n: int = 10, m: int | None = None) -> Residuals:
    """Number 34: as 33, with rows and columns of zeros at both ends; m = 2n if not given."""
    m = 2 * n if m is None else m
    check_size("n", n, 3)
    check_size("m", m, n)
    i, j = np.arange(0.0, m), np.arange(1.0, n + 1)
    i[-1] = j[0] = j[-1] = 0
    A = np.outer(i, j)
    minimum = np.eye(n)[1] * 1.5 / (2 * m - 3)
    lowest = (m**2 + 3 * m - 6) / (2 * (2 * m - 3))
    return _sized(34, "linear-rank-1-zeros", lambda x: A @ x - 1, np.ones(n), [minimum], lowest)


def chebyquad(n: int = 8, m: int | None = None) -> Residuals:
    """Number 35: r_i = mean of T_i(2x - 1) minus its integral, m ≥ n; m = n if not given."""
    m = n if m is None else m
    check_size("n", n, 1)
    check_size("m", m, n)

    def residuals(x: Any) -> Any:
        before, polynomial = 1.0, 2 * x - 1
        parts = []
        for degree in range(1, m + 1):
            integral = 0.0 if degree % 2 else -1 / (degree**2 - 1)
            parts.append(polynomial.sum() / n - integral)
            before, polynomial = polynomial, 2 * (2 * x - 1) * polynomial - before
        return join(parts)

    lowest = _CHEBYQUAD.get(n) if m == n else None
    return _sized(35, "chebyquad", residuals, np.arange(1, n + 1) / (n + 1), lowest=lowest)


def sized_sums() -> dict[int, Any]:
    """The functions that make them, by number."""
    return {
        20: watson,
        21: extended_rosenbrock,
        22: extended_powell_singular,
        23: penalty_1,
        24: penalty_2,
        25: variably_dimensioned,
        26: trigonometric,
        27: brown_almost_linear,
        28: discrete_boundary_value,
        29: discrete_integral_equation,
        30: broyden_tridiagonal,
        31: broyden_banded,
        32: linear_full_rank,
        33: linear_rank_1,
        34: linear_rank_1_zeros,
        35: chebyquad,
    }
