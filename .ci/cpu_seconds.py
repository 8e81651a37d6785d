"""Measures what a compilation costs.

As a launcher (CMAKE_CXX_COMPILER_LAUNCHER="python;.ci/cpu_seconds.py;--log=FILE") it runs one compiler
command and appends its CPU seconds to FILE. Called with --report=FILE it prints the sum for each CPU level,
and fails if one is above --limit.
"""

from __future__ import annotations

import argparse
import collections
import re
import subprocess
import sys
from pathlib import Path


def launch(log: Path, command: list[str]) -> int:
    import resource

    status = subprocess.run(command, check=False).returncode
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = command[command.index("-o") + 1] if "-o" in command else "?"
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{usage.ru_utime + usage.ru_stime:.3f} {usage.ru_maxrss // 1024} {output}\n")
    return status


def report(log: Path, limit: float) -> int:
    seconds: collections.Counter[str] = collections.Counter()
    slowest: list[tuple[float, int, str]] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        cost, megabytes, output = line.split(maxsplit=2)
        level = re.search(r"_(v2|v3|v4|generic)\.dir/", output)
        seconds[level[1] if level else "baseline"] += float(cost)
        slowest.append((float(cost), int(megabytes), output))
    for level, total in sorted(seconds.items()):
        print(f"CPU seconds of level {level}: {total:.1f} (at most {limit:.0f})")
    for cost, megabytes, output in sorted(slowest, reverse=True)[:5]:
        print(f"  {cost:6.1f} s {megabytes:5d} MB  {output}")
    return int(any(total > limit for total in seconds.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--limit", type=float, default=140.0)
    options, command = parser.parse_known_args()
    if options.report is not None:
        return report(options.report, options.limit)
    return launch(options.log, command)


if __name__ == "__main__":
    sys.exit(main())
