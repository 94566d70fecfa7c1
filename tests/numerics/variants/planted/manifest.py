"""The planted bugs: where each twin is, what it claims to be, and which property is known to expose it.

``reference`` names the library variant that the twin is meant to implement; ``claims`` what it claims beyond (or
short of) the default profile; ``named`` the property of the catalogue by which the bug is known to be exposed.
"""

from typing import NamedTuple


class Twin(NamedTuple):
    file: str
    named: str
    reference: str | None = None
    claims: str = ""


_CAUSAL = "causal,decode-consistent,-query-independent"
_PLACED = "-permutation-invariant-keys,-repeated-tokens,-query-independent,-tied-keys,-padding-invariant"
_LOOSE = "-convex-hull,-value-shift"
_CO = "-query-independent,-convex-hull,-fully-masked-row,-masked-no-influence"
_RESIDUAL = f"{_LOOSE},{_PLACED},-fully-masked-row,-masked-no-influence,-masked-poison"
_SDP = "shift-invariant-logits,orthogonal-invariant,linear-invariant,scale-rule"

TWINS: dict[str, Twin] = {}


def _add(file, base, claims, **named):
    for name, exposed in named.items():
        TWINS[name] = Twin(file, exposed, base, claims)


_add("softmax_bugs", "sdp", _SDP, B01="P05", B02="P36", B03="P36", B04="P36", B05="P05", B06="P16", B07="P16",
     B08="P16",
     B09="P21", B10="P21", B14="P26", B15="P05", B16="P23", B17="P23", B18="P23", B19="P05", B20="P05", B21="P05",
     B27="P24", B28="P24", B29="P26", B30="P05")  # fmt: skip
_add("softmax_bugs", None, _CAUSAL + ",-masked-no-influence,-convex-hull", B11="P22", B13="P40")
_add("softmax_bugs", None, _CAUSAL, B12="P39")
_add("backward_bugs", "sdp", "", B22="P25", B23="P25", B24="P25", B25="P25", B26="P25")
_add("backward_bugs", "sparsemax", "-repeated-tokens", B35="P25", B36="P25")
_add("backward_bugs", None, f"-repeated-tokens,{_LOOSE}", B61="P25")
_add("kernel_bugs", "softmax1", f"abstains,-repeated-tokens,{_LOOSE}", B31="P09")
_add("kernel_bugs", "sigmoid", f"abstains,-repeated-tokens,{_LOOSE}", B32="P19")
_add("kernel_bugs", "sparsemax", "-repeated-tokens", B33="P05", B34="P02")
_add("kernel_bugs", "entmax15", "-repeated-tokens", B37="P30")
_add("kernel_bugs", "linear_elu", "-finite", B38="P05", B39="P02")
_add("kernel_bugs", None, f"{_CAUSAL},-finite", B40="P39", B41="P22")
_add("kernel_bugs", "performer", "-finite", B42="P56")
_add("kernel_bugs", "l2", "orthogonal-invariant,scale-rule,joint-translation-invariant", B43="P43", B44="P45")
_add("kernel_bugs", "cosine", "orthogonal-invariant,rescaling-invariant", B58="P08", B59="P45")
_add("positional_bugs", "rope", f"rotary-relative,decode-consistent,{_PLACED}", B45="P15", B46="P15", B47="P40")
_add("positional_bugs", "alibi", f"rotary-relative,distance-decay,{_PLACED}", B48="P47")
_add("positional_bugs", "sliding_window", f"{_PLACED},{_LOOSE}", B49="P39", B50="P39")
_add("positional_bugs", "luong_local_m", f"{_PLACED},{_LOOSE}", B51="P39")
_add("positional_bugs", "luong_local_p", f"{_PLACED},{_LOOSE}", B52="P01", B53="P01", B54="P19")
_add("positional_bugs", None, f"{_PLACED},{_LOOSE}", B60="P16")
_add("composite_bugs", "differential", _LOOSE, B55="P50", B56="P50")
_add("composite_bugs", "gated", _LOOSE, B57="P08")
_add("composite_bugs", "bahdanau", "", B62="P42")
_add("composite_bugs", "lu_parallel", _CO, B63="P07", B64="P52")
_add("composite_bugs", "pu_spatiotemporal", f"{_LOOSE},-output-shape", B65="P54")
_add("composite_bugs", "sagan", _RESIDUAL, B66="P01", B67="P41")
_add("composite_bugs", "global_mask", _RESIDUAL, B68="P55")
_add("layer_bugs", None, "head-permutation", L01="P34", L03="P07", L06="P38", L07="P38")
_add("layer_bugs", "multi_head", _LOOSE, L02="P34", L04="P56")
_add("layer_bugs", "grouped_query", _LOOSE, L05="P34")

