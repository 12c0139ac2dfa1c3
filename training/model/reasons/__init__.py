"""The reason model: P(reason | returned), learned from recorded reasons. A reason is not a driver."""
