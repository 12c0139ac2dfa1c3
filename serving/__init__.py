"""What answers the checkout and the product teams; still empty. Takes of training only the bundle and the champion."""
