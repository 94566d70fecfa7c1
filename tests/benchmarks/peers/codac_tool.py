"""codac: an outer paving of the zeros of a gradient in a box, to a given width of boxes. It proves no zero to exist.

Reads one request as JSON (``steps`` of the gradient, ``gradient`` registers, ``low``, ``high``, ``width``), prints one.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import codac


def expression(steps: list[Any], gradient: list[int], size: int) -> Any:
    """Return the gradient as a function of codac."""
    x = codac.VectorVar(size)
    places: list[Any] = []
    for op, args, data in steps:
        own = [places[k] for k in args]
        if op == "input":
            places.append(x[data])
        elif op == "form":
            constant, terms = data
            total = None
            for place, factor in terms:
                part = places[place] if factor == 1 else factor * places[place]
                total = part if total is None else total + part
            places.append(total if constant == 0 else total + constant)
        elif op == "mul":
            places.append(own[0] * own[1])
        elif op == "pow":
            places.append(codac.sqr(own[0]) if data == 2 else codac.pow(own[0], data))
        elif op == "inv":
            places.append(1 / own[0])
        elif op == "sigmoid":
            places.append(1 / (1 + codac.exp(-own[0])))
        elif op == "softplus":
            places.append(codac.log(1 + codac.exp(own[0])))
        else:
            places.append(getattr(codac, op)(own[0]))
    return codac.AnalyticFunction([x], [places[k] for k in gradient])


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.readline())
    size = len(request["low"])
    function = expression(request["steps"], request["gradient"], size)
    begun = time.process_time()
    contractor = codac.CtcInverse(function, [0] * size)
    box = [[a, b] for a, b in zip(request["low"], request["high"], strict=True)]
    paving = codac.pave(box, contractor, request["width"])
    boxes = len(paving.boxes(codac.PavingOut.outer))
    print(json.dumps({"seconds": time.process_time() - begun, "boxes": boxes}))


if __name__ == "__main__":
    main()
