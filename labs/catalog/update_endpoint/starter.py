"""Your way through this lab. guide.md tells what each step is for.

Run it as often as you like:      quizengine lab run
See how far you are:              quizengine lab check
"""

import sys

import boto3
import ready
from ready import Load

sagemaker = boto3.client("sagemaker")
autoscaling = boto3.client("application-autoscaling")
cloudwatch = boto3.client("cloudwatch")


def expect():
    """Step 1. Put True or False in place of each None, before you run anything."""
    return {
        # The variant is registered for auto scaling, and the update brings ...
        "new_model_needs_deregistering": None,  # ... another model, and nothing else
        "renamed_variant_needs_deregistering": None,  # ... another name of the variant
        # Scaling has made two instances of one. The new configuration says one, and you update
        # with RetainAllVariantProperties. Is it one instance then?
        "count_falls_back": None,
        # A model that refuses every request gets half of the traffic, an alarm takes it back:
        "canary_costs_errors": None,  # does anybody get an error?
        "endpoint_fails": None,  # is the endpoint Failed after that?
    }


def deploy():
    """Step 2. The endpoint PREFIX with model a, registered, and scaled to two instances."""
    config = ready.configuration("a", "main", "a")
    print("There is a configuration", config)
    # TODO: create_endpoint; ready.settled(); autoscaling.register_scalable_target;
    #       update_endpoint_weights_and_capacities; ready.settled()
    sys.exit("Step 2 is still to be written: deploy() in starter.py.")


def exchange():
    """Step 3. To model b by a canary, under load; who answered, into exchange.json."""
    before = ready.ask()
    with Load() as load:
        load.at_least(20)
        # TODO: update_endpoint to ready.configuration("b", "main", "b"), and wait: ready.settled()
    print("Model a says", before, "and was asked", len(load.answers), "times")
    # TODO: ready.draw("exchange", "...", load, {before: "a", after: "b"})
    #       ready.report("exchange", asked=..., errors=..., a=..., b=..., instances=...)
    sys.exit("Step 3 is still to be written: exchange() in starter.py.")


def rename():
    """Step 4. To a variant of another name: refused first, then not."""
    # TODO: try update_endpoint; ready.report("refused", code=..., message=...); deregister;
    #       update_endpoint again; ready.settled(); register live; ready.ask()
    sys.exit("Step 4 is still to be written: rename() in starter.py.")


def guard():
    """Step 5. Model c by a canary, with an alarm that takes it back; into guard.json."""
    # TODO: put_metric_alarm; update_endpoint with AutoRollbackConfiguration, under a Load;
    #       ready.report("guard", asked=..., errors=..., statuses=..., serves=...)
    sys.exit("Step 5 is still to be written: guard() in starter.py.")


if __name__ == "__main__":
    ready.keep(expect())
    ready.models()
    if ready.serves() == "":
        deploy()
    if ready.serves() == "a":
        exchange()
    if ready.serves() == "b":
        rename()
    ready.back()
    guard()
    # Step 6: quizengine lab run fault.py, find out why nobody was warned, repair it, run it again.
    # Step 7: deregister the variant and delete the endpoint.
