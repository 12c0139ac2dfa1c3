"""Stage register: log the run that passed the gate, register its bundle, and compare it with the champion.

reports/registration.json names the registered content by hashes, which are the same for the same run on every machine.
The version number, and whether the version became champion and why, depend on what the registry held before. The
registry keeps them (`python -m training.champion show`), because two clean runs have to write the same file.
"""

from data import params
from data.stage import run
from training.registry import mlflow_registry
from training.registry.names import RegistryParams
from training.registry.registration import candidate, register, write_receipt


def main() -> None:
    """Run the stage on the files of the project."""
    chosen = params.load("registry", RegistryParams)
    present = candidate()
    registry = mlflow_registry.connect()
    version, outcome = register(present, chosen, registry)
    write_receipt(present)
    print(f"{version.name} version {version.number} {outcome}")


if __name__ == "__main__":
    run(main)
