"""A solution with boto3: every call of the API in the open."""

import boto3
import fault
from botocore.exceptions import ClientError
from ready import (
    PREFIX,
    Load,
    ask,
    back,
    configuration,
    draw,
    keep,
    models,
    report,
    serves,
    settled,
)

SCALED = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}

sagemaker = boto3.client("sagemaker")
autoscaling = boto3.client("application-autoscaling")
cloudwatch = boto3.client("cloudwatch")


def expect():
    return {
        "new_model_needs_deregistering": False,
        "renamed_variant_needs_deregistering": True,
        "count_falls_back": False,
        "canary_costs_errors": True,
        "endpoint_fails": False,
    }


def register(variant):
    autoscaling.register_scalable_target(
        ResourceId=f"endpoint/{PREFIX}/variant/{variant}", MinCapacity=1, MaxCapacity=2, **SCALED
    )


def deregister(variant):
    autoscaling.deregister_scalable_target(
        ResourceId=f"endpoint/{PREFIX}/variant/{variant}", **SCALED
    )


def deploy():
    config = configuration("a", "main", "a")
    sagemaker.create_endpoint(EndpointName=PREFIX, EndpointConfigName=config)
    settled()
    register("main")
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=PREFIX,
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 2}],
    )
    settled()


def canary(seconds, *alarms):
    """Blue/green: one instance first, then, after so many seconds, the rest."""
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": seconds,
    }
    config = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    if alarms:
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return config


def exchange():
    before = ask()
    with Load() as load:
        sagemaker.update_endpoint(
            EndpointName=PREFIX,
            EndpointConfigName=configuration("b", "main", "b"),
            RetainAllVariantProperties=True,
            DeploymentConfig=canary(120),
        )
        _, found = settled()
        load.at_least(20)
    names = {before: "a", ask(): "b"}
    draw("exchange", "From model a to model b by a canary", load, names)
    answered = load.counted(names)
    report(
        "exchange",
        asked=len(load.answers),
        errors=answered.get("error", 0),
        a=answered.get("a", 0),
        b=answered.get("b", 0),
        instances=found["ProductionVariants"][0]["CurrentInstanceCount"],
    )


def rename():
    update = {
        "EndpointName": PREFIX,
        "EndpointConfigName": configuration("live", "live", "b", 2),
    }
    try:
        sagemaker.update_endpoint(**update)
    except ClientError as error:
        report("refused", code=error.response["Error"]["Code"], message=str(error))
    deregister("main")
    sagemaker.update_endpoint(**update)
    settled()
    register("live")
    ask()


def alarm(name, variant, config):
    """More than one request of twenty refused by the new fleet, within a minute."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation4XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": PREFIX},
            {"Name": "VariantName", "Value": variant},
            {"Name": "EndpointConfigName", "Value": config},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def guard():
    config = configuration("c", "live", "c", 2)
    alarm(f"{PREFIX}-errors", "live", config)
    names = {ask(): "b"}
    with Load() as load:
        sagemaker.update_endpoint(
            EndpointName=PREFIX,
            EndpointConfigName=config,
            DeploymentConfig=canary(180, f"{PREFIX}-errors"),
        )
        statuses, found = settled()
        load.at_least(20)
    draw("guard", "Model c fails, and the canary goes back", load, names)
    answered = load.counted(names)
    report(
        "guard",
        asked=len(load.answers),
        errors=answered.get("error", 0),
        statuses=statuses,
        serves=found["EndpointConfigName"],
    )


def repair():
    """The fault: its alarm watches the variant main, which is called live by now."""
    try:
        fault.main()
    except SystemExit as failed:
        print(failed)
    fault.VARIANT = "live"
    fault.main()


def down():
    deregister("live")
    sagemaker.delete_endpoint(EndpointName=PREFIX)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=PREFIX)


if __name__ == "__main__":
    keep(expect())
    models()
    if serves() == "":
        deploy()
    if serves() == "a":
        exchange()
    if serves() == "b":
        rename()
    back()
    guard()
    repair()
    down()
