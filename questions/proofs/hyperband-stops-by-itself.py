"""Settled by the offline cloud, not by AWS: it checks requests as SageMaker documents it.

Hyperband has a rule of its own for stopping: with `Auto` beside it the tuning job is refused.
"""

from textwrap import shorten

from botocore.exceptions import ClientError

from labs.proofs import furnished

HYPERBAND = {
    "Strategy": "Hyperband",
    "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 120}},
}

answers = {}
with furnished.account() as aws:
    for setting in ("Auto", "Off"):
        try:
            aws.tune(setting.lower(), **HYPERBAND, TrainingJobEarlyStoppingType=setting)
        except ClientError as error:
            answers[setting] = f"refused: {error.response['Error']['Message']}"
        else:
            answers[setting] = "accepted"
    aws.settle()
for setting, said in answers.items():
    print(f"Hyperband with TrainingJobEarlyStoppingType {setting}: {shorten(said, 50)}")

assert answers["Auto"].startswith("refused")
assert answers["Off"] == "accepted"
