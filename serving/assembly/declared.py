"""The attributes that a shop declared, as its state or its model has them."""

from data.attributes import Attribute, from_json
from serving.model.holder import ChampionHolder
from serving.scoring.ready_model import Prepared
from serving.state.guarded_store import GuardedStore


class Declared:
    """The attributes that the shop declared, from the recipe of the state; without a state, from that of the model."""

    def __init__(self, store: GuardedStore, holder: ChampionHolder[Prepared] | None = None) -> None:
        self._store, self._holder = store, holder
        self._read: tuple[str, tuple[Attribute, ...]] | None = None

    def attributes(self) -> tuple[Attribute, ...] | None:
        """Give them; None where there is neither a state nor a model. A state's are read once."""
        about, model = self._store.about, None if self._holder is None else self._holder.model
        if about is None:
            return None if model is None else model.prepared.online.contents.recipe.attributes
        if self._read is None or self._read[0] != about.seed:
            self._read = about.seed, from_json(about.recipe.get("attributes", []), "the state's recipe")
        return self._read[1]
