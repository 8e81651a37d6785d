"""The compiled kernels beside their twins in NumPy, timed on this machine: ``ravine bench`` from a shell.

A short table that needs nothing but the package. The folder ``bench`` of the repository measures more, beside
other packages, each in a process of its own; it takes its times by the same stopwatch.
"""

from ravine.benchmarks.kernels import KERNELS, Kernel, Work
from ravine.benchmarks.measure import Beside, measure
from ravine.benchmarks.timing import Stopwatch, Timing

__all__ = ["KERNELS", "Beside", "Kernel", "Stopwatch", "Timing", "Work", "measure"]
