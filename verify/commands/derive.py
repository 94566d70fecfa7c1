"""``attnverify derive``: gradient, Hessian and critical-point conditions of a model or of a claim's objective."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from verify.derivation import CrossCheck, Derivation, ScalarDerivation
    from verify.sheet import Line, Section

SHORT = 20
"""Scalar formulas are shown unasked up to this many operations of the loss."""

EPILOG = """\b
Examples:
  attnverify derive baseline                        a two-layer network, one sample
  attnverify derive free-mask --set n=4 p=3 m=2     sizes: samples, inputs, hidden units
  attnverify derive softmax-mask --set activation=identity
  attnverify derive self-attention --set n=16 T=8 d=8 hidden=8 --no-hessian
  attnverify derive M2 --set T=3 --latex > recurrent.tex
  attnverify derive luong-general --set n=1 T=2 d=2 dv=1
  attnverify derive claim.toml --json | jq .gradient

\b
Reading the formulas:
  a vector is a column, ᵀ transposes, ⊙ multiplies entry by entry, 𝟏 is the vector of ones
  P[i] is matrix i of an array P with three axes; of a matrix M, M[i] is row i as a column
  softmax acts on rows; dW is a change of W, and a Hessian block is a linear map of it
  e[0], e[1], ... are unit vectors; ‖.‖ is the Euclidean norm, ⟨., .⟩ the inner product of matrices
"""


@click.command(short_help="Derive gradient, Hessian and critical-point conditions.", epilog=EPILOG)
@click.argument("target", metavar="FILE|MODEL", required=False)
@click.argument("more", nargs=-1, metavar="[NAME=SIZE]...")
@click.option("--set", "sizes", multiple=True, metavar="NAME=SIZE", help="A size of the model; may be repeated.")
@click.option("--ridge", metavar="NUMBER", help="Add (NUMBER/2) times the squared norm of all parameters.")
@click.option("--hessian/--no-hessian", default=True, help="Derive the Hessian blocks.  [default: yes]")
@click.option("--scalars/--no-scalars", default=None, help="Also write out scalars by SymPy.  [default: if short]")
@click.option("--check/--no-check", default=True, help="Compare with an independent derivation.  [default: yes]")
@click.option("--seed", default=0, show_default=True, help="Seed of the points at which derivations are compared.")
@click.option("--latex", "form", flag_value="latex", help="Print LaTeX.")
@click.option("--json", "form", flag_value="json", help="Print one JSON object with text and LaTeX.")
@click.option("--list", "listing", is_flag=True, help="List the models and their sizes.")
def command(
    target: str | None,
    more: tuple[str, ...],
    sizes: tuple[str, ...],
    ridge: str | None,
    hessian: bool,
    scalars: bool | None,
    check: bool,
    seed: int,
    form: str | None,
    listing: bool,
) -> None:
    """Derive loss, gradient by parameter block, Hessian blocks and critical-point conditions.

    FILE is a claim with an objective; MODEL is a network of the library (see --list) at the sizes given by --set, or a
    variant of attention, whose squared loss |O - Y|^2/2 is derived by its inputs q, k, v and its own parameters.
    Everything is derived on arrays, in matrix form, and compared with a second derivation: SymPy's on explicit
    scalars for small sizes, central differences in ball arithmetic for large ones. A difference is an internal
    error (exit code 1), never a result.
    """
    if listing:
        click.echo(_listing())
        return
    if target is None:
        raise click.UsageError("give a claim file or a model; 'attnverify derive --list' shows the models")
    from verify.derivation import derive
    from verify.sheet import sheet

    about, loss, parameters, definitions = _subject(target, _assignments((*sizes, *more)))
    if scalars is None and "kind" in about:
        scalars = False  # of exponentials they fill pages
    if ridge is not None:
        loss = _with_ridge(loss, parameters, ridge)
    derivation = derive(loss, parameters, definitions=definitions, second_order=hessian)
    checked, unchecked = _checked(derivation, seed) if check else (None, "not asked for")
    written = _scalars(derivation, scalars, hessian)
    page = sheet(derivation, second_order=hessian)
    if form == "json":
        click.echo(_json(about, derivation, page, written, checked, unchecked))
    else:
        show = _latex_lines if form == "latex" else _text_lines
        _echo("\n".join(show(about, derivation, page, written, checked, unchecked)))


# --- input ------------------------------------------------------------------------------------------------------


def _assignments(pairs: tuple[str, ...]) -> dict[str, Any]:
    from verify.errors import InvalidInput

    out: dict[str, Any] = {}
    for pair in (part for text in pairs for part in text.split(",") if part):
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidInput(f"--set {pair!r} is not NAME=SIZE", fix="write --set n=8")
        if name in out:
            raise InvalidInput(f"--set gives '{name}' twice", fix="keep one of them")
        digits = value.removeprefix("-")
        out[name] = int(value) if digits.isascii() and digits.isdigit() and len(digits) < 10 else value
    return out


def _subject(target: str, sizes: dict[str, Any]) -> tuple[dict[str, Any], Any, dict[str, Any], dict[str, Any]]:
    """Return a description, the loss, its parameters and named parts, from a claim file or a model."""
    from pathlib import Path

    if target.endswith(".toml") or Path(target).is_file():
        return _claim(target, sizes)
    from verify import models
    from verify.attention import variants
    from verify.errors import InvalidInput

    if target not in models.names() and target.replace("-", "_") in variants():
        from verify.attention._loss import squared_loss

        return squared_loss(variants()[target.replace("-", "_")], sizes)
    try:
        model = models.build(target, **sizes)
    except InvalidInput as error:
        if "/" in target:
            raise InvalidInput(f"there is no file {target!r}", fix="give a claim file or a model") from None
        raise error
    shown = models.sizes(model.name) | sizes
    about = {
        "name": model.name,
        "sign": model.sign,
        "formula": model.formula,
        "sizes": {key: value for key, value in shown.items() if value is not None},
    }
    return about, model.loss, model.parameters, model.definitions


def _claim(path: str, sizes: dict[str, Any]) -> tuple[dict[str, Any], Any, dict[str, Any], dict[str, Any]]:
    from verify.claim import load_claim
    from verify.errors import InvalidInput, Location

    if sizes:
        raise InvalidInput("--set applies to models, not to claim files", fix="write the sizes in the file")
    claim = load_claim(path)
    if claim.objective is None:
        where = Location(file=path, key="objective.minimise")
        raise InvalidInput("the claim has no objective to derive", fix='write minimise = "..."', where=where)
    parameters = {parameter.name: parameter.symbol for parameter in claim.parameters}
    definitions = {name: node for name, node in claim.definitions.items() if node.kind == "real"}
    return {"name": claim.id, "file": path, "title": claim.title}, claim.objective, parameters, definitions


def _with_ridge(loss: Any, parameters: dict[str, Any], text: str) -> Any:
    from verify.exact import parse_rational
    from verify.models._model import ridge

    return ridge(loss, parameters, parse_rational(text))


# --- derivations ------------------------------------------------------------------------------------------------


def _checked(derivation: Derivation, seed: int) -> tuple[CrossCheck | None, str | None]:
    from verify.derivation import cross_check
    from verify.errors import Undecidable

    try:
        return cross_check(derivation, seed=seed), None
    except Undecidable as reason:
        return None, str(reason)


def _scalars(derivation: Derivation, wanted: bool | None, hessian: bool) -> ScalarDerivation | None:
    from verify.derivation import derive_scalars, scalar_operations

    if wanted is False or (wanted is None and (scalar_operations(derivation.loss) > SHORT or derivation.size > 8)):
        return None
    from verify.errors import Undecidable

    try:
        return derive_scalars(derivation, second_order=hessian)
    except Undecidable:
        if wanted:
            raise
        return None


# --- output -----------------------------------------------------------------------------------------------------


def _echo(text: str) -> None:
    """Print formulas; a terminal without Unicode gets them spelled out."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        from verify.expr.plain import ascii_only

        text = ascii_only(text)
    click.echo(text)


