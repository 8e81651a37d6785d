"""Smooth functions out of the four gates of the tape.

Every function is a polynomial (add and multiply), a choice (max), or a Newton iteration, after its argument
has been brought into a small range by *constants*: whole numbers read off the value, as one reads off which
gear to take. Where two gears meet they compute the same function, so the derivative is right in either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ravine.reference.tape import Wire

# log 2 and π in two parts each. The high parts have so few bits that their whole multiples are exact.
LN2_HIGH = math.ldexp(round(math.ldexp(math.log(2), 32)), -32)
LN2_LOW = math.log(2) - LN2_HIGH + 2.3190468138462996e-17  # the last: what the double of log 2 leaves out
PI_HIGH = math.ldexp(round(math.ldexp(math.pi, 32)), -32)
PI_LOW = math.pi - PI_HIGH + math.sin(math.pi)


def horner(x: Wire, coefficients: Sequence[float]) -> Wire:
    """c₀ + c₁ x + c₂ x² + ….

    >>> horner(Wire([2.0]), [1.0, 0.0, 3.0]).value
    array([13.])
    """
    result = x.constant(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        result = result * x + c
    return result


def expm1(x: Wire) -> Wire:
    """eˣ − 1 = 2ᵏ (eʳ − 1) + (2ᵏ − 1) with r = x − k log 2, and eʳ − 1 = r (1 + r/2! + r²/3! + …).

    >>> expm1(Wire([1e-20, 0.0])).value
    array([1.e-20, 0.e+00])
    """
    k = np.rint(x.value / math.log(2))
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    gear = np.exp2(k)
    return r * horner(r, [1 / math.factorial(n + 1) for n in range(15)]) * gear + (gear - 1)


def exp(x: Wire) -> Wire:
    """eˣ = 2ᵏ eʳ with r = x − k log 2, and eʳ = 1 + r + r²/2! + ….

    >>> exp(Wire([0.0, 1.0])).value.round(4)
    array([1.    , 2.7183])
    """
    k = np.rint(x.value / math.log(2))
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    return horner(r, [1 / math.factorial(n) for n in range(16)]) * np.exp2(k)


def reciprocal(v: Wire) -> Wire:
    """1 / v by Newton's iteration y ← y (2 − v y), from a power of two near 1 / v.

    The error is squared at every step, and it starts below one third.

    >>> reciprocal(Wire([4.0, -0.1])).value
    array([  0.25, -10.  ])
    """
    mantissa, exponent = np.frexp(v.value)  # ½ ≤ |mantissa| < 1, and ⅔·2 is the middle of its reciprocals
    y = Wire(np.sign(mantissa) * np.ldexp(4 / 3, -exponent))
    for _ in range(6):
        y = y * (v * y * -1.0 + 2.0)
    return y


def log(v: Wire) -> Wire:
    """Log v = k log 2 + 2 artanh((m − 1)/(m + 1)) with v = 2ᵏ m, m within √2 of one.

    >>> log(Wire([1.0, 10.0])).value.round(4)
    array([0.    , 2.3026])
    """
    k = np.rint(np.log2(v.value))
    m = v * np.exp2(-k)
    return twice_artanh((m - 1.0) * reciprocal(m + 1.0)) + k * LN2_LOW + k * LN2_HIGH


def log1p_of_unit(u: Wire) -> Wire:
    """log(1 + u) = 2 artanh(u / (2 + u)) for u in [0, 1], small u keeping all digits.

    >>> log1p_of_unit(Wire([1e-20])).value
    array([1.e-20])
    """
    return twice_artanh(u * reciprocal(u + 2.0))


def twice_artanh(t: Wire) -> Wire:
    """2 artanh t = 2 (t + t³/3 + t⁵/5 + …), for |t| ≤ 1/3.

    >>> twice_artanh(Wire([1 / 3])).value.round(4)  # log 2
    array([0.6931])
    """
    return t * horner(t * t, [2 / (2 * n + 1) for n in range(18)])


def tanh(z: Wire) -> Wire:
    """Tanh z = e / (e + 2) with e = e²ᶻ − 1, and its sign turned so that e does not overflow.

    >>> tanh(Wire([1.0, -1.0])).value.round(4)
    array([ 0.7616, -0.7616])
    """
    sign = np.where(z.value < 0, 1.0, -1.0)
    e = expm1(z * (2.0 * sign))
    return e * reciprocal(e + 2.0) * sign


def logistic(z: Wire) -> Wire:
    """1 / (1 + e⁻ᶻ).

    >>> logistic(Wire([0.0])).value
    array([0.5])
    """
    return reciprocal(exp(-z) + 1.0)


def relu(z: Wire) -> Wire:
    """max(0, z), whose derivative at the kink is the left one.

    >>> relu(Wire([-1.0, 2.0])).value
    array([0., 2.])
    """
    return z.constant(0.0).max(z)


def leaky_relu(z: Wire) -> Wire:
    """max(z/100, z).

    >>> leaky_relu(Wire([-1.0, 2.0])).value
    array([-0.01,  2.  ])
    """
    return (z * 0.01).max(z)


def elu(z: Wire) -> Wire:
    """max(0, z) + expm1(min(0, z)), and min(0, z) = −max(0, −z) taken such that the ties at zero meet.

    >>> elu(Wire([0.0, 2.0])).value
    array([0., 2.])
    """
    return relu(z) + expm1(-(-z).max(z.constant(0.0)))


def softplus(z: Wire) -> Wire:
    """log(1 + eᶻ) = max(0, z) + log(1 + e^−|z|), and |z| = max(−z, z).

    >>> softplus(Wire([0.0, 40.0])).value
    array([ 0.69314718, 40.        ])
    """
    return relu(z) + log1p_of_unit(exp(-(-z).max(z)))


def gelu(z: Wire) -> Wire:
    """Z Φ(z) with Φ(z) = ½ + φ(z) (z + z³/3 + z⁵/(3·5) + …); beyond 9 Φ is 0 or 1 to rounding.

    Abramowitz and Stegun 26.2.11: all terms have one sign, so nothing cancels within the series.

    >>> gelu(Wire([0.0, 1.0])).value.round(4)
    array([0.    , 0.8413])
    """
    edge = z.constant(-9.0)
    t = -(-edge.max(z)).max(edge)  # −9 ≤ t ≤ 9
    square = t * t
    odd_factorials = np.cumprod(np.arange(1.0, 2 * 115, 2))
    density = exp(square * -0.5) * (1 / math.sqrt(2 * math.pi))
    return z * (density * t * horner(square, list(1 / odd_factorials)) + 0.5)


def silu(z: Wire) -> Wire:
    """Z times the logistic function.

    >>> silu(Wire([0.0])).value
    array([0.])
    """
    return z * logistic(z)


def sin(z: Wire) -> Wire:
    """Sin z = (−1)ᵏ sin r with r = z − k π, and sin r = r − r³/3! + r⁵/5! − ….

    >>> sin(Wire([math.pi / 2])).value
    array([1.])
    """
    k = np.rint(z.value / math.pi)
    r = (z - k * PI_HIGH) - k * PI_LOW
    series = [(-1) ** n / math.factorial(2 * n + 1) for n in range(12)]
    return r * horner(r * r, series) * np.where(k % 2 == 0, 1.0, -1.0)


FUNCTIONS: dict[str, Callable[[Wire], Wire]] = {
    "identity": lambda z: z,
    "tanh": tanh,
    "logistic": logistic,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "softplus": softplus,
    "gelu": gelu,
    "silu": silu,
    "sin": sin,
}
