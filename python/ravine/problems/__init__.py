"""One catalogue of problems for minimisers: start, lowest value, exact derivatives, source.

The 35 sums of squares of Moré, Garbow and Hillstrom (1981), the 27 regressions with certified parameters of
NIST's Statistical Reference Datasets, the landscapes of :mod:`ravine.surfaces`, and a few hard cases with one
trait each. Sums of squares have residuals, their Jacobian and their Hessians as well.

>>> from ravine import problems
>>> bard = problems.get("bard")
>>> bard.start.tolist(), round(bard.minimum, 8), bard.jacobian(bard.start).shape
([1.0, 1.0, 1.0], 0.00821488, (15, 3))
>>> len(problems.names())
75
"""

from ravine.problems.catalogue import TAGS, get, names, select
from ravine.problems.formula import Function, Residuals
from ravine.problems.nist import Regression
from ravine.problems.problem import Problem, SumOfSquares

__all__ = ["TAGS", "Function", "Problem", "Regression", "Residuals", "SumOfSquares", "get", "names", "select"]
