"""Runs what the README shows, exactly as it stands there.

python .ci/readme.py README.md list bash   prints the shell blocks
python .ci/readme.py README.md run bash    runs every shell block in the current folder
python .ci/readme.py README.md run python  runs every Python block with this interpreter, each in a new folder

--with WORD takes only the blocks that contain the word, --without WORD those that do not.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(readme: Path, language: str) -> list[str]:
    return [body for name, body in BLOCK.findall(readme.read_text(encoding="utf-8")) if name == language]


def run(body: str, language: str) -> int:
    if language == "bash":
        return subprocess.run(["bash", "-euo", "pipefail", "-c", body], check=False).returncode
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([sys.executable, "-W", "error", "-c", body], cwd=folder, check=False).returncode


def main() -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("readme", type=Path)
    parser.add_argument("action", choices=["list", "run"])
    parser.add_argument("language", choices=["bash", "python"])
    parser.add_argument("--with", dest="wanted", default="")
    parser.add_argument("--without", dest="unwanted", default=None)
    options = parser.parse_args()
    chosen = [
        body
        for body in blocks(options.readme, options.language)
        if options.wanted in body and (options.unwanted is None or options.unwanted not in body)
    ]
    if not chosen:
        print(f"{options.readme} has no such {options.language} block")
        return 1
    for number, body in enumerate(chosen, 1):
        print(f"--- {options.language} block {number} of {options.readme.name}\n{body}---", flush=True)
        if options.action == "run":
            start = time.monotonic()
            status = run(body, options.language)
            print(f"--- exit status {status}, {time.monotonic() - start:.1f} s", flush=True)
            if status != 0:
                return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
