"""Sphinx configuration: pages in MyST Markdown, the tutorial as an executed notebook, one page per theorem entry."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ.update(NO_COLOR="1", COLUMNS="110")

from theorem_pages import write_pages  # noqa: E402

from verify import __version__  # noqa: E402

project = "attnverify"
author = "attnverify contributors"
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.doctest"]
exclude_patterns = ["_build", "README.md"]
html_theme = "furo"
html_title = f"attnverify {release}"
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_timeout = 240
nb_execution_raise_on_error = True
nb_execution_in_temp = True

nitpicky = True
smartquotes = False


def setup(app: Any) -> None:
    """Write the pages of the theorem library before Sphinx looks for sources."""
    app.connect("config-inited", lambda app, config: write_pages(HERE / "library"))
