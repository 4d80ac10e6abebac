"""Your way through this lab. guide.md tells what each step is for.

Run it as often as you like:      quizengine lab run
See how far you are:              quizengine lab check
"""

import sys

import boto3
import ready
import visitors
from jobs import BUCKET, PREFIX

sagemaker = boto3.client("sagemaker")


def size(base, least):
    """Step 1. How many visitors each arm needs: `base` is the share that buys with A, `least` the
    smallest difference worth finding. Level 5 %, two-sided; power 80 %."""
    # TODO: the formula is in the guide; statistics.NormalDist().inv_cdf(0.975) is 1.96
    sys.exit("Step 1 is still to be written: size() in starter.py.")


def shadow(rows):
    """Step 2. A answers, B sees the same and answers nobody. What would B have said?"""
    print("What is captured goes to", f"s3://{BUCKET}/{PREFIX}/captured")
    # TODO: ready.deploy("shadow", ProductionVariants=[...], ShadowProductionVariants=[...],
    #       DataCaptureConfig={...}); ready.ask(row) for each;
    #       ready.captured("Shadow", rows)
    #       ready.report("shadow", {"asked": ..., "copied": ..., "other_banner": ...})
    sys.exit("Step 2 is still to be written: shadow() in starter.py.")


def shares(rows):
    """Step 3. Variants A and B, weights 9 and 1; count who answers; then 1 and 1."""
    # TODO: ready.deploy("ab", ProductionVariants=[...]); ready.ask(row) for each and count; then
    #       sagemaker.update_endpoint_weights_and_capacities(...); ready.weights() waits
    #       ready.report("shares", {"by_weight": {"A": ..., "B": ...}, "then": ready.weights()})
    sys.exit("Step 3 is still to be written: shares() in starter.py.")


def test(rows):
    """Step 4. Ask for each visitor at her arm, and see whether she bought."""
    # TODO: ready.ask(row, TargetVariant=visitors.arm(number)); visitors.bought(number, score);
    #       ready.keep_rows([...]) of (number, variant, score, 0 or 1); return these rows
    sys.exit("Step 4 is still to be written: test() in starter.py.")


def compare(rows):
    """Step 4. Both shares, their difference, its 95 % interval, and p: once, at the end."""
    # TODO: return {"a": ..., "b": ..., "difference": ..., "low": ..., "high": ..., "p": ...}
    sys.exit("Step 4 is still to be written: compare() in starter.py.")


def peek(tests):
    """Step 5. How often equal models look different: looked at once, and at every look."""
    # TODO: tests[i, arm, look] counts buyers; at look n (from 0) each arm has 50 * (n + 1) visitors
    #       return {"once": ..., "at_any_look": ...}, both as shares of the 2,000 tests
    sys.exit("Step 5 is still to be written: peek() in starter.py.")


def roll_out(rows):
    """Step 7. Everything to the better one, without a new configuration; ask; count."""
    # TODO: ready.report("rolled-out", {"weights": ready.weights(), "answered": {...}})
    sys.exit("Step 7 is still to be written: roll_out() in starter.py.")


if __name__ == "__main__":
    ready.report("plan", {"per_arm": size(0.16, 0.06)})
    ready.models()
    shadow(visitors.earlier())
    shares(visitors.earlier())
    rows = test(visitors.visitors())
    ready.show_test(rows)
    ready.report("compared", compare(rows))
    ready.report("peeking", peek(visitors.equal_tests()))
    # Step 6: quizengine lab run fault.py, find out why it is wrong, repair it, run it again.
    roll_out(visitors.earlier()[:20])
    # Then delete the endpoint: step 7.
