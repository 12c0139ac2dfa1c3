"""What real life does to counters and tables: lives told as JSON, and the page that shows what became of them."""
