"""Stage split: cut the lines in time into fit, stop, calibration and test, with gaps between them."""

from data import params
from data.stage import run
from training.model.split import SplitParams, final_split, read_times, write


def main() -> None:
    """Run the stage on the project's matrix."""
    write(final_split(read_times(), params.load("split", SplitParams)))


if __name__ == "__main__":
    run(main)
