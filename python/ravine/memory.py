"""How much memory there is, asked before a large array is: better an error than a machine that swaps."""

from __future__ import annotations

import math
import os
from pathlib import Path

__all__ = ["available_bytes", "require_memory"]


def available_bytes() -> float:
    """Return the bytes that can be had without swapping; infinity where the system does not tell."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # no such call, or no such name, on this system
        return math.inf


def require_memory(needed: int, what: str, instead: str) -> None:
    """Raise MemoryError, with the figures and the way out, if `needed` bytes are more than there are."""
    available = available_bytes()
    if needed > available:
        raise MemoryError(
            f"{what} needs {needed / 1e9:.3g} GB, there are {available / 1e9:.3g} GB; {instead}"
        )
