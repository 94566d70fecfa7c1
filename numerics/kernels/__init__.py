"""Expressions compiled for batches of parameter points.

:func:`compile_kernel` takes any expressions; :class:`LossKernels` gives a loss with its derivatives over flat points.
"""

from numerics.kernels.batches import LossKernels
from numerics.kernels.kernel import Kernel, compile_kernel

__all__ = ["Kernel", "LossKernels", "compile_kernel"]
