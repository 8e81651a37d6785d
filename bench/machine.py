"""The machine: cores that a process may use, threads that its libraries start, what to print about it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

BUSY = 0.05
"""Cores that work more than this share of the time while nothing of ours runs are not ours alone."""


def pin(cores: Sequence[int] | None) -> None:
    """Keep this process and its threads on these cores, where the system has such a thing."""
    if cores is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def available_cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


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


def busy_share(seconds: float = 1.0) -> float:
    """Share of the cores' time in use while this process sleeps; 0 where the system does not tell."""
    before = _cpu_times()
    time.sleep(seconds)
    after = _cpu_times()
    if before is None or after is None:
        return 0.0
    spent = [b - a for a, b in zip(before, after, strict=True)]
    idle = spent[3] + spent[4]
    return 1 - idle / max(sum(spent), 1)


def _cpu_times() -> list[int] | None:
    """User, nice, system, idle, waiting, interrupts, …, stolen, summed over the cores."""
    try:
        line = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return None
    return [int(field) for field in line.split()[1:9]]


def description() -> dict[str, str]:
    """What to print about the machine."""
    cores = available_cores()
    caches = ", ".join(f"L{level} {size}" for level, size in _caches(cores[0]))
    return {
        "processor": _processor() + (f" ({caches})" if caches else ""),
        "cores": str(len(cores)),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    known = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    name = known.get("model name", platform.machine())
    family, model = known.get("cpu family"), known.get("model")
    return f"{name}, family {family} model {model}" if family else name


def _caches(core: int) -> list[tuple[str, str]]:
    found = []
    for index in sorted(Path(f"/sys/devices/system/cpu/cpu{core}/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append((level, size))
    return found
