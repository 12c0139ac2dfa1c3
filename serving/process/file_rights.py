"""Files of the service are not for other users of the machine: they hold orders, scores and hashes of customers."""

import os
from typing import Final

NOT_FOR_OTHERS: Final = 0o027
"""What is taken from the rights of files: the group, such as a shipper of logs, may read, and others nothing."""


def keep_from_others() -> None:
    """Make files and folders of this process, and of those that it starts, unreadable for other users (umask)."""
    os.umask(os.umask(NOT_FOR_OTHERS) | NOT_FOR_OTHERS)
