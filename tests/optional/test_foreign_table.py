"""What holds for attention code of PyTorch, JAX, Equinox and Flax: the table of docs/foreign.md, reproduced."""

import pytest
from foreign_modules import HAS, NEEDS, TARGETS

from numerics.variants.campaign import campaign
from numerics.variants.profile import profile
from numerics.variants.rounding import FORMATS
from numerics.variants.target import make_target

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # the clock rings inside a callback
]

ON_MASKS = ("fully-masked-row", "masked-poison")

FAILS = {
    "torch-sdpa": {"masked-poison"},
    "torch-sdpa-fused": {"masked-poison"},
    "torch-mha": {"fully-masked-row", "masked-poison"},
    "jax-dot-product": {"fully-masked-row", "masked-poison", "accuracy", "exact-gradient", "convex-hull", "value-shift",
                        "permutation-invariant-keys"},
    "flax-dot-product": {"fully-masked-row", "masked-poison"},
    "equinox-mha": {"fully-masked-row", "masked-poison"},
    "flax-mha": {"fully-masked-row", "masked-poison"},
}  # fmt: skip
"""Refuted in float64; the other properties asked for are not."""

MAY_FAIL = {"jax-dot-product": {"exact-gradient", "padding-invariant", "linear-in-values", "masked-no-influence"}}
"""Where float32 hidden in float64 shows or not, depending on the samples that the budget allows."""

SECONDS = {"torch": 25.0, "jax": 70.0}


def made(name):
    framework, construct, properties = TARGETS[name]
    needed = NEEDS.get(name, framework)
    if not HAS[needed]:
        pytest.skip(f"{needed} is not installed; docs/foreign.md says how to run this group")
    return make_target(name, construct(), None, array=framework), properties


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", TARGETS)
def test_the_table(name):
    target, properties = made(name)
    chosen = profile(only=",".join((properties, *ON_MASKS)))
    seconds = SECONDS[target.framework]
    found = campaign(target, chosen, [FORMATS["float64"]], budget=seconds, seed=0, examples=0)
    verdicts = {one.property.name: one.verdict for one in found}
    refuted = {key for key, verdict in verdicts.items() if verdict == "refuted"}
    free = MAY_FAIL.get(name, set())
    assert refuted - free == FAILS[name] - free
    assert "accuracy" in refuted or verdicts["accuracy"] == "supported"


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["torch-sdpa", "torch-sdpa-fused", "torch-mha"])
def test_narrow_formats_keep_to_the_error_analysis(name, dtype):
    target, _ = made(name)
    chosen = profile(only="finite,accuracy,dtype-kept,permutation-invariant-keys")
    found = campaign(target, chosen, [FORMATS[dtype]], budget=10, seed=0, examples=0)
    assert {one.verdict for one in found} == {"supported"}
