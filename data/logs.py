"""The one log of the project, whatever module writes to it; `data.stage` and `serving.process.logs` say how it looks.

A module that runs as a program is called ``__main__``: loggers by module would give it another name each time.
"""

import logging
from typing import Final

NAME: Final = "return_risk"
log: Final = logging.getLogger(NAME)
