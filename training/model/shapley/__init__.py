"""Exact path-dependent Shapley values of a booster's margin, looked up in tables that are built once for a model.

A leaf of value v is reached by a coalition of features with the probability that all of them lead to it: o_j for a
known feature (1 where the row follows the path at all of its splits by j, else 0), z_j for an unknown one (the share
of the training rows that did). The Shapley value of feature i for this leaf is

    (o_i - z_i) v ∫₀¹ ∏_{j≠i} (t o_j + (1 - t) z_j) dt

with the product over the features of the leaf's path: a polynomial in t, which Gauss-Legendre integrates exactly.
The sum over leaves equals TreeSHAP (Lundberg et al., 2020, "From local explanations to global understanding with
explainable AI for trees"), and so LightGBM's ``pred_contrib``.

A row enters only by its o_j. The splits of some leaves by one feature cut its values into few classes, within which
these are the same, so the leaves have a grid of cells, whose Shapley values are computed once. A row then costs a
comparison for each split and a look-up for each grid, which is a tree, or a part of one where it would be too large.
"""
