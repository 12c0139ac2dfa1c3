"""Pins the images of the container's files to their digests, so that a tag that is pushed again changes nothing.

``python -m tests.checks.image_digests`` asks the registry of each image by docker, and writes ``IMAGE@sha256:…`` into
`serving/Dockerfile` and `serving/compose.yaml`; it needs docker and a network. Run it again with each security update.
"""

import re
import subprocess

from data.errors import UserError
from data.stage import run
from tests.checks import compose, container

FILES = (container.DOCKERFILE, compose.FILE)
IMAGE = re.compile(
    r"^(?P<begin>FROM |\s+image: )(?P<name>[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*)(?:@sha256:[0-9a-f]{64})?(?=\s|$)",
    re.MULTILINE,
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
PATIENCE_SECONDS = 60


def main() -> None:
    """Pin all images, or none.

    Raises
    ------
    UserError
        A digest can't be had: there is no docker, or the registry can't be reached.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in FILES}
    names = sorted({found["name"] for text in texts.values() for found in IMAGE.finditer(text)})
    digests = {name: digest(name) for name in names}
    for path, text in texts.items():
        pinned = IMAGE.sub(lambda found: f"{found['begin']}{found['name']}@{digests[found['name']]}", text)
        path.write_text(pinned, encoding="utf-8")
    print(*(f"{name}@{found}" for name, found in digests.items()), sep="\n")


def digest(image: str) -> str:
    """Ask the image's registry for the digest of its tag, which stands for all platforms."""
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        said = done.stdout.strip() if done.returncode == 0 else done.stderr.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if not DIGEST.fullmatch(said):
        raise UserError(
            expected=f"the digest of {image} from its registry",
            found=said or "nothing",
            fix="install docker, and run this where the registry can be reached; nothing was changed",
        )
    return said


if __name__ == "__main__":
    run(main)
