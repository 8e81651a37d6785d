"""The nonlinear regression problems of NIST's Statistical Reference Datasets, with certified parameters.

Each has two starts, the first far from the solution, the second nearer. Parameters, their standard deviations
and the residual sum of squares were computed by NIST in 128-bit precision and are certified to eleven digits.

Source: National Institute of Standards and Technology, Statistical Reference Datasets, nonlinear regression
(1999); see ``data/ATTRIBUTION.txt`` in the package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ravine.problems.formula import Residuals
from ravine.problems.problem import FloatArray

__all__ = ["Regression", "regressions"]

Model: TypeAlias = Callable[[Any, Any, Any], Any]
"""f(b, x, z): parameters (an array or a jet) and the two predictors; most models leave the second one out."""


@dataclass(frozen=True, eq=False)
class Regression(Residuals):
    """y ≈ f(x; b): residuals f(x_i; b) - y_i, with the certified solution.

    Attributes
    ----------
    level : NIST's level of difficulty: "lower", "average" or "higher".
    x : (N,) predictor, or (N, 2) where there are two.
    y : (N,) response (of Nelson: its logarithm).
    parameters : (n,) certified.
    standard_deviations : (n,) certified, those of the parameters.
    residual_sum : certified Σ r².

    >>> from ravine import problems
    >>> fit = problems.get("Misra1a")
    >>> fit.parameters, fit.residual_sum, fit.starts.shape
    (array([2.38942129e+02, 5.50156432e-04]), 0.12455138894, (2, 2))
    """

    level: str = ""
    x: FloatArray = field(default_factory=lambda: np.zeros(0))
    y: FloatArray = field(default_factory=lambda: np.zeros(0))
    standard_deviations: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def parameters(self) -> FloatArray:
        """The certified parameters, (n,)."""
        return np.array(self.minima_at[0], dtype=np.float64)

    @property
    def residual_sum(self) -> float:
        """The certified residual sum of squares."""
        assert self.lowest is not None
        return self.lowest

    @property
    def residual_standard_deviation(self) -> float:
        """√(Σ r² / (N - n)) at the certified parameters."""
        return float(np.sqrt(self.residual_sum / (len(self.y) - self.dimension)))

    def correct_digits(self, theta: ArrayLike) -> float:
        """-log₁₀ of the largest relative error of a parameter, between 0 and the eleven certified digits."""
        error = np.abs(self._point(theta) / self.parameters - 1).max()
        return float(np.clip(-np.log10(max(error, 1e-11)), 0, 11)) if np.isfinite(error) else 0.0


@lru_cache(maxsize=1)
def regressions() -> dict[str, Regression]:
    """All 27 by name."""
    path = Path(__file__).parents[1] / "data" / "nist_strd.npz"
    found = {}
    with np.load(path, allow_pickle=False) as archive:
        rows, sizes = np.cumsum(archive["rows"])[:-1], np.cumsum(archive["sizes"])[:-1]
        observations = np.split(archive["observations"], rows)
        parameters = np.split(archive["parameters"], sizes)
        for name, table, values, lowest in zip(
            archive["names"].tolist(),
            observations,
            parameters,
            archive["residual_sums"].tolist(),
            strict=True,
        ):
            found[name] = _regression(name, table, values, lowest)
    return found


def _regression(name: str, table: FloatArray, values: FloatArray, lowest: float) -> Regression:
    """From rows (y, x, z), and for each parameter two starts, the certified value and its deviation."""
    level, model = _MODELS[name]
    y, x, z = table.T
    if name == "Nelson":
        y = np.log(y)

    def residuals(b: Any) -> Any:
        return model(b, x, z) - y

    return Regression(
        name,
        residuals,
        begin=values.T[:2],
        minima_at=values.T[2:3],
        lowest=lowest,
        source=f"NIST Statistical Reference Datasets, nonlinear regression, {name}",
        level=level,
        x=table[:, 1:] if z.any() else x,
        y=y,
        standard_deviations=values.T[3],
    )


class _Model(NamedTuple):
    level: str
    function: Model


def _enso(b: Any, x: Any, _: Any) -> Any:
    waves = b[0]
    for period, cosine, sine in ((12.0, b[1], b[2]), (b[3], b[4], b[5]), (b[6], b[7], b[8])):
        angle = 2 * np.pi * x / period
        waves = waves + cosine * np.cos(angle) + sine * np.sin(angle)
    return waves


def _gauss(b: Any, x: Any, _: Any) -> Any:
    bells = [b[k] * np.exp(-((x - b[k + 1]) ** 2) / b[k + 2] ** 2) for k in (2, 5)]
    return b[0] * np.exp(-b[1] * x) + bells[0] + bells[1]


def _lanczos(b: Any, x: Any, _: Any) -> Any:
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x)


def _cubics(b: Any, x: Any, _: Any) -> Any:
    return (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) / (1 + x * (b[4] + x * (b[5] + x * b[6])))


def _saturation(b: Any, x: Any, _: Any) -> Any:
    return -b[0] * np.expm1(-b[1] * x)


def _chwirut(b: Any, x: Any, _: Any) -> Any:
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


_MODELS: dict[str, _Model] = {
    "Bennett5": _Model("higher", lambda b, x, _: b[0] * (b[1] + x) ** (-1 / b[2])),
    "BoxBOD": _Model("higher", _saturation),
    "Chwirut1": _Model("lower", _chwirut),
    "Chwirut2": _Model("lower", _chwirut),
    "DanWood": _Model("lower", lambda b, x, _: b[0] * x ** b[1]),
    "ENSO": _Model("average", _enso),
    "Eckerle4": _Model("higher", lambda b, x, _: b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)),
    "Gauss1": _Model("lower", _gauss),
    "Gauss2": _Model("lower", _gauss),
    "Gauss3": _Model("average", _gauss),
    "Hahn1": _Model("average", _cubics),
    "Kirby2": _Model("average", lambda b, x, _: (b[0] + x * (b[1] + x * b[2])) / (1 + x * (b[3] + x * b[4]))),
    "Lanczos1": _Model("average", _lanczos),
    "Lanczos2": _Model("average", _lanczos),
    "Lanczos3": _Model("lower", _lanczos),
    "MGH09": _Model("higher", lambda b, x, _: b[0] * x * (x + b[1]) / (x * (x + b[2]) + b[3])),
    "MGH10": _Model("higher", lambda b, x, _: b[0] * np.exp(b[1] / (x + b[2]))),
    "MGH17": _Model("average", lambda b, x, _: b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4])),
    "Misra1a": _Model("lower", _saturation),
    "Misra1b": _Model("lower", lambda b, x, _: b[0] * (1 - (1 + b[1] * x / 2) ** -2.0)),
    "Misra1c": _Model("average", lambda b, x, _: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5)),
    "Misra1d": _Model("average", lambda b, x, _: b[0] * b[1] * x / (1 + b[1] * x)),
    "Nelson": _Model("average", lambda b, x, z: b[0] - b[1] * x * np.exp(-b[2] * z)),
    "Rat42": _Model("higher", lambda b, x, _: b[0] / (1 + np.exp(b[1] - b[2] * x))),
    "Rat43": _Model("higher", lambda b, x, _: b[0] / (1 + np.exp(b[1] - b[2] * x)) ** (1 / b[3])),
    "Roszman1": _Model("average", lambda b, x, _: b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi),
    "Thurber": _Model("higher", _cubics),
}
