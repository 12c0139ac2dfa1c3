"""Stage register: log the run, and register a bundle that passed the gate as a candidate.

The run of a bundle that the gate refused is logged, too, so that it can be compared; it makes no version of a model.

reports/registration.json names the registered content by hashes, which are the same for the same run on every machine.
The version number depends on what the registry held before, and two clean runs have to write the same file. Which
candidate becomes champion is decided by a command alone (`make promote`, `make retrain`), and never by a stage.
"""

from data import params
from data.stage import run
from training.registry import mlflow_registry
from training.registry.gate import VERDICT_FILE, read_verdict
from training.registry.names import RegistryParams
from training.registry.registration import candidate, note_refused, register, write_receipt


def main() -> None:
    """Run the stage on the files of the project."""
    chosen = params.load("registry", RegistryParams)
    present, refusals = candidate(), read_verdict().refusals
    registry = mlflow_registry.connect()
    if refusals:
        note_refused(present, chosen, registry)
        said = f"{present.name}: not registered, since the gate refused the model ({VERDICT_FILE})"
    else:
        version = register(present, chosen, registry)
        said = (
            f"{version.name} version {version.number} is a candidate; make promote decides whether it becomes champion"
        )
    write_receipt(present, refusals)
    print(said)


if __name__ == "__main__":
    run(main)
