"""Writing a violation as Python that can be pasted into a test."""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.variants.search import Finding
from numerics.variants.target import Target
from verify.attention._base import Variant
from verify.properties._base import Inputs

MAX_ENTRIES = 4000
"""Arrays with more entries are not written out; the snippet then says how to search again."""

_HELPERS = {
    "unmodified(": """
def unmodified(i):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(inputs[i], kept[i]))
""",
    "outside_hull(": """
def outside_hull(o, v, mask):
    seen = np.broadcast_to(True if mask is None else mask, (*o.shape[:-1], v.shape[-2]))
    low = np.where(seen[..., None], v[..., None, :, :], np.inf).min(-2)
    high = np.where(seen[..., None], v[..., None, :, :], -np.inf).max(-2)
    return np.where(seen.any(-1)[..., None], np.maximum(low - o, o - high), 0).max()
""",
    "visible_mean(": """
def visible_mean(v, mask):
    if mask is None:
        return v.mean(-2, keepdims=True)
    return mask @ v.astype(float) / np.maximum(mask.sum(-1, keepdims=True), 1)
""",
    "gradient_defect(": """
# the gradient of f(*inputs[0]) along a direction differs from the derivative along it; search again for the direction
def gradient_defect(f, arrays, mask):
    return float("inf")
""",
    "weights_defect(": """
def weights_defect(pair, v, mask):
    o, w = (np.asarray(part, dtype=float) for part in pair)
    seen = np.ones(w.shape, bool) if mask is None else np.broadcast_to(mask, w.shape)
    rows = seen.any(-1)
    sums, again = np.abs(w.sum(-1) - 1)[rows], np.abs(w @ v - o)[rows]
    return max(-w.min(), np.abs(w[~seen]).max(initial=0), sums.max(initial=0), again.max(initial=0))
""",
}


def snippet(target: Target, finding: Finding, *, reference: Variant | None = None) -> str:
    """Return the Python text; it fails as long as the violation is there."""
    judgement = finding.judgement
    assert judgement is not None
    calls = [_cut(one, finding.batched) for one in judgement.calls]
    size = sum(part.size for one in calls for part in one if part is not None)
    if size > MAX_ENTRIES:
        return (
            f"# {size} numbers; search again: attnverify variant {target.name} --properties {finding.property.name}\n"
        )
    place = int(np.argmax(judgement.violated))
    lines = ["import numpy as np", target.load.rstrip(), "nan, inf = np.nan, np.inf"]
    lines += [_helper for key, _helper in _HELPERS.items() if key in judgement.assertion]
    lines.append(f"inputs = [{', '.join(_arguments(one, finding.dtype, target) for one in calls)}]")
    lines.append(f"masks = [{', '.join(_text(one[-1], 'bool') for one in calls)}]")
    lines += _calling(target, finding.dtype, "unmodified(" in judgement.assertion)
    lines.append(f"bound = {float(judgement.bound[place])!r}")
    if "exact" in judgement.assertion:
        lines.append(f"exact = {_exact(target, finding)}")
    if "reference" in judgement.assertion:
        lines.append(f"reference = {_reference(finding, reference)}")
    lines.append(f"assert {judgement.assertion}, {judgement.text!r}")
    return "\n".join(lines) + "\n"


def _calling(target: Target, dtype: str, keep: bool) -> list[str]:
    mask = "mask" if target.framework == "numpy" else "wrap(mask)"
    lines = ["kept = [tuple(np.array(a) for a in one) for one in inputs]"] if keep else []
    if target.framework == "torch":
        lines += [
            "import torch",
            f"wrap = lambda a: torch.tensor(a).to(torch.{dtype}) if a.dtype.kind == 'f' else torch.tensor(a)",
        ]
        lines += ["plain = lambda a: a.detach().double().numpy()"]
        if hasattr(target.function, "state_dict"):
            lines.append(f"f = f.eval().to(torch.{dtype})")
    elif target.framework == "jax":
        lines += ["import jax, jax.numpy as jnp", 'jax.config.update("jax_enable_x64", True)']
        lines += [f"wrap = lambda a: jnp.asarray(a, dtype=jnp.{dtype} if a.dtype.kind == 'f' else None)"]
        lines += ["plain = lambda a: np.asarray(a, dtype=float)"]
    call = "*one" if target.framework == "numpy" else "*[wrap(a) for a in one]"
    plain = "np.asarray({}, dtype=float)" if target.framework == "numpy" else "plain({})"
    lines.append('with np.errstate(all="ignore"):')
    pairs = "for one, mask in zip(inputs, masks)"
    lines.append(f"    raw = [f({call}) if mask is None else f({call}, mask={mask}) {pairs}]")
    first = plain.format("one[0] if isinstance(one, (tuple, list)) else one")
    lines.append(f"out = [{first} for one in raw]")
    return lines


def _cut(inputs: Inputs, batched: bool) -> list[Any]:
    parts = [inputs.q] if inputs.layer else [inputs.q, inputs.k, inputs.v]
    return [part if batched or part is None else part[0] for part in (*parts, inputs.mask)]


def _arguments(parts: list[Any], dtype: str, target: Target) -> str:
    return "(" + " ".join(_text(part, dtype) + "," for part in parts[:-1]) + ")"


def _text(a: Any, dtype: str) -> str:
    if a is None:
        return "None"
    name = "float32" if dtype == "bfloat16" else dtype
    shaped = f".reshape({a.shape})" if a.size == 0 else ""
    return f"np.array({a.tolist()}, dtype={name!r}){shaped}"


def _exact(target: Target, finding: Finding) -> str:
    from numerics.variants.lab import Lab
    from numerics.variants.rounding import format_named

    assert finding.judgement is not None
    lab = Lab(target, format_named(finding.dtype), batched=finding.batched)
    wide = lab.run(finding.judgement.calls[0]).wide
    wide = wide if finding.batched else wide[0]
    return f"np.array({np.asarray(wide, dtype=float).tolist()})"


def _reference(finding: Finding, one: Variant | None) -> str:
    from numerics.variants.library import reference_of

    assert finding.judgement is not None
    assert one is not None
    middle, _ = reference_of(one)(finding.judgement.calls[0])
    return f"np.array({(middle if finding.batched else middle[0]).tolist()})"


def witness(finding: Finding) -> dict[str, Any]:
    """Return the inputs of the violation as plain lists: those of the first call, and of related calls."""
    assert finding.judgement is not None
    calls = [_named(one, finding.batched) for one in finding.judgement.calls]
    out = dict(calls[0])
    if len(calls) > 1:
        out["related"] = [{key: value for key, value in one.items() if value != calls[0].get(key)} for one in calls[1:]]
    return out


def _named(inputs: Inputs, batched: bool) -> dict[str, Any]:
    names = ["x", "mask"] if inputs.layer else ["q", "k", "v", "mask"]
    parts = _cut(inputs, batched)
    return {name: _plain(part.tolist()) for name, part in zip(names, parts, strict=True) if part is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, bool) or np.isfinite(value) else str(value)
