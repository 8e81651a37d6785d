"""Prints what `import ravine` adds to `import numpy`; fails if the median is above a tenth of a second."""

from __future__ import annotations

import statistics
import subprocess
import sys

CODE = "import time, numpy; start = time.perf_counter(); import ravine; print(time.perf_counter() - start)"
LIMIT = 0.1

times = [
    float(subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout)
    for _ in range(9)
]
median = statistics.median(times) * 1e3
print(f"import ravine adds {median:.1f} ms to NumPy's (median of {len(times)}, at most {LIMIT * 1e3:.0f} ms)")
sys.exit(median > LIMIT * 1e3)
