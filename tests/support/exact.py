"""Elementary functions to forty digits, by Python's decimal arithmetic: the ruler of the vector mathematics.

Series and identities are chosen for certainty alone. Derivatives are differences: no formula of one is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, localcontext
from functools import cache
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIGITS = 40
ONE, TWO = Decimal(1), Decimal(2)


@contextmanager
def digits(count: int) -> Iterator[None]:
    """Arithmetic with so many digits, and exponents that nothing here leaves."""
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = count, -999_999, 999_999
        yield


def exp(x: Decimal) -> Decimal:
    return x.exp()


def expm1(x: Decimal) -> Decimal:
    if abs(x) > ONE:
        return x.exp() - 1
    return x * _sum_series(ONE, lambda term, n: term * x / (n + 1))


def log1p(x: Decimal) -> Decimal:
    if abs(x) < Decimal("1e-20"):
        return x * (1 - x / 2 + x * x / 3)
    with digits(2 * DIGITS):
        return (1 + x).ln()


def tanh(x: Decimal) -> Decimal:
    e = expm1(-2 * abs(x))
    return (-e / (e + 2)).copy_sign(x)


def logistic(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


def softplus(x: Decimal) -> Decimal:
    return max(x, Decimal(0)) + log1p((-abs(x)).exp())


def erf(x: Decimal) -> Decimal:
    """2/√π (x − x³/3 + x⁵/(5·2!) − …), with digits to lose to the alternating terms."""
    if abs(x) > 28:
        return ONE.copy_sign(x)
    with digits(2 * DIGITS + int(x * x)):
        square = x * x
        power, total, n = x, x, 0
        while abs(power) > abs(total).scaleb(-DIGITS - int(square)):
            n += 1
            power *= -square / n
            total += power / (2 * n + 1)
        return 2 * total / pi(2 * DIGITS + int(square)).sqrt()


def normal_cdf(x: Decimal) -> Decimal:
    """Φ(x) = (1 + erf(x/√2)) / 2, with digits to lose to the difference in the left tail."""
    with digits(2 * DIGITS + int(x * x)):
        total = power = x
        n = 0
        while abs(power) > abs(total).scaleb(-DIGITS - int(x * x)):  # x − x³/6 + x⁵/40 − …
            n += 1
            power *= -x * x / (2 * n)
            total += power / (2 * n + 1)
        return Decimal("0.5") + total / (2 * pi(2 * DIGITS + int(x * x))).sqrt()


def normal_density(x: Decimal) -> Decimal:
    return (-x * x / 2).exp() / (2 * pi(2 * DIGITS)).sqrt()


def sin(x: Decimal) -> Decimal:
    """The Taylor series of what is left of x after multiples of 2π, π to as many digits as x is long."""
    with digits(2 * DIGITS + max(0, x.adjusted()) + 5):
        r = x.remainder_near(2 * pi(2 * DIGITS + max(0, x.adjusted()) + 5))
    with digits(2 * DIGITS):
        return r * _sum_series(ONE, lambda term, n: -term * r * r / ((2 * n) * (2 * n + 1)))


def cos(x: Decimal) -> Decimal:
    with digits(2 * DIGITS + max(0, x.adjusted()) + 5):
        r = x.remainder_near(2 * pi(2 * DIGITS + max(0, x.adjusted()) + 5))
    with digits(2 * DIGITS):
        return _sum_series(ONE, lambda term, n: -term * r * r / ((2 * n) * (2 * n - 1)))


@cache
def pi(count: int) -> Decimal:
    """16 arctan(1/5) − 4 arctan(1/239), Machin 1706."""
    with digits(count + 10):
        return 16 * _arctan_of_inverse(5) - 4 * _arctan_of_inverse(239)


def _arctan_of_inverse(n: int) -> Decimal:
    return _sum_weighted(ONE / n, lambda power: -power / (n * n), lambda k: 2 * k + 1)


def _sum_weighted(
    power: Decimal, following: Callable[[Decimal], Decimal], divisor: Callable[[int], int]
) -> Decimal:
    total, k = Decimal(0), 0
    while total != total + power / divisor(k):
        total += power / divisor(k)
        power, k = following(power), k + 1
    return total


def _sum_series(term: Decimal, following: Callable[[Decimal, int], Decimal]) -> Decimal:
    total, n = Decimal(0), 0
    while total != total + term:
        total += term
        n += 1
        term = following(term, n)
    return total


FUNCTIONS: dict[str, Callable[[Decimal], Decimal]] = {
    "exp": exp,
    "expm1": expm1,
    "log1p": log1p,
    "tanh": tanh,
    "logistic": logistic,
    "softplus": softplus,
    "erf": erf,
    "sin": sin,
    "cos": cos,
}


ACTIVATIONS: dict[str, Callable[[Decimal], Decimal]] = {
    "identity": lambda z: z,
    "tanh": tanh,
    "logistic": logistic,
    "relu": lambda z: max(z, Decimal(0)),
    "leaky_relu": lambda z: z if z > 0 else z * Decimal("0.01"),
    "elu": lambda z: z if z > 0 else expm1(z),
    "softplus": softplus,
    "gelu": lambda z: z * normal_cdf(z),
    "silu": lambda z: z * logistic(z),
    "sin": sin,
}


def derivative(function: Callable[[Decimal], Decimal], x: Decimal, order: int) -> Decimal:
    """The central difference of this order with a step of 1e-12: right to 20 digits, away from kinks."""
    h = Decimal("1e-12")
    with digits(2 * DIGITS):
        terms = (
            (-1) ** i * comb(order, i) * function(x + (Decimal(order) / 2 - i) * h) for i in range(order + 1)
        )
        return sum(terms, Decimal(0)) / h**order


def ulps(got: NDArray[Any], x: NDArray[Any], function: Callable[[Decimal], Decimal]) -> float:
    """The largest error of got[i] as an image of the float x[i], in units of the exact value's last place.

    Where the exact value lies beyond the largest number of the dtype, infinity is the right answer.
    """
    worst = 0.0
    with digits(DIGITS), np.errstate(over="ignore", under="ignore"):
        for g, argument in zip(got.tolist(), x.tolist(), strict=True):
            exact = function(Decimal(argument))
            rounded = got.dtype.type(exact)
            if np.isfinite(rounded) and np.isfinite(g):
                unit = np.spacing(np.maximum(abs(rounded), np.finfo(got.dtype).tiny))
                worst = max(worst, float(abs(Decimal(g) - exact) / Decimal(float(unit))))
            elif g != rounded:
                return float("inf")
    return worst
