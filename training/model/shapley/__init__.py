"""Exact path-dependent Shapley values of a booster's margin, from tables that are computed once for a model.

A coalition of features reaches a leaf of value v with a probability that is a product over the features of the leaf's
path: o_j for a feature in the coalition (1 where the row follows the path at all splits by j, else 0), and z_j for a
feature outside it (the share of the training rows that followed the path at these splits). The Shapley value
of feature i for this leaf is

    (o_i - z_i) v ∫₀¹ ∏_{j≠i} (t o_j + (1 - t) z_j) dt

with the product over the other features of the path. It is a polynomial in t, which Gauss-Legendre quadrature
integrates exactly. The sum over leaves equals TreeSHAP (Lundberg et al., 2020, "From local explanations to global
understanding with explainable AI for trees"), and so LightGBM's ``pred_contrib``.

A row matters only through its o_j. For a set of leaves, the splits by one feature cut the feature's values into few
classes with equal o_j. The classes of all features form a grid of cells, whose Shapley values are computed once. A row
then costs one search for each feature and one look-up for each grid. A grid covers a tree, or a part of a tree that
would need too many cells.
"""
