"""Expressions compiled for batches of parameter points: :func:`compile_kernel`.

Losses with gradients, Hessians and products with directions over flat points are in :mod:`numerics.hessians`.
"""

from numerics.kernels.kernel import Kernel, compile_kernel

__all__ = ["Kernel", "compile_kernel"]
