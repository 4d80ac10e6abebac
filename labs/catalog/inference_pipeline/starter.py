"""Your way through this lab. guide.md tells what each step is for.

Run it as often as you like:      quizengine lab run
See how far you are:              quizengine lab check
"""

import sys

import boto3
from jobs import PREFIX
from ready import away, completed, keep, upload

sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")


def expect():
    """Step 1. What will come? True or False for each. A guess is enough."""
    return {
        "three_instances": None,  # an endpoint of three containers has three instances
        "pipeline_alone_as_among": None,  # it gives a row the same score alone and among forty
        "client_alone_as_among": None,  # so does a client that scales by the rows it sends
        "client_visits_fewer": None,  # in a week of frost that client sends out fewer people
    }


def learn():
    """Step 2. A training job {PREFIX}-prepare-... of the scikit-learn image; its archive."""
    # TODO: SKLEARN and packed() are in ready.py; definition(), channel() and finished() in jobs.py
    sys.exit("Step 2 is still to be written: learn() in starter.py.")


def prepare(learned):
    """Step 3. A model {PREFIX}-prepare, and a transform job from raw/ to prepared/."""
    print("Learned:", learned)
    away(f"{PREFIX}-prepare")  # a model never changes: what is there is made anew
    # TODO: sagemaker.create_model(...), sagemaker.create_transform_job(...), transformed(job)
    sys.exit("Step 3 is still to be written: prepare() in starter.py.")


def train():
    """Step 3. A training job {PREFIX}-score-... of XGBoost over prepared/; its archive."""
    # TODO
    sys.exit("Step 3 is still to be written: train() in starter.py.")


def chain(learned, model):
    """Step 4. A model {PREFIX}-chain of three containers, and an endpoint PREFIX of it."""
    print("Trained:", model)
    away(PREFIX, f"{PREFIX}-chain")
    # TODO: sagemaker.create_model(Containers=[...], InferenceExecutionConfig=...), the endpoint
    sys.exit("Step 4 is still to be written: chain() in starter.py.")


def ask():
    """Step 4. Send test_rows() to the endpoint; keep the answer in answers.json."""
    # TODO: report("answers", {"rows": ..., "instances": ..., "images": ...})
    sys.exit("Step 4 is still to be written: ask() in starter.py.")


def compare():
    """Step 5. The rows of a week of frost in three ways; keep what came in skew.json."""
    away(f"{PREFIX}-direct")
    # TODO: a model and an endpoint {PREFIX}-direct; then report("skew", {"pipeline": {...},
    #       "by_hand": {...}, "client": {...}}), each with visits, first_alone and first_among
    sys.exit("Step 5 is still to be written: compare() in starter.py.")


def score():
    """Step 6. A transform job with {PREFIX}-chain: an id and a decision for each row."""
    # TODO: put("rows/rows.csv", with_ids()), sagemaker.create_transform_job(...), transformed(job)
    sys.exit("Step 6 is still to be written: score() in starter.py.")


def limits(learned):
    """Step 7. Models {PREFIX}-one, {PREFIX}-fifteen and {PREFIX}-sixteen of so many containers."""
    away(f"{PREFIX}-one", f"{PREFIX}-fifteen")
    # TODO: report("limits", {"sixteen": ...}) with what CreateModel says
    sys.exit("Step 7 is still to be written: limits() in starter.py.")


if __name__ == "__main__":
    keep(expect())
    upload()
    learned = completed(f"{PREFIX}-prepare") or learn()  # what is trained is not trained again
    prepare(learned)
    chain(learned, completed(f"{PREFIX}-score") or train())
    ask()
    compare()
    score()
    limits(learned)
    # Step 8: quizengine lab run fault.py, find out why, repair fault_prepare.py, run it again.
    # Step 9: delete both endpoints.
