"""Everything that finds: searches, solvers and provers. Nothing here is believed; its output is rechecked."""
