"""The built-in algorithm Linear Learner, as its documentation has it, computed by scikit-learn."""
