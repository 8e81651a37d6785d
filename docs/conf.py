"""The site: `sphinx-build -W --keep-going -n docs build/site`, with nothing fetched from anywhere."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from docutils import nodes

import ravine

project = "ravine"
author = "the ravine developers"
version = release = ravine.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"ravine {release}"
html_show_copyright = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
pygments_style, pygments_dark_style = "friendly", "monokai"
highlight_language = "none"

myst_heading_anchors = 4  # as on the repository's page: a heading is a target

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say shapes and units, which types do not
autodoc_default_options = {"members": True}
nitpick_ignore_regex = [("py:.*", r"(numpy|np|scipy|collections|typing|pandas|matplotlib|sklearn)\..*")]
toc_object_entries_show_parents = "hide"

SHORT = 16  # characters of a cell that stays on one line
SECTION = re.compile(r"^(Parameters|Returns|Raises|Attributes|Yields)$")
ENTRY = re.compile(r"^(?P<names>[*\w][\w*., ]*) : (?P<text>.*)$")
PAGE = re.compile(r"\bdocs/(\w+(?:/[\w-]+)?)\.md\b")
MARKUP = re.compile(r"\||(?<=\w)_(?![\w`])")
SCRIPT = re.compile(r"^\[(\w+\.py)\]\(((?:\.\./)+examples/.*\.py)\)$", re.MULTILINE)


def sections(lines: list[str]) -> list[str]:
    """Turn `name : what it is` below an underlined heading into a list of terms."""
    shown: list[str] = []
    inside = False
    for k, line in enumerate(lines):
        underlined = k + 1 < len(lines) and set(lines[k + 1]) == {"-"}
        if underlined and SECTION.match(line):
            inside = True
            shown += [f".. rubric:: {line}", ""]
        elif inside and set(line) == {"-"}:
            continue
        elif inside and (entry := ENTRY.match(line)):
            names = ", ".join(f"**{name.strip()}**" for name in entry["names"].replace("*", r"\*").split(","))
            shown += [names, f"    {entry['text']}"]
        else:
            if inside and line and not line.startswith(" ") and shown[-1].startswith(" "):
                shown.append("")  # a sentence after the terms
            inside = inside and not line.startswith(">>>")
            shown.append(line)
    return shown


def docstring(*arguments: Any) -> None:
    """Docstrings are plain text with roles: |λ| and trailing underscores are no markup, pages are links."""
    thing, lines = arguments[3], arguments[-1]
    lines[:] = sections(lines)
    if isinstance(thing, type) and issubclass(thing, Enum):
        lines += [f"* ``{name}``: {member.value}" for name, member in thing.__members__.items()]
    for k, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "... ")):
            parts = re.split(r"(``.*?``)", PAGE.sub(r":doc:`/\1`", line))
            parts[::2] = [MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
            lines[k] = "".join(parts)


def listings(*arguments: Any) -> None:
    """A link to a script that is a paragraph by itself shows the script."""
    source: list[str] = arguments[-1]
    source[0] = SCRIPT.sub(
        r"<details><summary>\1</summary>\n\n```{literalinclude} \2\n:language: python\n```\n\n</details>",
        source[0],
    )


def short_cells(*arguments: Any) -> None:
    """Figures with their units are not broken over lines."""
    for entry in arguments[-1].findall(nodes.entry):
        if len(entry.astext()) <= SHORT:
            entry["classes"].append("short")


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("doctree-read", short_cells)
    app.connect("autodoc-process-docstring", docstring)
    app.connect("source-read", listings)
