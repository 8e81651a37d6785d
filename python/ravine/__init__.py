"""ravine: small and medium fully connected networks, trained on CPUs with exact derivatives, from NumPy.

>>> import numpy as np, ravine as rv
>>> x = np.linspace(-1, 1, 64)[:, None]
>>> net = rv.MLP([1, 16, 1], seed=0)
>>> history = rv.fit(net, x, np.sin(3 * x[:, 0]), optimizer=rv.optim.Adam(lr=0.01), epochs=300)
>>> bool(history["loss"][-1] < 1e-2)
True
"""

from __future__ import annotations

import atexit
import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# It chooses the compiled core before anything asks for it.
from ravine import _load

if TYPE_CHECKING:
    from ravine import (
        comparison,
        datasets,
        diagnostics,
        export,
        initializers,
        linalg,
        losses,
        optim,
        plots,
        problems,
        schedules,
        scipy,
        sklearn,
        surfaces,
        tables,
        uncertainty,
    )
    from ravine.comparison.compare import compare
    from ravine.comparison.problem import TrainingProblem
    from ravine.history import EpochRecord, History, StepRecord, StopReason
    from ravine.interop import from_sklearn, from_torch, to_torch
    from ravine.minimizers.check_derivatives import DerivativeCheck, check_derivatives
    from ravine.minimizers.fit_result import LeastSquaresResult
    from ravine.minimizers.functions import Objective
    from ravine.minimizers.least_squares import least_squares
    from ravine.minimizers.line_search import LineSearchEnd, LineSearchResult, line_search
    from ravine.minimizers.minimize import minimize
    from ravine.minimizers.minimizer import Minimizer
    from ravine.minimizers.result import MinimizeResult
    from ravine.minimizers.starts import MinimizeStarts
    from ravine.model_file import ModelFileError
    from ravine.network import MLP, Dense, load
    from ravine.objective import EmpiricalRisk
    from ravine.scaled_model import ScaledModel
    from ravine.scaling import Standardizer
    from ravine.training.batches import minibatches
    from ravine.training.checkpoint import Checkpoint
    from ravine.training.clipping import clip_norm, clip_value
    from ravine.training.early_stopping import EarlyStopping
    from ravine.training.fit import fit
    from ravine.training.linear import LinearFit, fit_linear
    from ravine.training.perturbation import Perturbation
    from ravine.training.rate_search import RateSearch, rate_search
    from ravine.training.state_file import CheckpointError
    from ravine.training.stream import fit_stream
    from ravine.uncertainty.evidence import EvidenceFit, fit_evidence
    from ravine.uncertainty.laplace import laplace
    from ravine.uncertainty.posterior import LaplacePosterior
    from ravine.uncertainty.precision import ImproperPosteriorError

__all__ = [
    "MLP",
    "Checkpoint",
    "CheckpointError",
    "Dense",
    "DerivativeCheck",
    "EarlyStopping",
    "EmpiricalRisk",
    "EpochRecord",
    "EvidenceFit",
    "History",
    "ImproperPosteriorError",
    "LaplacePosterior",
    "LeastSquaresResult",
    "LineSearchEnd",
    "LineSearchResult",
    "LinearFit",
    "MinimizeResult",
    "MinimizeStarts",
    "Minimizer",
    "ModelFileError",
    "Objective",
    "Perturbation",
    "RateSearch",
    "ScaledModel",
    "Standardizer",
    "StepRecord",
    "StopReason",
    "TrainingProblem",
    "build_info",
    "check_derivatives",
    "clip_norm",
    "clip_value",
    "compare",
    "comparison",
    "datasets",
    "diagnostics",
    "export",
    "fit",
    "fit_evidence",
    "fit_linear",
    "fit_stream",
    "from_sklearn",
    "from_torch",
    "get_num_threads",
    "initializers",
    "laplace",
    "least_squares",
    "linalg",
    "line_search",
    "load",
    "losses",
    "minibatches",
    "minimize",
    "optim",
    "plots",
    "problems",
    "rate_search",
    "schedules",
    "scipy",
    "set_num_threads",
    "sklearn",
    "surfaces",
    "tables",
    "to_torch",
    "uncertainty",
]

__version__: str = _load.core.build_info()["version"]

