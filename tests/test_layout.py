"""The shape of the project: who imports whom, what starts without heavy libraries, sizes, mirrors, and words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("verify", "numerics", "theorems", "reports")
HEAVY = (
    "numpy",
    "scipy",
    "sympy",
    "cvxpy",
    "clarabel",
    "numba",
    "matplotlib",
    "jinja2",
    "hypothesis",
    "pandas",
    "torch",
)

SOURCES = sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TEXTS = sorted(
    path.relative_to(ROOT)
    for folder in (*PACKAGES, "docs", ".ci", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".md", ".toml", ".html", ".j2", ".css", ".typ", "")
    and path.is_file()
    and "__pycache__" not in path.parts
)

# --- import directions --------------------------------------------------------------------------------------------

LAYERS: tuple[tuple[str, ...], ...] = (
    ("verify.errors", "verify.__version__"),
    ("verify.exact", "verify.verdict", "verify.data", "verify.machine"),
    ("verify.expr",),
    ("verify.claim", "verify.claim_reader", "verify.logic", "verify.laws", "verify.algebra"),
    ("verify.system", "verify.certificate", "verify.branch", "verify.bounds", "verify.chance", "verify.floating"),
    ("verify.recheck",),
    ("verify.attention", "verify.properties", "verify.models", "verify.strategies", "verify.derivation",
     "verify.crosscheck", "verify.sheet"),
    ("numerics",),
    ("verify.theorem", "verify.sample_size", "verify.claim_theorem", "verify.catalogue", "verify.variant_run", "verify.variant_proof", "verify.variant_symbolic", "verify.box_option"),
    ("theorems",),
    ("reports", "verify.pipeline", "verify.landscape", "verify.landscape_families", "verify.landscape_copies", "verify.landscape_kinks", "verify.optimum", "verify.bound"),
    ("verify.runs", "verify.runner", "verify.checking", "verify.theorem_check", "verify.ablation", "verify.attack", "verify.sample_run", "verify.curve_run", "verify.curve_verdict", "verify.train_run", "verify.terminal"),
    ("verify.cli", "verify.commands", "verify.pytest_plugin"),
)  # fmt: skip
"""From the vocabulary at the bottom to the command line on top; a module imports its own layer and those below."""

RANK = {group: rank for rank, layer in enumerate(LAYERS) for group in layer}
TRUSTED = RANK["verify.recheck"]
"""Up to here not even an import inside a function may go up."""


def group_of(module: str) -> str:
    parts = module.split(".")
    if parts[0] != "verify":
        return parts[0]
    return ".".join(parts[:2]) if len(parts) > 1 else "verify.__version__"


def imported(path: Path, *, top: bool) -> Iterator[str]:
    """Yield the project's modules that a file imports, at its top or anywhere."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for node in _top_level(tree) if top else ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "verify" else [node.module]
            )
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in PACKAGES)


def _top_level(tree: ast.Module) -> Iterator[ast.AST]:
    """Statements that run on import; not those under ``if TYPE_CHECKING``."""
    for node in tree.body:
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield node


def test_every_module_has_a_layer() -> None:
    missing = {layer_of(path) for path in SOURCES} - set(RANK)
    assert not missing, "add them to LAYERS"


def test_imports_go_down() -> None:
    wrong = []
    for path in SOURCES:
        here = RANK[layer_of(path)]
        for module in imported(path, top=here > TRUSTED):
            if RANK.get(group_of(module), len(LAYERS)) > here:
                wrong.append(f"{path} imports {module}, which is above it")
    assert not wrong


def layer_of(path: Path) -> str:
    return group_of(".".join(path.with_suffix("").parts).removesuffix(".__init__"))


@cache
def loaded_by(code: str) -> frozenset[str]:
    """Return the modules that are loaded after running a piece of code in a new interpreter."""
    program = f"import sys\nsys.argv = ['attnverify', '--help']\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('\\n@', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    return frozenset(done.stdout.rpartition("\n@")[2].split())


RECHECKERS = sorted(
    ".".join(path.with_suffix("").parts)
    for path in SOURCES
    if path.parent == Path("verify/recheck") and path.name[0] != "_"
)


def test_recheck_loads_flint_and_the_standard_library_only() -> None:
    modules = loaded_by("import verify.recheck, " + ", ".join(RECHECKERS))
    assert "flint" in modules
    assert not modules & {*HEAVY, "numerics", "theorems", "reports", "click", "rich"}
    known = {*sys.stdlib_module_names, "flint", "verify", "__main__", *loaded_by("import flint")}
    assert {m.split(".")[0] for m in modules} <= known


def test_import_verify_loads_the_standard_library_only() -> None:
    modules = loaded_by("import verify") - loaded_by("pass")
    assert {m.split(".")[0] for m in modules} <= {"verify", *sys.stdlib_module_names}


