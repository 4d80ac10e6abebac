"""The scikit-learn container in script mode: it runs the learner's own program, in a process of
its own, under the guard (labs/guard). Nothing of the learner's is run or unpickled anywhere else.
"""
