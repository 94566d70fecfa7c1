"""The equations of critical points as one tape: gradient, Hessian, and parameters that can be solved for.

Reverse differentiation of a tape gives the gradient as further steps of the same tape, forward differentiation of
those gives the Hessian; linear forms keep cancelling exactly. A parameter w in which the objective is quadratic,
``A*w**2 + B*w + C`` with A, B, C free of w, has at critical points the value ``-B/(2*A)`` wherever ``A != 0``: it is
replaced by that value, and the critical points of the objective correspond one to one to those of the function of the
other parameters that is left (the derivative by w is zero along it).

Steps beyond those of :mod:`verify.expr.tape`: ``slope`` (the derivative of relu: 0, 1, or anything between on a kink)
and ``share`` (1 for the largest of several, 0 for the others, anything between where that is open).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.errors import Undecidable
from verify.expr.tape import Form, Step, Tape, Tracer

ZERO, ONE, HALF = Form(Fraction(0)), Form(Fraction(1)), Form(Fraction(1, 2))

TOO_HIGH = [ZERO] * 4
"""Coefficients of what is not quadratic in a parameter."""

MAX_SYSTEM_STEPS = 60_000
"""Longest tape with derivatives."""


@dataclass(frozen=True, eq=False)
class System:
    """A tape whose registers hold what is known about critical points.

    Attributes:
        steps: the steps; register i is the result of step i.
        inputs: numbers of the parameters that are left, in order; input k of the tape is parameter ``inputs[k]``.
        value: register of the objective.
        gradient: registers of the derivatives by the inputs.
        first: how many steps value, gradient and solved parameters take; the rest is for the Hessian.
        hessian: registers of the upper triangle, row by row.
        solved: (parameter, register of its value) for parameters that were solved for.
    """

    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    value: int
    gradient: tuple[int, ...]
    first: int
    hessian: tuple[int, ...]
    solved: tuple[tuple[int, int], ...]


def system(tape: Tape, solved: Sequence[int] = ()) -> System:
    """Return the equations for the critical points of a tape, ``solved`` parameters replaced in this order.

    Raises:
        Undecidable: the tape is not quadratic in one of them, or has no derivative.
    """
    inputs = tuple(k for k in range(tape.inputs) if k not in solved)
    tracer = _System()
    entries = [tracer.register("input", (), k) for k in range(len(inputs))]
    values = _solved_values(tape, solved, dict(zip(inputs, entries, strict=True)), tracer)
    env = [values[k] for k in range(tape.inputs)]
    places = replay(tape, env, tracer)
    root = tracer.place(places[tape.root])
    slopes = gradient(tape, places, env, tracer)
    gradient_places = [tracer.place(slopes[k]) for k in inputs]
    solved_places = tuple((k, tracer.place(values[k])) for k in solved)
    first = len(tracer.steps)
    rows = [tangents(tracer.steps[:first], k, tracer) for k in range(len(inputs))]
    hessian = tuple(
        tracer.place(rows[j].get(gradient_places[i], ZERO))
        for i in range(len(inputs)) for j in range(i, len(inputs))
    )  # fmt: skip
    return System(tuple(tracer.steps), inputs, root, tuple(gradient_places), first, hessian, solved_places)


class _System(Tracer):
    """Records steps, more of them than a plain tape may have."""

    limit = MAX_SYSTEM_STEPS


# --- solving for parameters -------------------------------------------------------------------------------------


def _solved_values(tape: Tape, solved: Sequence[int], env: dict[int, Form], tracer: Tracer) -> dict[int, Form]:
    """Return the value of every parameter, those solved for in terms of the inputs."""
    values = dict(env)
    stages: list[tuple[int, Tape]] = []
    left = tape
    for number in solved:
        center, left = solve(left, number)
        stages.append((number, center))
    for number, center in reversed(stages):
        values[number] = replay(center, [values.get(k, ZERO) for k in range(tape.inputs)], tracer)[center.root]
    return values


def solve(tape: Tape, number: int) -> tuple[Tape, Tape]:
    """Return the value of an input at critical points, and the tape with that value put in; both in all inputs.

    Raises:
        Undecidable: the tape is not quadratic in the input.
    """
    tracer = Tracer()
    _, b, a = coefficients(tape, number, tracer)
    if not a.terms and not a.constant:
        raise Undecidable("the objective is not quadratic in the parameter")
    inverse = tracer.power(a.scaled(Fraction(2)), -1)
    center = tracer.mul(b, inverse).scaled(Fraction(-1))
    # Put in, a sum of squares stays one, of which the next parameter sees that it is positive.
    env = [center if k == number else tracer.register("input", (), k) for k in range(tape.inputs)]
    rest = replay(tape, env, tracer)[tape.root]
    places = tracer.place(center), tracer.place(rest)
    steps = tuple(tracer.steps)
    return Tape(steps, places[0], tape.inputs), Tape(steps, places[1], tape.inputs)


def coefficients(tape: Tape, number: int, tracer: Tracer) -> tuple[Form, Form, Form]:
    """Return C, B, A with the tape equal to ``A*w**2 + B*w + C`` in input ``number``.

    Raises:
        Undecidable: it is not of that form.
    """
    places: list[list[Form]] = []
    for step in tape.steps:
        if step.op == "input":
            own = tracer.register("input", (), step.data)
            places.append([ZERO, ONE] if step.data == number else [own])
        elif step.op == "form":
            places.append(_combined(step.data, places))
        elif step.op == "mul":
            places.append(_product(places[step.args[0]], places[step.args[1]], tracer))
        elif step.op == "pow" and len(places[step.args[0]]) > 1 and step.data > 0:
            factor = places[step.args[0]]
            power = factor
            for _ in range(step.data - 1):
                power = _product(power, factor, tracer)
            places.append(power)
        else:
            args = [places[place] for place in step.args]
            simple = all(len(arg) == 1 for arg in args)
            places.append([_applied(step, [arg[0] for arg in args], tracer)] if simple else TOO_HIGH)
    root = places[tape.root]
    if len(root) > 3:
        raise Undecidable("the objective is not quadratic in the parameter")
    padded = [*root, ZERO, ZERO, ZERO]
    return padded[0], padded[1], padded[2]


def _combined(form: Form, places: Sequence[list[Form]]) -> list[Form]:
    size = max((len(places[place]) for place, _ in form.terms), default=1)
    out = [Form(form.constant), *[ZERO] * (size - 1)]
    for place, factor in form.terms:
        for degree, part in enumerate(places[place]):
            out[degree] = out[degree].plus(part.scaled(factor))
    return out


def _product(a: list[Form], b: list[Form], tracer: Tracer) -> list[Form]:
    if len(a) + len(b) - 1 > 3:
        return TOO_HIGH
    out = [ZERO] * (len(a) + len(b) - 1)
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            out[i + j] = tracer.add(out[i + j], tracer.mul(left, right))
    return out


def _applied(step: Step, args: Sequence[Form], tracer: Tracer) -> Form:
    """Return a step applied to forms."""
    if step.op == "pow":
        return tracer.power(args[0], step.data) if step.data > 0 else tracer.nothing(args[0]).plus(ONE)
    return tracer.register(step.op, [tracer.place(arg) for arg in args], step.data)


def replay(tape: Tape, env: Sequence[Form], tracer: Tracer) -> list[Form]:
    """Record a tape again with forms for its inputs; return the form of every step."""
    places: list[Form] = []
    for step in tape.steps:
        if step.op == "input":
            places.append(env[step.data])
        elif step.op == "form":
            places.append(_combined(step.data, [[place] for place in places])[0])
        elif step.op == "mul":
            places.append(tracer.mul(places[step.args[0]], places[step.args[1]]))
        else:
            places.append(_applied(step, [places[place] for place in step.args], tracer))
    return places


# --- derivatives ------------------------------------------------------------------------------------------------


def gradient(tape: Tape, places: Sequence[Form], env: Sequence[Form], tracer: Tracer) -> list[Form]:
    """Return the derivatives of a replayed tape by its inputs (not through what stands for them)."""
    adjoint: list[Form] = [ZERO] * len(tape.steps)
    adjoint[tape.root] = ONE
    out = [ZERO] * len(env)
    for number in range(len(tape.steps) - 1, -1, -1):
        step, own = tape.steps[number], adjoint[number]
        if own == ZERO:
            continue
        if step.op == "input":
            out[step.data] = tracer.add(out[step.data], own)
        elif step.op == "form":
            for place, factor in step.data.terms:
                adjoint[place] = tracer.add(adjoint[place], own.scaled(factor))
        elif step.op == "select":
            condition, a, b = step.args
            place, zero = tracer.place(places[condition]), tracer.place(ZERO)
            chosen = tracer.place(own)
            adjoint[a] = tracer.add(adjoint[a], tracer.register("select", (place, chosen, zero)))
            adjoint[b] = tracer.add(adjoint[b], tracer.register("select", (place, zero, chosen)))
        elif step.op == "require":
            adjoint[step.args[0]] = tracer.add(adjoint[step.args[0]], own)
        else:
            for place, partial in _partials(step, places, tracer, number):
                adjoint[place] = tracer.add(adjoint[place], tracer.mul(own, partial))
    return out


def _partials(step: Step, places: Sequence[Form], tracer: Tracer, number: int) -> list[tuple[int, Form]]:
    """Return (argument, derivative by it) of a step of a replayed tape."""
    args = [places[place] for place in step.args]
    if step.op == "mul":
        return [(step.args[0], args[1]), (step.args[1], args[0])]
    if step.op == "pow":
        return [(step.args[0], tracer.power(args[0], step.data - 1).scaled(Fraction(step.data)))] if step.data else []
    if step.op == "peak":
        registers = [tracer.place(arg) for arg in args]
        return [(place, tracer.register("share", registers, k)) for k, place in enumerate(step.args)]
    if not args:
        return []
    return [(step.args[0], derivative(step.op, args[0], places[number], tracer))]


def derivative(op: str, x: Form, value: Form, tracer: Tracer) -> Form:
    """Return the derivative of a function of one argument.

    Args:
        x: the argument.
        value: the function's value there.

    Raises:
        Undecidable: there is no such derivative.
    """
    if op == "exp":
        return value
    if op == "log":
        return tracer.power(x, -1)
    if op == "sqrt":
        return tracer.power(value.scaled(Fraction(2)), -1)
    if op == "inv":
        return tracer.power(value, 2).scaled(Fraction(-1))
    if op == "tanh":
        return ONE.plus(tracer.power(value, 2).scaled(Fraction(-1)))
    if op == "sigmoid":
        middle = value.plus(HALF.scaled(Fraction(-1)))
        return Form(Fraction(1, 4)).plus(tracer.power(middle, 2).scaled(Fraction(-1)))
    if op == "softplus":
        return tracer.sigmoid(x)
    if op == "erf":
        bell = tracer.exp(tracer.power(x, 2).scaled(Fraction(-1)))
        return tracer.mul(tracer.inverse_sqrt_pi(), bell).scaled(Fraction(2))
    if op == "sin":
        return tracer.cos(x)
    if op == "cos":
        return tracer.sin(x).scaled(Fraction(-1))
    if op == "relu":
        return tracer.register("slope", (tracer.place(x),))
    if op == "abs":
        return tracer.register("slope", (tracer.place(x),)).scaled(Fraction(2)).plus(Form(Fraction(-1)))
    if op in ("step", "slope", "undefined"):
        return ZERO
    raise Undecidable(f"there is no derivative of {op!r}")


def tangents(steps: Sequence[Step], number: int, tracer: Tracer) -> dict[int, Form]:
    """Return the derivatives of all steps by an input, where they are not zero."""
    out: dict[int, Form] = {}

    def own(place: int) -> Form:
        return Form(Fraction(0), ((place, Fraction(1)),))

    for place, step in enumerate(steps):
        total = ZERO
        if step.op == "input":
            total = ONE if step.data == number else ZERO
        elif step.op == "form":
            for source, factor in step.data.terms:
                if source in out:
                    total = tracer.add(total, out[source].scaled(factor))
        elif step.op == "select":
            if any(source in out for source in step.args[1:]):
                sides = [tracer.place(out.get(source, ZERO)) for source in step.args[1:]]
                total = tracer.register("select", (step.args[0], *sides))
        elif step.op == "require":
            total = out.get(step.args[0], ZERO)
        elif any(source in out for source in step.args):
            for source, partial in _own_partials(step, place, own, tracer):
                if source in out:
                    total = tracer.add(total, tracer.mul(partial, out[source]))
        if total != ZERO:
            out[place] = total
    return out


def _own_partials(step: Step, place: int, own: Any, tracer: Tracer) -> list[tuple[int, Form]]:
    """Return (argument, derivative by it) of a recorded step."""
    if step.op == "mul":
        a, b = step.args
        return [(a, own(b)), (b, own(a))]
    if step.op == "pow":
        x = own(step.args[0])
        return [(step.args[0], tracer.power(x, step.data - 1).scaled(Fraction(step.data)))] if step.data else []
    if step.op == "peak":
        return [(source, tracer.register("share", step.args, k)) for k, source in enumerate(step.args)]
    if step.op == "share":
        return []
    return [(step.args[0], derivative(step.op, own(step.args[0]), own(place), tracer))]
