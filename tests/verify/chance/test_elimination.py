"""The law of a scalar by elimination, against listing every outcome."""

import itertools
import random
from collections import Counter
from fractions import Fraction

import pytest

from verify.chance import TooLarge, elimination
from verify.chance.elimination import Effort, law_of
from verify.chance.graph import unroll
from verify.chance.program import tidied
from verify.expr import build
from verify.expr.ball import fraction
from verify.expr.evaluate import Poison
from verify.expr.parse import parse
from verify.laws import Support

SIGN = Support((Fraction(-1), Fraction(1)), (1, 1))
UNEVEN = Support((Fraction(-1, 2), Fraction(0), Fraction(3)), (1, 2, 4))


def law(text: str, supports: list[Support], order=None, limit: int = 1 << 22) -> Counter:
    names = {"x": build.symbol("x", (len(supports),))}
    program = tidied(unroll(parse(text, names), {"x": range(len(supports))}))
    chosen = dict(enumerate(supports))
    found: Counter = Counter()
    for value, weight in law_of(program, chosen, order or program.entries(), Effort(limit)):
        found[value if isinstance(value, bool) else fraction(value)] += weight
    return found


CASES = [
    ("max(abs(x[:2])) - x[2]*x[3]", lambda a, b, c, d: max(abs(a), abs(b)) - c * d),
    ("(2*a - b/3)*(c + d) > a".replace("a", "x[0]").replace("b", "x[1]").replace("c", "x[2]").replace("d", "x[3]"),
     lambda a, b, c, d: (2 * a - b / 3) * (c + d) > a),
    ("where(x[0] < x[1] and not x[2] == x[3], x[0]**2, -x[3])",
     lambda a, b, c, d: a**2 if a < b and c != d else -d),
    ("x[0] >= x[3] or x[1] <= x[2]", lambda a, b, c, d: a >= d or b <= c),
    ("relu(x[0] + x[1]) + sign(x[2] - x[3]) + min(x)",
     lambda a, b, c, d: max(a + b, 0) + (c > d) - (c < d) + min(a, b, c, d)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "direct"), CASES)
@pytest.mark.parametrize("block", [4, 1 << 20])
def test_law_agrees_with_listing_all_outcomes(text, direct, block, monkeypatch):
    monkeypatch.setattr(elimination, "BLOCK", block)
    supports = [SIGN, UNEVEN, UNEVEN, SIGN]
    expected: Counter = Counter()
    for row in itertools.product(*(zip(s.values, s.weights, strict=True) for s in supports)):
        values, weights = zip(*row, strict=True)
        product = weights[0] * weights[1] * weights[2] * weights[3]
        expected[direct(*values)] += product
    orders = list(itertools.permutations(range(4)))
    for order in random.Random(3).sample(orders, 4):
        assert law(text, supports, order) == expected


def test_linear_forms_need_few_states():
    text = "max([sum(x), sum(x[::2])])"
    supports = [SIGN] * 64
    program = tidied(unroll(parse(text, {"x": build.symbol("x", (64,))}), {"x": range(64)}))
    effort = Effort(1 << 22)
    found = law_of(program, dict(enumerate(supports)), program.entries(), effort)
    assert sum(weight for _, weight in found) == 2**64
    assert effort.most_states < 10_000


def test_binomial_weights():
    from math import comb

    assert law("sum(x)", [SIGN] * 30) == {Fraction(2 * k - 30): comb(30, k) for k in range(31)}


def test_undefined_values_stay_apart():
    program = tidied(unroll(parse("log(x[0]) < 1", {"x": build.symbol("x", (1,))}), {"x": range(1)}))
    values = [value for value, _ in law_of(program, {0: SIGN}, [0], Effort(1000))]
    assert sum(isinstance(value, Poison) for value in values) == 1
    assert True in values


def test_equal_balls_are_joined():
    names = {"x": build.symbol("x", (12,))}
    program = tidied(unroll(parse("sum(exp(x))", names), {"x": range(12)}))
    effort = Effort(1 << 22)
    found = law_of(program, dict.fromkeys(range(12), SIGN), program.entries(), effort)
    assert sum(weight for _, weight in found) == 2**12
    assert effort.most_states < 2**10


def test_work_and_memory_are_limited(monkeypatch):
    text = (
        "max([" + ", ".join(f"x[{i}]*{3**i}" for i in range(16)) + "]) + sum(x*" + str([5**i for i in range(16)]) + ")"
    )
    with pytest.raises(TooLarge, match="operations"):
        law(text, [SIGN] * 16, limit=10_000)
    monkeypatch.setattr(elimination, "BLOCK", 64)
    monkeypatch.setattr(elimination, "MAX_WAITING", 64)
    with pytest.raises(TooLarge, match="memory"):
        law(text, [SIGN] * 16, limit=1 << 24)


def test_tick_may_stop_the_work():
    class Stop(Exception):
        pass

    def tick() -> None:
        raise Stop

    program = tidied(unroll(parse("sum(x)", {"x": build.symbol("x", (3,))}), {"x": range(3)}))
    with pytest.raises(Stop):
        law_of(program, dict.fromkeys(range(3), SIGN), [0, 1, 2], Effort(1000, tick))
