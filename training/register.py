"""Stage register: log the run, register a bundle that passed the gate, and compare it with the champion.

The run of a bundle that the gate refused is logged, too, so that it can be compared; it makes no version of a model.

reports/registration.json names the registered content by hashes, which are the same for the same run on every machine.
The version number, and whether the version became champion and why, depend on what the registry held before. The
registry keeps them (`python -m training.champion show`), because two clean runs have to write the same file.
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
        version, outcome = register(present, chosen, registry)
        said = f"{version.name} version {version.number} {outcome}"
    write_receipt(present, refusals)
    print(said)


if __name__ == "__main__":
    run(main)
