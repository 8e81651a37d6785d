"""What ``import ravine`` adds to ``import numpy``: seconds, and threads."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LONGEST = 0.1
"""Seconds."""

REPETITIONS = 9

# A text and not a function: nothing may be imported before NumPy is.
PROGRAM = """
import time, os
def threads():
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
start = time.perf_counter()
import numpy
between, before = time.perf_counter(), threads()
import ravine
end = time.perf_counter()
print([between - start, end - between, before, threads()])
"""

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Import:
    """Seconds of ``import numpy``, seconds that ``import ravine`` adds, threads before and after that."""

    numpy_seconds: float
    added_seconds: float
    threads_before: int
    threads_after: int

    @property
    def meets(self) -> bool:
        """Whether it is quick and starts no thread."""
        return self.added_seconds <= LONGEST and self.threads_after == self.threads_before


def measure_import() -> Import:
    """Medians over fresh processes; the first one only brings the files into the system's cache."""
    answers = [_in_fresh_process() for _ in range(REPETITIONS + 1)][1:]
    seconds, added, before, after = (median(column) for column in zip(*answers, strict=True))
    return Import(seconds, added, int(before), int(after))


def _in_fresh_process() -> list[float]:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    answer: list[float] = json.loads(done.stdout)
    return answer
