"""The tasks of the project. `nox -l` lists them; each installs what it needs.

All but `minimums`, `newest` and `downloads` share one environment, `.nox/shared`: PyTorch alone
takes gigabytes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed
from nox.virtualenv import UV

nox.options.default_venv_backend = "none"
nox.options.sessions = ["docs", "tests"]

ROOT = Path(__file__).parent
SHARED = ROOT / ".nox" / "shared"
SITE = "docs/_build/html"
DOCTREES = "docs/_build/doctrees"
EPUB = "docs/_build/epub"
STRICT = ["-n", "-W", "--keep-going", "-j", "auto"]
SPHINX = [*STRICT, "-d", DOCTREES]
# A file of tests stays on one core: its tiny book is built once. The files go out in their order,
# not by the number of their tests: those with few tests take longest, and would come last.
PYTEST = ["-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
# Compiled once while installing, the libraries import in half the time.
ENV = {"UV_COMPILE_BYTECODE": "1", "PYTHONDONTWRITEBYTECODE": None}
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")


def install(
    session: nox.Session, folder: Path = SHARED, *options: str, base: str = sys.executable
) -> None:
    """Create an environment, or bring it up to date if pyproject.toml has changed."""
    wanted, installed = ROOT / "pyproject.toml", folder / "pyproject.toml"
    if installed.exists() and installed.read_bytes() == wanted.read_bytes():
        # Without asking the package index: what is installed works without a network.
        return
    if not (folder / "pyvenv.cfg").exists():
        made = ["--python", base, str(folder)]
        session.run_install(UV, "venv", "--quiet", *made, external=True, env=ENV)
    target = ["--python", str(folder), "--group", "dev", "--editable", "."]
    session.run_install(UV, "pip", "install", *target, *options, external=True, env=ENV)
    shutil.copy(wanted, installed)


def python(session: nox.Session, *arguments: str, folder: Path = SHARED, **env: str) -> None:
    """Run Python in an environment."""
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    path = os.pathsep.join([str(scripts), os.environ["PATH"]])
    session.run(
        str(scripts / "python"), *arguments, external=True, env={"PATH": path, **ENV, **env}
    )


def need(session: nox.Session, program: str) -> None:
    """Stop at once where a program is missing that only the system can install."""
    if shutil.which(program) is None:
        session.error(f"{program} is missing: install the system package `{program}`")


def need_site(session: nox.Session) -> None:
    """Stop at once where no site was built."""
    if not (ROOT / SITE / "index.html").exists():
        session.error("there is no site yet: run `nox -s docs` first")


def build_site(session: nox.Session, *options: str) -> None:
    """Build the HTML. On CI every page is read again: a page read once hides its warnings."""
    again = ["-E"] if os.environ.get("CI") else []
    try:
        python(session, "-m", "sphinx", *SPHINX, *again, *options, "-b", "html", "docs", SITE)
    except CommandFailed:
        # Sphinx would not read again the pages that warned, and so succeed the next time.
        (ROOT / DOCTREES / "environment.pickle").unlink(missing_ok=True)
        raise


@nox.session
def docs(session: nox.Session) -> None:
    """Build the book into docs/_build/html, running what is stale."""
    install(session)
    build_site(session, *session.posargs)
    session.log(f"The book is built: open {ROOT / SITE / 'index.html'}")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, as many at once as there are cores."""
    install(session)
    python(session, *PYTEST, *session.posargs, OMP_NUM_THREADS="1")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, spelling, and that no chapter types a result or repeats code."""
    install(session)
    python(session, "-m", "ruff", "check", ".")
    python(session, "-m", "ruff", "format", "--check", ".")
    python(session, "-m", "mypy")
    python(session, "-m", "codespell_lib")
    python(session, "docs/_ext/book_lint.py", "docs/chapters", "gallery")


@nox.session
def site(session: nox.Session) -> None:
    """Open every page of the built site in a real browser."""
    need(session, "chromium")
    install(session)
    need_site(session)
    python(session, "-m", "pytest", "-n", "auto", "tests/site", *session.posargs)


@nox.session(default=False)
def epub(session: nox.Session) -> None:
    """Build the book as an EPUB, docs/_build/epub/dlbook.epub, from the outputs of the site."""
    install(session)
    shutil.rmtree(ROOT / EPUB, ignore_errors=True)  # what an older build left would be packed
    doctrees = ["-d", f"{DOCTREES}-epub"]
    python(session, "-m", "sphinx", *STRICT, *doctrees, "-b", "epub", "docs", EPUB)
    python(session, "-m", "pytest", "tests/site/test_take_home.py", "-k", "epub")


@nox.session(default=False)
def pdf(session: nox.Session) -> None:
    """Print the built site into docs/_build/dlbook.pdf."""
    need(session, "chromium")
    install(session)
    need_site(session)
    python(session, "docs/_ext/book_pdf.py", SITE, "docs/_build/dlbook.pdf", *session.posargs)
    python(session, "-m", "pytest", "tests/site/test_take_home.py", "-k", "pdf")


@nox.session(name="zip", default=False)
def zip_site(session: nox.Session) -> None:
    """Pack the built site into docs/_build/dlbook.zip, to be opened from a folder."""
    need_site(session)
    site = ROOT / SITE
    made = shutil.make_archive(str(site.with_name("dlbook")), "zip", site.parent, site.name)
    session.log(f"The site is packed: unpack {made} and open {site.name}/index.html")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure beside peers: `-- speed` the library (default), `builds` the book, `reading` pages.

    `--record` keeps the numbers of the first two in docs/records.
    """
    known = ("speed", "builds", "reading")
    parts = [part for part in known if part in session.posargs] or ["speed"]
    options = [option for option in session.posargs if option not in known]
    if "reading" in parts:
        need(session, "chromium")
        need_site(session)
    install(session)
    for part in parts:
        output = ROOT / "docs" / "_build" / f"bench-{part}.json"
        output.parent.mkdir(parents=True, exist_ok=True)
        arguments = [*([SITE] if part == "reading" else []), *options, "--output", str(output)]
        python(session, f"bench/{part}.py", *arguments, OMP_NUM_THREADS="1")


