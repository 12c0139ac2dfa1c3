"""What answers the checkout: takes of training only the bundle, pure metrics, and the registry's champion."""
