"""Classic functions to minimise, each with its derivatives, its minima, a start and a window to look through.

They are the landscapes that every course on optimisation draws: :func:`ravine.compare` runs update rules over
them, and any minimiser can be tried on their ``value``, ``gradient`` and ``hessian``.

>>> import ravine as rv
>>> rv.surfaces.Rosenbrock().value([1.0, 1.0])
0.0
"""

from ravine.surfaces.classic import Beale, Rosenbrock
from ravine.surfaces.difficult import Cliff, Plateau, Saddle
from ravine.surfaces.quadratic import Ravine
from ravine.surfaces.surface import Surface

__all__ = ["SURFACES", "Beale", "Cliff", "Plateau", "Ravine", "Rosenbrock", "Saddle", "Surface"]

SURFACES: dict[str, type[Surface]] = {
    kind.name: kind for kind in (Ravine, Rosenbrock, Beale, Saddle, Cliff, Plateau)
}
"""Every surface by its name; each can be made without an argument."""
