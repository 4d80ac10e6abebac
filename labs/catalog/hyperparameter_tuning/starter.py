"""Your way through this lab. guide.md tells what each step is for.

Run it as often as you like:      quizengine lab run
See how far you are:              quizengine lab check

A search that has completed is not run again as long as you leave its configuration as it is.
"""

import sys

from ready import OBJECTIVE, search, show, upload


def grid():
    """Step 1. Every combination of a few values of eta and max_depth."""
    config = {
        "Strategy": "Grid",
        "HyperParameterTuningJobObjective": OBJECTIVE,
        "ResourceLimits": {"MaxParallelTrainingJobs": 2},
        # TODO: ParameterRanges
    }
    print("So far:", ", ".join(config))
    sys.exit("Step 1 is still to be written: grid() in starter.py.")
    return config


def random():
    """Step 2. As many trials, drawn from ranges."""
    # TODO: Strategy Random, RandomSeed, ranges, MaxNumberOfTrainingJobs
    sys.exit("Step 2 is still to be written: random() in starter.py.")


def bayesian():
    """Step 3. As many trials, each chosen by what the others have shown."""
    # TODO: Strategy Bayesian; how many at a time?
    sys.exit("Step 3 is still to be written: bayesian() in starter.py.")


def hyperband():
    """Step 4. More trials; most of them end after a few rounds."""
    # TODO: Strategy Hyperband, StrategyConfig
    sys.exit("Step 4 is still to be written: hyperband() in starter.py.")


def compare(jobs):
    """Step 5. What each search has cost and found, into compared.json."""
    # TODO: report("compared", {"Grid": {...}, "Random": {...}, ...}) of ready.py
    sys.exit("Step 5 is still to be written: compare() in starter.py.")


def test(jobs):
    """Step 6. The best model of all on rows that no search has seen, into test.json."""
    # TODO: report("test", {...}) of ready.py; model(job) of jobs.py
    sys.exit("Step 6 is still to be written: test() in starter.py.")


if __name__ == "__main__":
    upload()
    jobs = {}
    for config in (grid, random, bayesian, hyperband):
        asked = config()
        jobs[asked["Strategy"]] = search(asked)
        show(jobs)
    compare(jobs)
    test(jobs)
    # Step 7: quizengine lab run fault.py, then find out and repair.
