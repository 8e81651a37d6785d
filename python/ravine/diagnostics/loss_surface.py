"""J over a plane through θ, so that its shape can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import positive, real_array, require_count
from ravine.diagnostics.spectrum import Method, from_target
from ravine.diagnostics.target import Target, length_of
from ravine.linalg.products import FloatArray, float_vector
from ravine.seeds import Seed
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LossSurface", "loss_surface"]


@dataclass(frozen=True, eq=False)
class LossSurface:
    """J(θ + x u + y v) on a grid: prints as a table, plots itself.

    Attributes
    ----------
    directions : (2, P), u and v.
    names : what they are.
    curvatures : (2,), uᵀHu and vᵀHv.
    coordinates : x (m,) and y (m,), both symmetric around 0.
    values : (m, m), a row for each y; not finite where J is not.
    value : J(θ), in the middle.
    """

    directions: FloatArray
    names: tuple[str, str]
    curvatures: FloatArray
    coordinates: tuple[FloatArray, FloatArray]
    values: FloatArray
    value: float

    def __str__(self) -> str:
        middle = len(self.values) // 2
        cuts = (self.values[middle], self.values[:, middle])
        rows = [
            [name, *map(format_number, (float(c), float(at[-1]), float(cut[0]), self.value, float(cut[-1])))]
            for name, c, at, cut in zip(self.names, self.curvatures, self.coordinates, cuts, strict=True)
        ]
        lowest = float(np.nanmin(np.where(np.isfinite(self.values), self.values, np.nan)))
        return (
            f"J over a plane through θ: lowest {format_number(lowest)}, here {format_number(self.value)}\n"
            + format_table(["direction", "curvature", "reach", "J at -reach", "J here", "J at reach"], rows)
        )

    def plot(self) -> Figure:
        """Return the picture: contour lines, and J along each direction."""
        from ravine.plots import loss_surface as picture

        return picture(self)


def loss_surface(
    target: Any,
    theta: ArrayLike | None = None,
    *,
    directions: ArrayLike | None = None,
    reach: ArrayLike | None = None,
    points: int = 41,
    method: Method = "auto",
    seed: Seed = 0,
) -> LossSurface:
    """Evaluate J on a grid in the plane of the eigenvectors of λ_min and λ_max, or of two directions.

    Costs points² values of J, and the two ends of the spectrum or two products with H.

    Parameters
    ----------
    target, theta, method, seed : as for :func:`spectrum`.
    directions : (2, P), u and v, not parallel; taken as they are. None: unit eigenvectors.
    reach : how far the grid goes along u and v, one number or two. None: as far as the quadratic model takes
        to change J by its own size, at most the length of θ, or 1 where that is less.
    points : along each direction, odd, so that θ is one of them.

    Raises
    ------
    TypeError, ValueError, MemoryError : as for :func:`spectrum`; directions that span no plane.

    Source: Li et al., Visualizing the loss landscape of neural nets (2018), who take random directions.

    >>> import ravine as rv
    >>> report = rv.diagnostics.loss_surface(rv.surfaces.Rosenbrock(), [1.0, 1.0], points=5)
    >>> float(report.values.min()), report.value
    (0.0, 0.0)
    >>> report.curvatures.round(1).tolist()
    [0.4, 1001.6]
    """
    at = Target(target, theta)
    if require_count(points, "points", least=3) % 2 == 0:
        raise ValueError(f"points must be odd, so that theta is one of them, got {points}")
    if directions is None:
        if at.order < 2:
            raise ValueError("a plane needs two parameters, there is one")
        seen = from_target(at, method, ends=1, seed=seed)
        plane, names = seen.vectors.T.copy(), ("u of λ_min", "v of λ_max")
        curvatures = np.array([seen.eigmin, seen.eigmax])
    else:
        plane, names = _given(directions, at.order), ("u", "v")
        curvatures = np.array([d @ at.product(d / length_of(d)) * length_of(d) for d in plane])
    value = at.value()
    ends = _reach(reach, plane, curvatures, value, length_of(at.theta))
    x, y = (np.linspace(-end, end, points) for end in ends)
    x[points // 2] = y[points // 2] = 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # J may be anything far away, and is shown as it is
        values = np.array([[at.value(at.theta + a * plane[0] + b * plane[1]) for a in x] for b in y])
    return LossSurface(plane, names, curvatures, (x, y), values, value)


def _given(directions: ArrayLike, order: int) -> FloatArray:
    pair = real_array(directions, "directions")
    if pair.shape != (2, order):
        raise ValueError(f"directions must have shape (2, {order}), got {pair.shape}")
    plane = np.stack([float_vector(d, f"directions[{k}]", order) for k, d in enumerate(pair)])
    lengths = np.linalg.norm(plane, axis=1)
    if not lengths.all() or abs(plane[0] @ plane[1]) > (1 - 1e-12) * lengths.prod():
        raise ValueError("directions must span a plane: one of them is zero, or they are parallel")
    return plane


def _reach(
    reach: ArrayLike | None, plane: FloatArray, curvatures: FloatArray, value: float, length: float
) -> FloatArray:
    if reach is not None:
        given = np.broadcast_to(real_array(reach, "reach"), (2,)).tolist()
        return np.array([positive(each, "reach") for each in given])
    lengths = np.linalg.norm(plane, axis=1)
    farthest = max(1.0, length) / lengths
    change = abs(value) if value != 0 and np.isfinite(value) else 1.0
    with np.errstate(divide="ignore"):
        model = np.sqrt(2 * change / np.abs(curvatures))
    return np.clip(model, 1e-3 * farthest, farthest)
