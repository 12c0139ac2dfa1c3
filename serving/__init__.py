"""The service that answers the checkout. Of training it uses the bundle, pure metrics and the registry's champion."""
