"""Lab: from records of customers to named segments, by the built-in k-means."""
