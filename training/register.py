"""Stage register: log the run that the gate let through, register its bundle, and let it challenge the champion.

reports/registration.json says what stands in the registry, by hashes of content: the same for the same run, on every
machine. Which version number it got, and whether it became champion and why, depend on what the registry held before;
so they are kept there (`python -m training.champion show`) and not in a file that two clean runs have to agree on.
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