@nox.session(default=False)
def downloads(session: nox.Session) -> None:
    """Run what the built site offers to take home, with its wheel alone: `-- --sample 6`."""
    install(session)
    folder = ROOT / ".nox" / "downloads"
    session.run_install(UV, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    wheels = [str(path) for path in (ROOT / SITE / "wheels").glob("*.whl")]
    if not wheels:
        session.error("there is no site yet: run `nox -s docs` first")
    target = ["--python", str(folder), *wheels, "ipykernel", "nbclient"]
    session.run_install(UV, "pip", "install", "--quiet", *target, env=ENV)
    python(session, "tests/site/downloads.py", SITE, str(folder), *session.posargs)


@nox.session(default=False)
def reproduce(session: nox.Session) -> None:
    """Build the book twice from nothing, on stand-ins, and name every file that differs."""
    install(session)
    copies = [ROOT / "docs" / "_build" / "reproduce" / name for name in ("first", "second")]
    for copy in copies:
        shutil.rmtree(copy, ignore_errors=True)
        made = shutil.ignore_patterns(".*", "_build", "__pycache__", "dist")
        shutil.copytree(ROOT, copy, ignore=made)
        shutil.rmtree(copy / "docs" / "gallery", ignore_errors=True)  # sphinx-gallery made it
        folders = ["-d", str(copy / DOCTREES), str(copy / "docs"), str(copy / SITE)]
        env = {"PYTHONPATH": str(copy / "src"), "DLBOOK_DATA": "standin"}
        python(session, "-m", "sphinx", *STRICT, *folders, **env)
    python(session, "tests/site/reproduce.py", *(str(copy / SITE) for copy in copies))


@nox.session(default=False)
def record(session: nox.Session) -> None:
    """Run a long experiment and keep its numbers: `nox -s record -- NAME`, `-- --check`."""
    install(session)
    python(session, "-m", "dlbook.experiments", *session.posargs, OMP_NUM_THREADS="1")


@nox.session(default=False)
def claims(session: nox.Session) -> None:
    """Run the pages with fresh seeds and judge their bounds: `-- --seeds 5 --pages PAGE ...`."""
    install(session)
    python(session, "docs/_ext/book_seeds.py", "docs", *session.posargs)


@nox.session(default=False)
def docs_watch(session: nox.Session) -> None:
    """Serve the book and build it again whenever a file changes."""
    install(session)
    watch = [option for folder in ("src", "gallery") for option in ("--watch", folder)]
    ignore = ["--ignore", "docs/_build/*", "--ignore", "docs/gallery/*"]
    options = ["-j", "auto", "-d", DOCTREES, *watch, *ignore, *session.posargs]
    python(session, "-m", "sphinx_autobuild", *options, "docs", SITE)


@nox.session(default=False)
def linkcheck(session: nox.Session) -> None:
    """Check the links that leave the site; needs a network."""
    install(session)
    python(session, "-m", "sphinx", "-b", "linkcheck", "docs", "docs/_build/linkcheck")


def test_everywhere(session: nox.Session, kind: str, *options: str, warn: tuple[str, ...]) -> None:
    """Run the tests on every supported Python of this machine, each in its own environment."""
    missing = []
    for release in SUPPORTED:
        # Where pyenv answers to the name, it wants to be told which of its releases is meant.
        which = [f"python{release}", "-c", "import sys; print(sys.executable)"]
        env = {**os.environ, "PYENV_VERSION": release}
        try:
            found = subprocess.run(which, env=env, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            missing.append(release)
            continue
        folder = ROOT / ".nox" / f"{kind}-{release}"
        install(session, folder, *options, base=found.stdout.strip())
        python(session, *PYTEST, *warn, *session.posargs, folder=folder, OMP_NUM_THREADS="1")
    if missing:
        session.warn(f"not tested, as not found on this machine: Python {', '.join(missing)}")


@nox.session(default=False)
def minimums(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml admits, on every Python."""
    # Old releases may warn about new releases of what they need; that is not for us to mend.
    test_everywhere(session, "minimums", "--resolution", "lowest-direct", warn=("-W", "default"))


@nox.session(default=False)
def newest(session: nox.Session) -> None:
    """Run the tests with the newest versions, on every supported Python of this machine."""
    test_everywhere(session, "newest", warn=())


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build the wheel and the source archive into dist/, and check them."""
    install(session)
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    python(session, "-m", "build", "--no-isolation", "--outdir", "dist")
    python(session, "-m", "twine", "check", "--strict", *map(str, (ROOT / "dist").iterdir()))


@nox.session(default=False)
def full(session: nox.Session) -> None:
    """Run everything that a release needs."""
    made = ("docs", "site", "epub", "pdf", "zip", "downloads", "build")
    proven = ("newest", "minimums", "reproduce", "claims", "bench")
    for name in ("lint", "tests", *made, *proven):
        session.notify(name, ["speed", "builds"] if name == "bench" else [])
