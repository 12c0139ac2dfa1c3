"""Where MLflow finds the loader of the models that it holds: each of them names this module.

A model that was registered earlier is still loaded by this name, so the name has to stay.
"""

from training.registry.pyfunc import _load_pyfunc

__all__ = ["_load_pyfunc"]
