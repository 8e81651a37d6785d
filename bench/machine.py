"""What a worker sets before it imports the side that it times: cores, and threads of its libraries."""

from __future__ import annotations

import os
from collections.abc import Sequence


def pin(cores: Sequence[int] | None) -> None:
    """Keep this process and its threads on these cores, where the system has such a thing."""
    if cores is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def environment(side: str, threads: int) -> dict[str, str]:
    """Variables that give a side so many threads; they count only before the side is imported."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC")
    variables = dict.fromkeys(names, str(threads))
    if side == "jax":
        variables["JAX_PLATFORMS"] = "cpu"
        variables["PJRT_NPROC"] = str(threads)
        if threads == 1:
            variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return variables
