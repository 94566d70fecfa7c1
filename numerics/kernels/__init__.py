"""Expressions compiled for batches of parameter points: the entry point is :func:`compile_kernel`."""

from numerics.kernels.kernel import Kernel, compile_kernel

__all__ = ["Kernel", "compile_kernel"]
