"""The curl lines of the page on webhooks, run as they stand there against the service."""

import json
import os
import subprocess

from tests.clients.examples import documented
from tests.clients.live_service import LiveService


def test_the_webhooks_of_an_order_all_count_and_a_second_delivery_changes_nothing(service: LiveService) -> None:
    script = documented("bash", "webhooks.md")
    environment = {"PATH": os.environ["PATH"], "RETURN_RISK": service.address}

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{script}\n" * 2],
        env=environment,
        timeout=120,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, done.returncode) == ("", 0)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    first, second = answers[: len(answers) // 2], answers[len(answers) // 2 :]
    assert [answer["counts"] for answer in first] == [{"applied": number} for number in (1, 2, 2, 2, 1)]
    assert [answer["counts"] for answer in second] == [{"duplicate": number} for number in (1, 2, 2, 2, 1)]
