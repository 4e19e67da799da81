"""All of Backstop that touches a platform, a person or the process."""

import os
from importlib.metadata import version

# Before numpy is loaded: the judge's matrices are small, and several threads would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = version("backstop")
