"""The loader that MLflow calls for each registered model, which names this module.

Models that were registered earlier name the module too, so its name has to stay.
"""

from training.registry.pyfunc import _load_pyfunc

__all__ = ["_load_pyfunc"]
