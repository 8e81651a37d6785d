"""The machine: cores that a process may use, how busy they are, what to print about it."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

__all__ = ["BUSY", "available_cores", "busy_share", "description"]

BUSY = 0.05
"""Cores that work more than this share of the time while nothing of ours runs are not ours alone."""


def available_cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


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
