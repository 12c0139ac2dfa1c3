"""The linear part of the score: what it is, and how it is fitted. Scoring imports `model` alone."""