# Other threads may be inside a kernel when the interpreter ends, or when the process forks.
atexit.register(_load.core.prepare_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_load.core.after_fork)

# Where each public name lives, loaded when it is first asked for: no program waits for what it does not use.
_HOMES = {
    "Checkpoint": "ravine.training.checkpoint",
    "CheckpointError": "ravine.training.state_file",
    "Dense": "ravine.network",
    "DerivativeCheck": "ravine.minimizers.check_derivatives",
    "EarlyStopping": "ravine.training.early_stopping",
    "EmpiricalRisk": "ravine.objective",
    "EpochRecord": "ravine.history",
    "EvidenceFit": "ravine.uncertainty.evidence",
    "History": "ravine.history",
    "ImproperPosteriorError": "ravine.uncertainty.precision",
    "LaplacePosterior": "ravine.uncertainty.posterior",
    "LeastSquaresResult": "ravine.minimizers.fit_result",
    "LineSearchEnd": "ravine.minimizers.line_search",
    "LineSearchResult": "ravine.minimizers.line_search",
    "LinearFit": "ravine.training.linear",
    "MLP": "ravine.network",
    "Minimizer": "ravine.minimizers.minimizer",
    "MinimizeResult": "ravine.minimizers.result",
    "MinimizeStarts": "ravine.minimizers.starts",
    "ModelFileError": "ravine.model_file",
    "Objective": "ravine.minimizers.functions",
    "Perturbation": "ravine.training.perturbation",
    "RateSearch": "ravine.training.rate_search",
    "ScaledModel": "ravine.scaled_model",
    "Standardizer": "ravine.scaling",
    "StepRecord": "ravine.history",
    "StopReason": "ravine.history",
    "TrainingProblem": "ravine.comparison",
    "check_derivatives": "ravine.minimizers.check_derivatives",
    "clip_norm": "ravine.training.clipping",
    "clip_value": "ravine.training.clipping",
    "compare": "ravine.comparison",
    "fit": "ravine.training.fit",
    "fit_evidence": "ravine.uncertainty.evidence",
    "fit_linear": "ravine.training.linear",
    "fit_stream": "ravine.training.stream",
    "from_sklearn": "ravine.interop",
    "from_torch": "ravine.interop",
    "laplace": "ravine.uncertainty.laplace",
    "least_squares": "ravine.minimizers.least_squares",
    "line_search": "ravine.minimizers.line_search",
    "load": "ravine.network",
    "minibatches": "ravine.training.batches",
    "minimize": "ravine.minimizers.minimize",
    "rate_search": "ravine.training.rate_search",
    "to_torch": "ravine.interop",
}
_MODULES = (
    "comparison",
    "datasets",
    "diagnostics",
    "export",
    "initializers",
    "linalg",
    "losses",
    "optim",
    "plots",
    "problems",
    "schedules",
    "scipy",
    "sklearn",
    "surfaces",
    "tables",
    "uncertainty",
)

if not TYPE_CHECKING:  # a checker would take any name for one of the package's

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(f"ravine.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module 'ravine' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def set_num_threads(n: int) -> None:
    """Set the most threads that a kernel uses; results do not change by a bit.

    Small work is done by one thread all the same. Raises ValueError unless 1 ≤ n ≤ 1024.

    >>> import ravine as rv
    >>> before = rv.get_num_threads()
    >>> rv.set_num_threads(1)
    >>> rv.get_num_threads()
    1
    >>> rv.set_num_threads(before)
    """
    _load.core.set_num_threads(n)


def get_num_threads() -> int:
    """Return the most threads that a kernel uses.

    At first these are the cores that this process may use (affinity, container quota), or OMP_NUM_THREADS if
    that is less.
    """
    return int(_load.core.get_num_threads())


def build_info() -> dict[str, Any]:
    """Return what this installation is: version, CPU level loaded and supported, compiler, threads, Eigen.

    >>> import ravine as rv
    >>> sorted(rv.build_info())[:3]
    ['available_threads', 'compiler', 'cpu_level']
    """
    return {
        **_load.core.build_info(),
        "cpu_supported": _load.cpu_supported(),
        "num_threads": get_num_threads(),
        "available_threads": _load.core.available_threads(),
    }
