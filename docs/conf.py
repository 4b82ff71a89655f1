"""Settings of the site. `nox -s docs` builds it; `sphinx-build docs docs/_build/html` does too."""

import os
import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

# Pages and examples run in processes of their own and inherit these. One thread each: pages run
# side by side, and a sum over one thread does not depend on the number of cores.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # no number may depend on whether there is a GPU
os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800")

project = "dlbook"
author = "The dlbook authors"
project_copyright = f"{author}. Text CC BY 4.0, code BSD-3-Clause"
release = version = installed("dlbook")

extensions = [
    "myst_nb",
    "book_freshness",
    "book_claims",
    "book_mathml",
    "book_concepts",
    "book_downloads",
    "book_gallery",
    "book_passport",
    "book_timed",
    "book_live",
    "book_page",
    "book_epub",
    "sphinx_gallery.gen_gallery",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
# sphinx-gallery writes a notebook beside each page; MyST-NB would take it for a second source.
exclude_patterns = ["_build", "gallery/**.ipynb"]
templates_path = ["_templates"]
# Only names of the library itself can be looked up: there is no network to ask others.
nitpick_ignore_regex = [("py:.*", r"(?!dlbook\.).*")]

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / "jupyter_cache")
nb_execution_in_temp = True
nb_execution_timeout = 600
nb_execution_show_tb = True
nb_output_stderr = "warn"  # a page that prints a warning has something to mend

sphinx_gallery_conf = {
    "examples_dirs": "../gallery",
    "gallery_dirs": "gallery",
    "backreferences_dir": "gallery/backreferences",
    "capture_repr": (),
    "doc_module": ("dlbook",),
    "image_scrapers": ("book_gallery",),
    "image_srcset": ["2x"],  # a fine screen shows twice the points
    "min_reported_time": 10**9,
    "remove_config_comments": True,
    "reset_modules": ("matplotlib", "book_gallery.reset"),
    "reset_modules_order": "both",
    "show_signature": False,
    "within_subsection_order": "FileNameSortKey",
    "write_computation_times": False,
}

# A branch with the built site, such as https://github.com/OWNER/NAME/tree/gh-pages: pages then
# offer to run on a computer elsewhere.
book_repository = os.environ.get("DLBOOK_REPOSITORY", "")
concepts_assumed = ["Python", "school algebra"]  # the preface says so

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # not the value, which may be a path of this machine
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_param = False
napoleon_use_rtype = False

epub_title = "Deep learning, computed"
epub_description = "An introduction to deep learning that computes everything it says"
epub_contributor = author
epub_identifier = f"urn:dlbook:{version}"
epub_uid = "dlbook"
epub_css_files = ["book.css", "epub.css"]
epub_show_urls = "no"
epub_tocdepth = 2
epub_tocdup = False
epub_tocscope = "includehidden"

html_theme = "sphinx_book_theme"
html_title = "Deep learning, computed"
html_baseurl = os.environ.get("DLBOOK_BASEURL", "")
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_favicon = "_static/favicon.svg"
html_logo = "_static/logo.svg"
html_math_renderer = "mathml"
html_context = {"default_mode": "auto"}
html_copy_source = False
html_domain_indices = False  # a second list of the modules, folded by a mouse alone
html_show_sphinx = False
html_last_updated_fmt = None
# From a folder, a browser does not let the search page fetch its summaries.
html_show_search_summary = False
html_theme_options = {
    "navbar_persistent": [],  # one search control, in the sidebar
    "use_download_button": False,  # book_downloads offers better ones
    "use_fullscreen_button": False,
}
