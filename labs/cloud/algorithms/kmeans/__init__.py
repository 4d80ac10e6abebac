"""The built-in algorithm k-means, as its documentation has it, computed by scikit-learn."""