def _listing() -> str:
    from verify import models

    lines = []
    for name in models.names():
        module = models.module(name)
        sizes = " ".join(f"{k}={'d' if v is None else v}" for k, v in models.sizes(name).items())
        lines += [f"{name} ({module.SIGN})", f"  {module.FORMULA}", f"  --set {sizes}"]
    from verify.attention import variants

    lines += ["", "variants of attention, with --set n=1 T=2 d=2 dv=1 (queries, keys, width, width of values):"]
    lines += [f"  {name:18} {one.formula}" for name, one in variants().items()]
    return "\n".join(lines)


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"


def _heading(about: dict[str, Any]) -> str:
    sign = f" ({about['sign']})" if "sign" in about else ""
    rest = about.get("formula") or about.get("title") or ""
    sizes = " ".join(f"{key}={value}" for key, value in about.get("sizes", {}).items())
    return f"{about['name']}{sign}: {rest}" + (f"\nsizes {sizes}" if sizes else "")


def _text_lines(
    about: dict[str, Any],
    derivation: Derivation,
    page: list[Section],
    written: ScalarDerivation | None,
    checked: CrossCheck | None,
    unchecked: str | None,
) -> list[str]:
    lines = [_heading(about), _shapes_line(derivation), ""]
    for section in page:
        lines += [_bold(section.title) + _remark(section.title)]
        lines += [f"  {line.text}" + _text_note(line) for line in section.lines]
        lines += ["  where"] * bool(section.where)
        lines += [f"    {line.text}" + _text_note(line) for line in section.where] + [""]
    if written:
        lines += [_bold("Scalars") + " (by SymPy)", *_scalar_lines(written), ""]
    return [*lines, _check_line(checked, unchecked), _time_line(derivation)]


def _bold(text: str) -> str:
    return click.style(text, bold=True)


def _remark(title: str) -> str:
    return {
        "Hessian": ": each block as a map of a change of the second array; the mirrored block is its adjoint",
        "Critical points": ": exactly the points where all of these hold",
    }.get(title, "")


