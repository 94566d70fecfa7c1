"""The theorem library: one statement per module, ``<work>/<id>.py``; see :mod:`verify.catalogue`."""
