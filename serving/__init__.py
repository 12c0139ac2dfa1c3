"""The service: scores for the checkout, events from the shop, and the pages of the product report.

Of training it imports the model, its costs, the registry and the words of the product report.
"""
