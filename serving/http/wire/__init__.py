"""What requests and answers look like, and how they become orders, events and scores."""
