"""From the matrix of features to a registered model. At the top stand the stages and commands; rooms hold the rest."""
