"""The cases of ``python -m bench`` in one process, ravine beside NumPy: ``pytest bench``.

Ratios to hold on to come from ``python -m bench``, where every side has a process of its own; this is for
the daily look, and for the profiler.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.cases import CASES, CURVATURE_KINDS, DENSE_KINDS, PRODUCT_KINDS
from bench.compare import difference, tolerance
from bench.peers import numpy_side, ravine_side
from bench.problems import make

pytestmark = pytest.mark.benchmark(
    max_time=0.3, min_rounds=3, disable_gc=True, warmup=True, warmup_iterations=1
)

SIDES = {"ravine": ravine_side, "numpy": numpy_side}

# These have no tuned twin in NumPy: `python -m bench --parts curvature dense` has peers for them.
WITHOUT_TWIN = (*CURVATURE_KINDS, *PRODUCT_KINDS, *DENSE_KINDS)
NAMES = [
    name for name, case in CASES.items() if case.kind not in WITHOUT_TWIN and case.loss == "cross_entropy"
]


@pytest.mark.parametrize("by", SIDES)
@pytest.mark.parametrize("name", NAMES)
def test_case(benchmark: BenchmarkFixture, name: str, by: str, threads: int) -> None:
    case = CASES[name]
    benchmark.group = case.title
    problem = make(case)
    program = SIDES[by].build(case, problem, threads)
    benchmark.extra_info["units"] = program.units  # an epoch's time is for so many epochs
    benchmark(program.run)


@pytest.mark.parametrize("name", NAMES)
def test_case_agrees_with_numpy(name: str, threads: int) -> None:
    case = CASES[name]
    problem = make(case)
    ours, twin = (side.build(case, problem, threads).results() for side in (ravine_side, numpy_side))
    assert ours.keys() == twin.keys()
    for key, value in ours.items():
        assert difference(value, twin[key], problem.theta if case.kind == "epoch" else None) <= tolerance(
            case, "ravine"
        )
