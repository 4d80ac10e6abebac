"""The built-in algorithms, and the processes that run them."""