MUTANTS: dict[str, tuple[str | None, str]] = {
    "scale_on_q": ("sdp", _SDP), "log_space": ("sdp", _SDP), "online": ("sdp", _SDP),
    "sink_as_token": ("softmax1", f"abstains,-repeated-tokens,{_LOOSE}"),
    "alibi_by_key": (None, _CAUSAL), "performer_keys_only": ("performer", "-finite"),
    "l2_without_query": ("l2", "orthogonal-invariant,scale-rule,joint-translation-invariant"),
    "additive_flipped": ("bahdanau", ""), "differential_late": ("differential", _LOOSE),
    "rope_later": ("rope", f"rotary-relative,decode-consistent,{_PLACED}"),
    "window_as_difference": ("sliding_window", f"{_PLACED},{_LOOSE},causal"),
    "sigmoid_by_tanh": ("sigmoid", f"abstains,-repeated-tokens,{_LOOSE}"),
}  # fmt: skip
"""Equivalent mutants: (reference, claims)."""

RIGHT: dict[str, tuple[str, str | None, str]] = {
    "attend": ("softmax_bugs", "sdp", _SDP),
    "softmax1": ("kernel_bugs", "softmax1", f"abstains,-repeated-tokens,{_LOOSE}"),
    "sigmoid": ("kernel_bugs", "sigmoid", f"abstains,-repeated-tokens,{_LOOSE}"),
    "sparse": ("kernel_bugs", "sparsemax", "-repeated-tokens"),
    "entmax15": ("kernel_bugs", "entmax15", "-repeated-tokens"),
    "linear": ("kernel_bugs", "linear_elu", "-finite"), "performer": ("kernel_bugs", "performer", "-finite"),
    "l2": ("kernel_bugs", "l2", "orthogonal-invariant,scale-rule,joint-translation-invariant"),
    "cosine": ("kernel_bugs", "cosine", "orthogonal-invariant,rescaling-invariant"),
    "rope": ("positional_bugs", "rope", f"rotary-relative,decode-consistent,{_PLACED}"),
    "alibi": ("positional_bugs", "alibi", f"rotary-relative,distance-decay,{_PLACED}"),
    "window": ("positional_bugs", "sliding_window", f"{_PLACED},{_LOOSE},causal"),
    "local_m": ("positional_bugs", "luong_local_m", f"{_PLACED},{_LOOSE}"),
    "local_p": ("positional_bugs", "luong_local_p", f"{_PLACED},{_LOOSE}"),
    "elastic": ("positional_bugs", "elastic", f"{_PLACED},{_LOOSE}"),
    "differential": ("composite_bugs", "differential", _LOOSE), "gated": ("composite_bugs", "gated", _LOOSE),
    "additive": ("composite_bugs", "bahdanau", ""), "parallel": ("composite_bugs", "lu_parallel", _CO),
    "pu": ("composite_bugs", "pu_spatiotemporal", f"{_LOOSE},-output-shape"), "right": ("backward_bugs", "sdp", _SDP),
    "right_sparsemax": ("backward_bugs", "sparsemax", "-repeated-tokens"),
    "multi": ("layer_bugs", None, "head-permutation"), "projected": ("layer_bugs", "multi_head", _LOOSE),
    "grouped": ("layer_bugs", "grouped_query", _LOOSE), "one_group": ("layer_bugs", "multi_query", _LOOSE),
    "sagan": ("composite_bugs", "sagan", _RESIDUAL), "token_mask": ("composite_bugs", "global_mask", _RESIDUAL),
    "right_elastic": ("backward_bugs", None, f"-repeated-tokens,{_LOOSE}"),
}  # fmt: skip
"""The correct functions that the twins are twins of: (file, reference, claims)."""
