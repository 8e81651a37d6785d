"""Problems 2 to 19 of Moré, Garbow and Hillstrom 1981, but 5: sums of squares of few variables.

Numbers 1 and 5 are surfaces: :class:`ravine.surfaces.Rosenbrock`, :class:`ravine.surfaces.Beale`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine.problems.formula import Formula, Residuals, check_size
from ravine.problems.jets import join
from ravine.problems.nist import regressions

__all__ = ["box", "gulf", "jennrich_sampson", "small_sums", "source_of"]

_BARD = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39]
_GAUSSIAN = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989]
_GAUSSIAN += _GAUSSIAN[-2::-1]
# In thousandths.
_OSBORNE_2 = """
    1366 1191 1112 1013 991 885 831 847 786 725 746 679 608 655 616 606 602 626 651 724 649 649 694 644
    624 661 612 558 533 495 500 423 395 375 372 391 396 405 428 429 523 562 607 653 672 708 633 668 645
    632 591 559 597 625 739 710 729 720 636 581 428 292 162 98 54"""

# Where the paper has six digits of a lowest value and no point: the points of Newton's method on this file.
_LOWEST_AT: dict[int, list[float]] = {
    3: [1.09815932969979e-05, 9.106146739866685],
    8: [0.082410559749789, 1.1330360920297224, 2.3436951786425366],
    9: [0.39895613783875666, 1.0000190844878056, 0.0],
    16: [-11.594439904762163, 13.203630051207202, -0.4034394881768596, 0.2367787744557363],
    19: [
        *[
            1.3099771546273007,
            0.43155379460298887,
            0.6336616989607241,
            0.5994305347859162,
            0.7541832263280112,
        ],
        *[0.9042885798596344, 1.3658118352370276, 4.823698817227158, 2.3986848661317546, 4.568874597667672],
        5.6753414705806415,
    ],
}


def small_sums() -> dict[int, Residuals]:
    """Each of them by its number, at the customary number of residuals."""
    return {number: _problem(number, *rest) for number, rest in _TABLE.items()} | {
        6: jennrich_sampson(),
        11: gulf(),
        12: box(),
        10: _as_in_nist(10, "meyer", "MGH10"),
        15: _as_in_nist(15, "kowalik-osborne", "MGH09", 1.02734e-3),
        17: _as_in_nist(17, "osborne-1", "MGH17"),
    }


def jennrich_sampson(m: int = 10) -> Residuals:
    """Number 6: r_i = 2 + 2i - (exp(i x₁) + exp(i x₂)), m residuals; the minimum is known for m = 10."""
    check_size("m", m, 2)
    i = np.arange(1.0, m + 1)
    known = m == 10
    return Residuals(
        "jennrich-sampson",
        lambda x: 2 + 2 * i - (np.exp(i * x[0]) + np.exp(i * x[1])),
        begin=[[0.3, 0.4]],
        minima_at=[[0.257825213670364, 0.257825213670364]] if known else [],
        source=source_of(6),
    )


def gulf(m: int = 99) -> Residuals:
    """Number 11, Gulf research and development: r_i = exp(-|y_i - x₂|^x₃ / x₁) - t_i, 3 ≤ m ≤ 99 residuals.

    t_i = i/100 and y_i = 25 + (-50 log t_i)^⅔. The paper allows a hundredth one, which has no second
    derivative at the minimum.
    """
    check_size("m", m, 3, 99)
    t = np.arange(1, m + 1) / 100
    y = 25 + (-50 * np.log(t)) ** (2 / 3)
    return Residuals(
        "gulf",
        lambda x: np.exp(-(np.absolute(y - x[1]) ** x[2]) / x[0]) - t,
        begin=[[5, 2.5, 0.15]],
        minima_at=[[50, 25, 1.5]],
        lowest=0.0,
        source=source_of(11),
    )


def box(m: int = 10) -> Residuals:
    """Number 12, of Box: r_i = exp(-t x₁) - exp(-t x₂) - x₃ (exp(-t) - exp(-10 t)), t = i/10, m residuals."""
    check_size("m", m, 3)
    t = np.arange(1, m + 1) / 10
    return Residuals(
        "box",
        lambda x: np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t)),
        begin=[[0, 10, 20]],
        minima_at=[[1, 10, 1], [10, 1, -1], [1, 1, 0]],
        lowest=0.0,
        source=source_of(12),
    )


def _problem(
    number: int, name: str, formula: Formula, start: Any, minimum: Any, lowest: float | None, *others: float
) -> Residuals:
    point = _LOWEST_AT[number] if minimum is None else minimum
    return Residuals(name, formula, [start], [point], lowest, others, source_of(number))


def _as_in_nist(number: int, name: str, regression: str, *others: float) -> Residuals:
    """One that NIST took over with its data, and with its start as the second one."""
    fit = regressions()[regression]
    return Residuals(name, fit.formula, fit.starts[1:], fit.minima, fit.lowest, others, source_of(number))


def source_of(number: int) -> str:
    """The line that names the paper and the number in it."""
    return f"Moré, Garbow and Hillstrom, ACM TOMS 7 (1981) 17-41, problem {number}"


def _freudenstein_roth(x: Any) -> Any:
    return join([-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]])


def _powell_badly_scaled(x: Any) -> Any:
    return join([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def _brown_badly_scaled(x: Any) -> Any:
    return join([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def _helical_valley(x: Any) -> Any:
    """The angle in turns, counted from the positive x₁ axis, jumps on the negative x₂ axis."""
    turns = 0.25 + np.arctan2(-x[0], x[1]) / (2 * np.pi)
    return join([10 * (x[2] - 10 * turns), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


def _bard(x: Any) -> Any:
    u = np.arange(1.0, 16.0)
    v = 16 - u
    return np.array(_BARD) - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))


def _gaussian(x: Any) -> Any:
    t = (8 - np.arange(1.0, 16.0)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - np.array(_GAUSSIAN)


def _powell_singular(x: Any) -> Any:
    scaled = [np.sqrt(5) * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, np.sqrt(10) * (x[0] - x[3]) ** 2]
    return join([x[0] + 10 * x[1], *scaled])


def _wood(x: Any) -> Any:
    first = [10 * (x[1] - x[0] ** 2), 1 - x[0], np.sqrt(90) * (x[3] - x[2] ** 2), 1 - x[2]]
    return join([*first, np.sqrt(10) * (x[1] + x[3] - 2), (x[1] - x[3]) / np.sqrt(10)])


def _brown_dennis(x: Any) -> Any:
    t = np.arange(1.0, 21.0) / 5
    return (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


def _biggs(x: Any) -> Any:
    t = np.arange(1.0, 14.0) / 10
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    return x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y


def _osborne_2(x: Any) -> Any:
    t = np.arange(65.0) / 10
    bells = sum(x[k] * np.exp(-((t - x[k + 7]) ** 2) * x[k + 4]) for k in (1, 2, 3))
    return _thousandths(_OSBORNE_2) - (x[0] * np.exp(-t * x[4]) + bells)


def _thousandths(numbers: str) -> Any:
    return np.array(numbers.split(), dtype=np.float64) / 1000


# number: name, residuals, start, minimum (None: the point above), lowest value (None: that there), others
_TABLE: dict[int, tuple[Any, ...]] = {
    2: ("freudenstein-roth", _freudenstein_roth, [0.5, -2], [5, 4], 0.0, 48.98425367924),
    3: ("powell-badly-scaled", _powell_badly_scaled, [0, 1], None, 0.0),
    4: ("brown-badly-scaled", _brown_badly_scaled, [1, 1], [1e6, 2e-6], 0.0),
    7: ("helical-valley", _helical_valley, [-1, 0, 0], [1, 0, 0], 0.0),
    8: ("bard", _bard, [1, 1, 1], None, None, 17.4286),
    9: ("gaussian", _gaussian, [0.4, 1, 0], None, None),
    13: ("powell-singular", _powell_singular, [3, -1, 0, 1], [0, 0, 0, 0], 0.0),
    14: ("wood", _wood, [-3, -1, -3, -1], [1, 1, 1, 1], 0.0),
    16: ("brown-dennis", _brown_dennis, [25, 5, -5, -1], None, None),
    18: ("biggs-exp6", _biggs, [1, 2, 1, 1, 1, 1], [1, 10, 1, 5, 4, 3], 0.0, 5.65565e-3),
    19: ("osborne-2", _osborne_2, [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5], None, None),
}
