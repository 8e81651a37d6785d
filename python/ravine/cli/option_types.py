"""What the commands' options share: converters whose complaints state the rule, help that fits the screen."""

from __future__ import annotations

import argparse
import difflib
import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import ravine as rv
from ravine.cli.errors import InputError

__all__ = [
    "HelpFormatter",
    "Parser",
    "add_threads",
    "count",
    "delimiter",
    "finite",
    "from_one",
    "non_negative",
    "number",
    "positive",
    "set_threads",
    "share",
    "whole",
    "widths",
]


class HelpFormatter(argparse.HelpFormatter):
    """Fills paragraphs to the width of the screen; blocks with indented lines, as examples, stay."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        blocks = []
        for block in textwrap.dedent(text).strip("\n").split("\n\n"):
            head = [line for line in block.split("\n") if not line.startswith(" ")]
            if len(head) == len(block.split("\n")):
                filled = textwrap.fill(" ".join(head), width, break_on_hyphens=False)
                blocks.append(textwrap.indent(filled, indent))
            else:
                blocks.append(textwrap.indent(block, indent))
        return "\n\n".join(blocks)


class Parser(argparse.ArgumentParser):
    """A parser whose help fits the screen, and that names the nearest of an unknown option."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": HelpFormatter, "allow_abbrev": False, **options})

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """End with status 2 because of words that mean nothing here."""
        near = ""
        if unknown[0].startswith("-"):
            known = [name for name in self._option_string_actions if name.startswith("--")]
            close = difflib.get_close_matches(unknown[0].partition("=")[0], known, n=1, cutoff=0.5)
            near = f"; did you mean {close[0]}?" if close else f" ({self.prog} --help has what there is)"
        self.error(f"unrecognized arguments: {' '.join(unknown)}{near}")


def number(kind: type, accept: Callable[[float], bool], rule: str) -> Callable[[str], float]:
    """A converter for argparse whose complaint states the rule."""

    def convert(text: str) -> float:
        try:
            value: float = kind(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and accept(value)):
            raise argparse.ArgumentTypeError(f"{text!r}: expected {rule}")
        return value

    return convert


count = number(int, lambda v: v >= 1, "a whole number from 1")
whole = number(int, lambda v: v >= 0, "a whole number from 0")
positive = number(float, lambda v: v > 0, "a positive number")
non_negative = number(float, lambda v: v >= 0, "a number from 0")
finite = number(float, lambda _: True, "a number")
from_one = number(float, lambda v: v >= 1, "a number from 1")
share = number(float, lambda v: 0 <= v < 1, "a share from 0 to less than 1")


def widths(text: str) -> list[int]:
    """Hidden widths; 0 alone: none."""
    if text.strip() == "0":
        return []
    parts = text.split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected whole numbers from 1 separated by commas, such as 64,64"
        )
    return [int(part) for part in parts]


def delimiter(text: str) -> str:
    """One character between cells."""
    character = "\t" if text in ("tab", "\\t") else text
    if len(character) != 1 or character in '"\r\n ' or not character.isascii():
        raise argparse.ArgumentTypeError(f"{text!r}: expected one character, or the word tab")
    return character


def add_threads(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """The option that :func:`set_threads` obeys."""
    parser.add_argument("--threads", type=count, metavar="N", help="default: the cores that are available")


def set_threads(threads: int | None) -> None:
    """Use so many threads, if a number was given."""
    if threads is not None:
        try:
            rv.set_num_threads(threads)
        except ValueError as error:
            raise InputError(f"--threads: {error}") from error
