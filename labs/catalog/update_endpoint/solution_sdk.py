"""A solution with the SageMaker Python SDK, version 3: the endpoint as an object. Auto scaling and
alarms are other services': boto3."""

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
from sagemaker.core.resources import Endpoint
from sagemaker.core.shapes import (
    Alarm,
    AutoRollbackConfig,
    BlueGreenUpdatePolicy,
    CapacitySize,
    DeploymentConfig,
    DesiredWeightAndCapacity,
    TrafficRoutingConfig,
)

DIMENSION = "sagemaker:variant:DesiredInstanceCount"

autoscaling = boto3.client("application-autoscaling")


def expect():
    return {
        "new_model_needs_deregistering": False,
        "renamed_variant_needs_deregistering": True,
        "count_falls_back": False,
        "canary_costs_errors": True,
        "endpoint_fails": False,
    }


def target(variant):
    """A variant, as Application Auto Scaling names it."""
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{PREFIX}/variant/{variant}",
        "ScalableDimension": DIMENSION,
    }


def deploy():
    endpoint = Endpoint.create(
        endpoint_name=PREFIX, endpoint_config_name=configuration("a", "main", "a")
    )
    settled()
    autoscaling.register_scalable_target(**target("main"), MinCapacity=1, MaxCapacity=2)
    two = DesiredWeightAndCapacity(variant_name="main", desired_instance_count=2)
    endpoint.update_weights_and_capacities(desired_weights_and_capacities=[two])
    settled()


def canary(seconds, *alarms):
    """Blue/green: one instance first, then, after so many seconds, the rest."""
    routing = TrafficRoutingConfig(
        type="CANARY",
        canary_size=CapacitySize(type="INSTANCE_COUNT", value=1),
        wait_interval_in_seconds=seconds,
    )
    policy = BlueGreenUpdatePolicy(traffic_routing_configuration=routing)
    if not alarms:
        return DeploymentConfig(blue_green_update_policy=policy)
    watched = AutoRollbackConfig(alarms=[Alarm(alarm_name=name) for name in alarms])
    return DeploymentConfig(blue_green_update_policy=policy, auto_rollback_configuration=watched)


def update(config, **how):
    """Begin to update the endpoint to a configuration."""
    endpoint = Endpoint.get(PREFIX)
    endpoint.endpoint_config_name = config
    endpoint.update(**how)


def exchange():
    before = ask()
    with Load() as load:
        update(
            configuration("b", "main", "b"),
            retain_all_variant_properties=True,
            deployment_config=canary(120),
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
    config = configuration("live", "live", "b", 2)
    try:
        update(config)
    except ClientError as error:
        report("refused", code=error.response["Error"]["Code"], message=str(error))
    autoscaling.deregister_scalable_target(**target("main"))
    update(config)
    settled()
    autoscaling.register_scalable_target(**target("live"), MinCapacity=1, MaxCapacity=2)
    ask()


def guard():
    config = configuration("c", "live", "c", 2)
    dimensions = {"EndpointName": PREFIX, "VariantName": "live", "EndpointConfigName": config}
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{PREFIX}-errors",
        Namespace="AWS/SageMaker",
        MetricName="Invocation4XXErrors",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    names = {ask(): "b"}
    with Load() as load:
        update(config, deployment_config=canary(180, f"{PREFIX}-errors"))
        statuses, found = settled()
        load.at_least(20)
    draw("guard", "Model c fails, and the canary goes back", load, names)
    report(
        "guard",
        asked=len(load.answers),
        errors=load.counted(names).get("error", 0),
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
    autoscaling.deregister_scalable_target(**target("live"))
    endpoint = Endpoint.get(PREFIX)
    endpoint.delete()
    endpoint.wait_for_delete()


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
