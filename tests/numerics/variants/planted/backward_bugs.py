"""Twins B22 to B26, B35, B36, B61: right forward pass, wrong hand-written backward pass."""

import numpy as np
from parts import clean, dot, root, softmax, sparsemax, swap, visibility


class Attend:
    """f(q, k, v, mask) with ``vjp(q, k, v, mask, g)`` returning the gradients of sum(g * output)."""

    def __init__(self, bug="", kind="softmax"):
        self.bug, self.kind = bug, kind

    def weights(self, q, k, mask):
        seen = visibility(q, k, mask)
        s = dot(q, k) / root(q)
        if self.kind == "sparsemax":
            return sparsemax(s, seen), seen
        if self.kind == "elastic":
            return np.where(seen, np.maximum(softmax(s, seen) - q.dtype.type(1 / 3), 0), 0), seen
        return softmax(s, seen), seen

    def __call__(self, q, k, v, mask=None):
        w, seen = self.weights(q, k, mask)
        return w @ clean(v, seen)

    def vjp(self, q, k, v, mask, g):
        w, seen = self.weights(q, k, mask)
        dw = g @ swap(clean(v, seen))
        ds = self.backward(w, seen, dw, q, k) / root(q)
        dk = np.zeros_like(k) if self.bug == "B22" else swap(ds) @ q
        return ds @ k, dk, swap(w) @ g

    def backward(self, w, seen, dw, q, k):
        if self.kind == "sparsemax":
            support = (w > 0).astype(w.dtype)
            count = seen.sum(-1, keepdims=True) if self.bug == "B36" else support.sum(-1, keepdims=True)
            mean = (support * dw).sum(-1, keepdims=True) / np.maximum(count, 1)
            return support * (dw - (0 if self.bug == "B35" else mean))
        if self.kind == "elastic":
            p = softmax(dot(q, k) / root(q), seen)
            dw = dw if self.bug == "B61" else np.where(p > 1 / 3, dw, 0)
            return p * (dw - (p * dw).sum(-1, keepdims=True))
        inner = (w * dw).sum(-1, keepdims=True)
        if self.bug == "B23":
            return w * dw
        if self.bug == "B24":
            return w * (dw + inner)
        if self.bug == "B25":
            return w * (1 - w) * dw
        if self.bug == "B26":
            return w * (dw - (w * dw).sum(-2, keepdims=True))
        return w * (dw - inner)


right = Attend()
right_sparsemax = Attend(kind="sparsemax")
right_elastic = Attend(kind="elastic")
B22, B23, B24, B25, B26 = (Attend(f"B{n}") for n in range(22, 27))
B35, B36 = (Attend(f"B{n}", "sparsemax") for n in (35, 36))
B61 = Attend("B61", "elastic")
