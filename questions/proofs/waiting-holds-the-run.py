"""Settled by the offline cloud, not by AWS: it checks requests as SageMaker documents it.

`MaxWaitTimeInSeconds` covers waiting and running together, so it cannot be less than the run.
"""

from textwrap import shorten

from botocore.exceptions import ClientError

from labs.proofs import furnished

FIVE_HOURS, EIGHT_HOURS = 18_000, 28_800


def answer(aws: furnished.Account, name: str, longest: int, wait: int) -> str:
    limits = {"MaxRuntimeInSeconds": longest, "MaxWaitTimeInSeconds": wait}
    try:
        job = aws.train(name, EnableManagedSpotTraining=True, StoppingCondition=limits)
    except ClientError as error:
        return f"refused: {shorten(error.response['Error']['Message'], 50)}"
    return f"{job['TrainingJobStatus']} within {job['StoppingCondition']}"


with furnished.account() as aws:
    waiting_alone = answer(aws, "waiting-alone", FIVE_HOURS, EIGHT_HOURS - FIVE_HOURS)
    both = answer(aws, "both", FIVE_HOURS, EIGHT_HOURS)
print(f"wait {EIGHT_HOURS - FIVE_HOURS}: {waiting_alone}")
print(f"wait {EIGHT_HOURS}: {both}")

assert waiting_alone.startswith("refused")
assert both.startswith("Completed")
