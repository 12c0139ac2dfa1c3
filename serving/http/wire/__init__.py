"""The models of requests and answers, and their conversion to orders, events and scores."""
