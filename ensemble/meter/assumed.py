"""What no laptop can measure and the figures rest on: durations on AWS, medians of its hops, how its pollers behave."""

from __future__ import annotations

CALL_MILLISECONDS = 5.5
"""A single read or write of DynamoDB, as a function waits for it."""

SLOW_CALL_MILLISECONDS = 12.0
"""A transaction, PutEvents, and each other call of AWS."""

CODE_MILLISECONDS = 1.3
"""CPU of a record on a whole core, with its part of the batch (`make bench`, docs/performance.md)."""

MEGABYTES_OF_A_CORE = 1_769
"""AWS Lambda Developer Guide, "Configure Lambda function memory": the CPU is in proportion to the memory."""

EVENTBRIDGE_MILLISECONDS = 148.0
QUEUE_MILLISECONDS = 16.2
STREAM_MILLISECONDS = 213.0
"""Medians of one hop, from before the call that sends to the begin of the function that receives
(https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/, measured in 2022, EventBridge in 2023).
The rule's hop is one to a function there, so that with a queue behind it the sum is rather too high."""

POLLERS, FEWEST_POLLERS = 5, 2
"""Lambda polls a queue with five at low traffic, and with as few as two where no maximum concurrency is set (AWS Lambda
Developer Guide, "Configuring scaling behavior for SQS event source mappings")."""

LONG_POLL_SECONDS = 20.0
"""How long a request waits for a message (Amazon SQS Developer Guide, "Amazon SQS short and long polling")."""

RECEIVE_SECONDS = 0.01
"""How long a request takes that finds a message, and how long one takes that deletes."""

STREAM_POLL_SECONDS = 0.25
"""AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB": four times a second."""

MOST_WORKERS = 1_250
"""Batches of one mapping at a time without a maximum concurrency (as of `POLLERS`)."""

TRACES_A_SECOND, TRACED_SHARE = 1.0, 0.05
"""Lambda's own sampling, of each function (AWS Lambda Developer Guide, "Visualize Lambda function invocations using AWS
X-Ray"): it cannot be set, so no rule of X-Ray changes it."""

ITEM_OVERHEAD_BYTES = 100
"""What DynamoDB adds to each stored item (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats")."""


def code_milliseconds(memory: int) -> float:
    """Return how long the code of a record takes in a function of so many megabytes."""
    return CODE_MILLISECONDS * max(1.0, MEGABYTES_OF_A_CORE / memory)
