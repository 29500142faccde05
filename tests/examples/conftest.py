"""The Atlantis scripts import one another by plain name, as scripts beside each other do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "atlantis"))
