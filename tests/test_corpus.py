"""Claims with known truth: a decided verdict is the true one, its certificate stands alone, and most are decided.

Every file of ``tests/corpus`` has its truth in ``expect``, argued by hand in its notes. A new file is decided within
the quick part of the suite unless it is named below.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from verify.claim import canonical, load_claim
from verify.pipeline import decide
from verify.recheck import recheck_file
from verify.verdict import Verdict

CORPUS = Path(__file__).parent / "corpus"
FILES = {path.stem: path for path in sorted(CORPUS.glob("*.toml"))}
BUDGET = 20.0
CERTIFIED = ("proved", "refuted", "vacuous")

SLOW = frozenset(
    """
    am-gm-three amgm attention-fits-middle attention-ridge bias-absorbs-residual box-product boxsm cauchy circle
    clarke-two-valleys colder-is-sharper crossed-valleys curv curv-concl curv-concl2 curv-f
    curvature-at-least-on-valley curvature-bounded-on-valley dead-relu dead-relu-strict differential-nonnegative
    entropy-box flat-direction-on-valley float-next-to-one float-weights-sum-nearly four-factor
    frobenius-submultiplicative gaussian-well-shifted gelu-box global-at-the-corner-irrational global-corner
    global-cosine-bowl global-ref global-ridge global-tanh-box guarded-a12 hull-of-box lasso1-vac lasso2-coupled
    lasso2-coupled-stat lasso3 lip3half logit-min2 matrix-mask-six norms one-head-min one-head-min-2
    principal-component-curvature prob-mass quad-neuron2 relu-dead reverse-triangle ridge-at-threshold-minimum
    ridge-sine-head scaled-tanh-lipschitz soft-pos soft-scale softmask-min softmask-stat softmask-sum-stat
    softmask3-stat softmax-mask-scalar softmax-weight-lipschitz sparse3 spread-nonnegative tanh-lin tanh-lipschitz
    tanh-neuron temperature-keeps-order three-factor three-factor-so three-hump-camel three-hump-camel-global
    two-factor-3 two-hidden-units two-hidden-units-stationary
    """.split()  # noqa: SIM905 - read and edited as a list of words
)
"""Decided, but slower than the others."""

OPEN = frozenset(
    """
    exp-of-sum-box gradient-norm-zero guarded-a18 guarded-a3 guarded-d13 guarded-d14 guarded-d19 guarded-d2
    guarded-w4 guarded-y10 guarded-y5 outside-g5 outside-g6 outside-k-localminimum
    outside-l4 outside-m1 outside-m2 outside-m6 uniform-at-zero-query
    """.split()  # noqa: SIM905 - read and edited as a list of words
)
"""True answers that are out of reach within the budget; a wrong one is a failure all the same."""

WRONG: dict[str, str] = {}
"""Known defects, each with what happens."""


def params(names: list[str]) -> list[object]:
    out = []
    for name in names:
        marks = [pytest.mark.slow] if name in SLOW | OPEN or name in WRONG else []
        if name in OPEN:
            marks.append(pytest.mark.exhaustive)  # each uses up its budget
        if name in WRONG:
            marks.append(pytest.mark.xfail(strict=True, reason=WRONG[name]))
        out.append(pytest.param(name, marks=marks))
    return out


def decided(name: str, folder: Path) -> Verdict:
    return decide(load_claim(FILES[name]), budget=BUDGET, certificates=folder)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the verdict counts here
@pytest.mark.parametrize("name", params(list(FILES)))
def test_no_verdict_is_wrong_and_its_certificate_stands_alone(name: str, tmp_path: Path) -> None:
    verdict = decided(name, tmp_path)
    assert verdict.expected is not None, "a corpus file needs expect"
    assert verdict.verdict in (verdict.expected, "undecided"), verdict
    if name not in OPEN and verdict.expected != "undecided":
        assert verdict.verdict == verdict.expected, verdict.reason
    if verdict.verdict not in CERTIFIED:
        assert verdict.certificate is None
        return
    assert verdict.level in ("exact", "ball")
    assert verdict.certificate is not None
    path = Path(verdict.certificate)
    text = path.read_text(encoding="utf-8")
    assert text == canonical(json.loads(text)) + "\n"
    outcome = recheck_file(path)
    assert outcome.accepted, outcome.reason
    assert (outcome.id, outcome.verdict) == (verdict.id, verdict.verdict)


def test_the_lists_name_files() -> None:
    assert set(FILES) >= SLOW | OPEN | set(WRONG)
    assert not SLOW & OPEN
    assert not set(WRONG) & (SLOW | OPEN)


def test_the_corpus_covers_the_language() -> None:
    claims = [load_claim(path) for path in FILES.values()]
    assert len(claims) >= 150
    assert len({claim.id for claim in claims}) == len(claims)
    assert [claim.id for claim in claims] == list(FILES)
    expected = Counter(claim.expect for claim in claims)
    assert min(expected[word] for word in CERTIFIED) >= 20
    quantifiers = Counter(claim.every for claim in claims)
    assert min(quantifiers.values()) >= 2
    assert len(quantifiers) == 7
    assert {len(claim.entry_names) for claim in claims} >= set(range(1, 7))
    assert len(FILES) - len(OPEN) - len(WRONG) >= 0.85 * len(FILES)
