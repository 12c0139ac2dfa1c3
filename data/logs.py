"""The one logger of the project, for all modules; `data.stage` and `serving.process.logs` set its format.

There is no logger per module, because a module that runs as a program is called ``__main__``.
"""

import logging
from typing import Final

NAME: Final = "return_risk"
log: Final = logging.getLogger(NAME)
