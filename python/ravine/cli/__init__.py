"""``ravine train``, ``predict``, ``compare``, ``inspect``, ``bench``: the main jobs from a shell.

Exit status 0: done. 1: the training failed. 2: options or files must be changed first. 130: interrupted.
With 1 and 2 nothing has been written; with 130 nothing, or the best so far, as the message says.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

import ravine as rv
from ravine.cli.bench import bench
from ravine.cli.compare import compare
from ravine.cli.errors import InputError, TrainingError
from ravine.cli.export import export
from ravine.cli.inspect import inspect
from ravine.cli.parser import build_parser
from ravine.cli.predict import predict
from ravine.cli.train import train
from ravine.model_file import ModelFileError

__all__ = ["main"]

_COMMANDS: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "train": train,
    "predict": predict,
    "compare": compare,
    "inspect": inspect,
    "bench": bench,
    "export": export,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with the given arguments (None: those of the process) and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character (²) shows a substitute rather than a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    options, unknown = build_parser(rv.__version__).parse_known_args(argv)
    if unknown:
        options.parser.refuse(unknown)
    try:
        status = _COMMANDS[options.command](options)
        sys.stdout.flush()
    except (InputError, ModelFileError) as error:
        return _complain(error, 2)
    except TrainingError as error:
        return _complain(error, 1)
    except BrokenPipeError:
        # The reader of our output (head, less) has left. Python would complain once more when it flushes at
        # exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _complain(error, 2)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing was written", 130)
    return status or 0


def _complain(error: Exception | str, status: int) -> int:
    print(f"ravine: {error}", file=sys.stderr)
    return status
