"""Learners of the score: what fits a model from lines to log-odds, and the fitted models that the bundle holds.

`known` names them for ``model.learner`` of params.yaml; docs/how-to/add-a-model.md adds one.
"""
