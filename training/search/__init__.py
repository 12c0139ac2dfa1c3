"""Quick tries and searches of parameters, on the folds of the backtest alone: no step here reads a test line."""