@pytest.mark.parametrize("code", ["from verify.cli import main; main(['--help'])", "from verify.cli import main; main(['recheck', '--help'])",
                                  "from verify.cli import main; main(['check', '--help'])", "import verify.pytest_plugin"])  # fmt: skip
def test_the_front_door_is_light(code: str) -> None:
    assert not loaded_by(code) & (set(HEAVY) - {"hypothesis"})


def test_rechecking_a_file_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"from verify.cli import main; main(['recheck', {str(tmp_path / 'nothing.json')!r}])"
    modules = loaded_by(code)
    assert "verify.recheck" in modules
    assert not modules & {*HEAVY, "numerics"}


def test_expressions_parse_without_evaluation() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "sympify", "__import__"), path


# --- sizes --------------------------------------------------------------------------------------------------------

MAX_LINES = 500

TOO_LONG: dict[str, str] = {}
"""Files over the limit, each with its reason."""


def length(path: Path) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_files_are_short() -> None:
    lengths = {str(path): length(path) for path in TEXTS if path.suffix == ".py"}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES and name not in TOO_LONG} == {}


def test_the_median_file_is_short() -> None:
    lengths = sorted(map(length, SOURCES))
    assert lengths[len(lengths) // 2] <= 150


# --- mirrors ------------------------------------------------------------------------------------------------------

TOGETHER: dict[str, str] = {
    "verify/models": "tests/verify/models/test_models.py",
    "verify/attention": "tests/verify/attention",
    "verify/properties": "tests/verify/properties",
    "theorems/seed": "tests/theorems/seed",
    "numerics/variants": "tests/numerics/variants",
}
"""Folders of small files of one kind that are tested by walking over the folder."""

ELSEWHERE: dict[str, str] = {
    "verify/claim_reader.py": "tests/verify/test_claim.py reads claim files of every kind through it",
    "verify/runs.py": "values only; tests/verify/test_checking.py fills them",
    "verify/theorem_check.py": "tests/verify/test_claim_theorem.py runs theorems through it",
    "verify/variant_run.py": "tests/verify/commands/test_variant.py runs through it",
    "verify/expr/functions.py": "tests/verify/expr/test_build.py and conftest.py go through every function",
    "verify/expr/operators.py": "tests/verify/expr/test_build.py uses every operator",
    "verify/recheck/newton.py": "tests/verify/test_landscape.py certifies critical points with it",
    "verify/recheck/bound.py": "tests/verify/test_bound.py checks its certificates",
    "numerics/bound.py": "tests/verify/test_bound.py runs the search",
    "numerics/landscape.py": "tests/verify/test_landscape.py runs the search",
    "numerics/landscape_native.py": "tests/numerics/test_landscape.py compares it with NumPy",
    "numerics/landscape_engine.py": "tests/numerics/test_landscape.py compares it with the compiled one",
}
"""Files without a mirror, each with the reason."""


def mirrors(path: Path) -> list[Path]:
    folder = ROOT / "tests" / path.parent
    stem = path.stem
    return [folder / f"test_{stem}.py", folder / f"test_{stem.lstrip('_')}.py"]


def test_every_source_has_its_mirror() -> None:
    missing = []
    for path in SOURCES:
        together = TOGETHER.get(str(path.parent))
        if path.name == "__init__.py" or str(path) in ELSEWHERE or (together and (ROOT / together).exists()):
            continue
        if not any(mirror.exists() for mirror in mirrors(path)):
            missing.append(str(path))
    assert not missing, "write their tests, or name them in ELSEWHERE with the reason"


def test_the_lists_name_files() -> None:
    for name in (*TOO_LONG, *ELSEWHERE):
        assert (ROOT / name).is_file(), name


# --- words --------------------------------------------------------------------------------------------------------

FORBIDDEN = re.compile(
    "|".join((r"\bsess" + r"ions?\b", r"\bag" + r"ents?\b", r"/wo" + r"rk/", r"/tmp/ve" + r"nv", r"/ho" + r"me/", r"pypi\.o" + r"rg",
              r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bX" + r"XX\b")),
)  # fmt: skip

OTHER_MEANING = re.compile(
    r"two sess"
    + r"ions agree|"
    + r'scope="sess'
    + r'ion"|pytest\.Sess'
    + r"ion|sess"
    + r"ion: pytest|pytest_sess"
    + r"ion\w+"
)


def test_texts_speak_of_the_project_alone() -> None:
    found = []
    for path in TEXTS:
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1):
            match = FORBIDDEN.search(OTHER_MEANING.sub("", line))
            if match:
                found.append(f"{path}:{number}: {match[0]}")
    assert not found


def test_sources_have_a_docstring_and_do_not_print() -> None:
    wrong = []
    for path in SOURCES:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        if not ast.get_docstring(tree):
            wrong.append(f"{path} has no docstring")
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                wrong.append(f"{path}:{node.lineno} prints")
    assert not wrong
