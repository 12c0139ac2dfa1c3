import re
import subprocess
import sys


def test_a_message_of_a_stage_comes_out_once_with_its_time() -> None:
    program = "from data.logs import log; from data.stage import run; run(lambda: log.info('%d lines', 10))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert re.fullmatch(r"\d\d:\d\d:\d\d 10 lines\n", done.stderr)
    assert done.stdout == ""
