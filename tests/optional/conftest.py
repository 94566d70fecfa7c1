"""Makes the modules of this folder importable: the suite runs in import mode ``importlib``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
