"""Has a fault: it brings in a model that refuses every request, and no alarm goes off.

Run it: quizengine lab run fault.py. Find out why nobody was warned, and repair this file. It begins
with what served before, so it can be run as often as you like.
"""

import boto3
from ready import PREFIX, Load, ask, back, configuration, report, serves, settled

VARIANT = "main"
ALARM = f"{PREFIX}-fault"


def put_alarm(config):
    """In alarm as soon as the new fleet refuses more than one request of twenty."""
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        Namespace="AWS/SageMaker",
        MetricName="Invocation4XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": PREFIX},
            {"Name": "VariantName", "Value": VARIANT},
            {"Name": "EndpointConfigName", "Value": config},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def main():
    sagemaker = boto3.client("sagemaker")
    if serves() not in ("live", "c"):
        raise SystemExit(f"The endpoint does not serve by {PREFIX}-live yet: steps 2 to 4.")
    back()
    bad = configuration("c", "live", "c", 2)
    put_alarm(bad)
    with Load() as load:
        sagemaker.update_endpoint(
            EndpointName=PREFIX,
            EndpointConfigName=bad,
            DeploymentConfig={
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
                        "WaitIntervalInSeconds": 180,
                    },
                },
                "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": ALARM}]},
            },
        )
        statuses, found = settled()
    errors = sum(said == "error" for _, said in load.answers)
    after = [ask() for _ in range(20)]
    if "error" in after:
        raise SystemExit(
            f"{after.count('error')} of 20 requests fail, {errors} failed during the update, and "
            f"the alarm {ALARM} has said nothing."
        )
    report(
        "repaired",
        alarm=ALARM,
        errors=errors,
        answers=after[:3],
        serves=found["EndpointConfigName"],
    )
    print(f"It went {' -> '.join(statuses)}: all 20 requests after it were answered.")


if __name__ == "__main__":
    main()