def _text_note(line: Line) -> str:
    each = f", each {', '.join(line.index)}" if line.index else ""
    return f"    [{_shape(line.shape)}{each}]" if line.shape else ""


def _shapes_line(derivation: Derivation) -> str:
    parameters = ", ".join(f"{name} {_shape(symbol.shape)}" for name, symbol in derivation.parameters.items())
    data = ", ".join(f"{n} {_shape(s)}" for n, s in derivation.shapes.items() if n not in derivation.parameters)
    count = f"{derivation.size} parameters: {parameters}"
    return f"{count}\ndata: {data}" if data else count


def _scalar_lines(written: ScalarDerivation) -> list[str]:
    lines = [f"  L = {written.loss}"]
    for variable, slope, factors in zip(written.variables, written.gradient, written.conditions, strict=True):
        lines.append(f"  ∂L/∂{variable} = {slope}")
        lines.append(f"    zero iff {' or '.join(f'{factor} = 0' for factor in factors)}")
    return lines


def _check_line(checked: CrossCheck | None, unchecked: str | None) -> str:
    if checked is None:
        return f"not compared with a second derivation: {unchecked}"
    how = "exactly" if checked.exact else f"to {checked.difference}"
    what = f"{checked.entries} values at {checked.points} random rational points"
    return f"compared with {checked.method}: {what} agree {how} ({checked.seconds:.2f} s)"


def _time_line(derivation: Derivation) -> str:
    parts = ", ".join(f"{name} {1000 * seconds:.1f} ms" for name, seconds in derivation.seconds.items())
    return f"derived: {parts}"


def _latex_lines(
    about: dict[str, Any],
    derivation: Derivation,
    page: list[Section],
    written: ScalarDerivation | None,
    checked: CrossCheck | None,
    unchecked: str | None,
) -> list[str]:
    lines = [f"% {row}" for row in f"{_heading(about)}\n{_shapes_line(derivation)}".splitlines()]
    for section in page:
        lines += ["", f"% {section.title}{_remark(section.title)}"]
        lines += [rf"\[ {line.latex} \]{_latex_note(line)}" for line in (*section.lines, *section.where)]
    if written:
        lines += ["", "% Scalars (by SymPy)", *(rf"\[ {row} \]" for row in scalar_latex(written))]
    return [*lines, "", f"% {_check_line(checked, unchecked)}"]


def _latex_note(line: Line) -> str:
    return f" %{_text_note(line).lstrip()}" if line.shape else ""


def scalar_latex(written: ScalarDerivation) -> list[str]:
    """Return the scalar formulas as LaTeX equations."""
    from verify.expr.scalar_latex import scalar_latex as latex

    lines = [f"L = {latex(written.loss)}"]
    for variable, slope in zip(written.variables, written.gradient, strict=True):
        lines.append(rf"\frac{{\partial L}}{{\partial {latex(variable)}}} = {latex(slope)}")
    return lines


def _json(
    about: dict[str, Any],
    derivation: Derivation,
    page: list[Section],
    written: ScalarDerivation | None,
    checked: CrossCheck | None,
    unchecked: str | None,
) -> str:
    import json
    from dataclasses import asdict

    sections = {section.title: section for section in page}
    data = about | {
        "parameters": {name: list(symbol.shape) for name, symbol in derivation.parameters.items()},
        "data": {n: list(s) for n, s in derivation.shapes.items() if n not in derivation.parameters},
        "definitions": [_json_line(line) for section in page for line in section.where],
        "loss": _json_line(sections["Loss"].lines[0]),
        "gradient": dict(zip(derivation.parameters, map(_json_line, sections["Gradient"].lines), strict=True)),
        "hessian": [
            {"row": a, "column": b} | _json_line(line)
            for (a, b), line in zip(derivation.hessian, _lines(sections.get("Hessian")), strict=True)
        ],
        "critical_points": [_json_line(line) for line in sections["Critical points"].lines],
        "scalars": _json_scalars(written) if written else None,
        "check": asdict(checked) if checked else None,
        "unchecked": unchecked,
        "seconds": dict(derivation.seconds),
    }
    return json.dumps(data, ensure_ascii=False)


def _lines(section: Section | None) -> tuple[Line, ...]:
    return section.lines if section else ()


def _json_line(line: Line) -> dict[str, Any]:
    return {"text": line.text, "latex": line.latex, "shape": list(line.shape), "index": list(line.index)}


def _json_scalars(written: ScalarDerivation) -> dict[str, Any]:
    rows = [[str(entry) for entry in row] for row in written.hessian]
    names = [str(variable) for variable in written.variables]
    return {
        "variables": names,
        "loss": str(written.loss),
        "gradient": dict(zip(names, map(str, written.gradient), strict=True)),
        "hessian": rows,
        "zero_factors": {n: [str(f) for f in fs] for n, fs in zip(names, written.conditions, strict=True)},
        "latex": scalar_latex(written),
    }
