"""Why a line would come back: P(reason | returned), learned from recorded reasons; never mixed up with drivers."""
