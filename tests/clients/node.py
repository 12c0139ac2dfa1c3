"""Node.js and its tools, which `make test` and `make clients` install from .ci/node into the environment."""

import os
import subprocess
import sys
from pathlib import Path

from data.errors import UserError

MODULES = Path(sys.prefix) / "node" / "node_modules"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "DO_NOT_TRACK": "true"}
"""No tool asks the network for anything."""


def run(tool: str, *arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a tool of .ci/node/package.json, or a script of one's own by its path, with Node.js.

    Raises
    ------
    UserError
        Node.js or the tool is not installed.
    """
    node = Path(sys.executable).with_name("node")
    script = Path(tool) if tool.endswith(".js") else MODULES / ".bin" / tool
    for needed in (node, script):
        if not needed.exists():
            raise UserError(expected=f"{needed.name} in the environment", found=f"no {needed}", fix="make clients")
    return subprocess.run(
        [node, script, *arguments],
        cwd=folder, env=os.environ | QUIET, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
