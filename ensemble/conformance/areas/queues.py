"""What is asked of SQS: messages, their visibility and delays, dead letters, attributes of queues."""

from __future__ import annotations

import json
from typing import Any

from ensemble.conformance.areas.messages import receive, send
from ensemble.conformance.needed import queue
from ensemble.conformance.questions import Answer, Area, World, error_of

QUEUES = Area("SQS: queues")
asks = QUEUES.asks

SHORT = queue(VisibilityTimeout=1)
FRAGILE = queue(VisibilityTimeout=1, RedrivePolicy={"deadLetterTargetArn": "@arn:sqs:dead", "maxReceiveCount": 1})


@asks("SQS API Reference, ReceiveMessage: ApproximateReceiveCount", ["1", "2"], queue=SHORT)
def a_message_counts_how_often_it_was_received(aws: World) -> Answer:
    send(aws)
    first, second = receive(aws), aws.until(lambda: receive(aws))
    return [one["Attributes"]["ApproximateReceiveCount"] for one in (*first, *second)]


@asks("SQS Developer Guide, visibility timeout: not visible to others until it ends", [1, 0, 1], queue=SHORT)
def a_received_message_is_hidden_until_its_visibility_timeout(aws: World) -> Answer:
    send(aws)
    return [len(receive(aws)), len(receive(aws)), len(aws.until(lambda: receive(aws)))]


@asks("SQS API Reference, ReceiveMessage, VisibilityTimeout: of the received messages", [1, 1], queue=queue())
def a_receive_may_give_a_visibility_timeout_of_its_own(aws: World) -> Answer:
    send(aws)
    return [len(receive(aws, VisibilityTimeout=0)), len(aws.until(lambda: receive(aws)))]


@asks("SQS API Reference, ChangeMessageVisibility", [1, 1], queue=queue())
def a_visibility_of_zero_shows_a_message_at_once(aws: World) -> Answer:
    send(aws)
    (message,) = receive(aws)
    aws.sqs.change_message_visibility(QueueUrl=aws.url(), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return [1, len(aws.until(lambda: receive(aws)))]


@asks("SQS API Reference, ChangeMessageVisibility: from 0 to 43200", "InvalidParameterValue", queue=queue())
def a_visibility_over_twelve_hours_is_refused(aws: World) -> Answer:
    send(aws)
    handle = receive(aws)[0]["ReceiptHandle"]
    change = {"QueueUrl": aws.url(), "ReceiptHandle": handle, "VisibilityTimeout": 43_201}
    return error_of(lambda: aws.sqs.change_message_visibility(**change))


@asks("SQS API Reference, ChangeMessageVisibility, MessageNotInflight", "MessageNotInflight", queue=SHORT)
def the_visibility_of_a_message_that_is_not_in_flight_cannot_be_changed(aws: World) -> Answer:
    send(aws)
    handle = receive(aws)[0]["ReceiptHandle"]
    aws.wait(1.2)
    change = {"QueueUrl": aws.url(), "ReceiptHandle": handle, "VisibilityTimeout": 10}
    return error_of(lambda: aws.sqs.change_message_visibility(**change))


@asks("SQS API Reference, ChangeMessageVisibility, ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", queue=queue())
def the_visibility_by_a_handle_that_is_none_is_refused(aws: World) -> Answer:
    change = {"QueueUrl": aws.url(), "ReceiptHandle": "no handle", "VisibilityTimeout": 10}
    return error_of(lambda: aws.sqs.change_message_visibility(**change))


@asks("SQS API Reference, ChangeMessageVisibilityBatch", [["a"], ["b"]], queue=queue())
def of_a_batch_of_visibilities_each_is_answered_for_itself(aws: World) -> Answer:
    send(aws)
    handle = receive(aws)[0]["ReceiptHandle"]
    entries = [
        {"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 5},
        {"Id": "b", "ReceiptHandle": "no handle", "VisibilityTimeout": 5},
    ]
    return answered_each(aws.sqs.change_message_visibility_batch(QueueUrl=aws.url(), Entries=entries))


def answered_each(answer: dict[str, Any]) -> Answer:
    """Return the ids of what succeeded and of what failed."""
    return [[one["Id"] for one in answer.get(kind, [])] for kind in ("Successful", "Failed")]


@asks("SQS API Reference, SendMessage, DelaySeconds: available after the delay", [0, 1], queue=queue())
def a_delayed_message_comes_after_its_delay(aws: World) -> Answer:
    send(aws, DelaySeconds=1)
    return [len(receive(aws)), len(aws.until(lambda: receive(aws)))]


@asks("SQS Developer Guide, delay queues: each new message is hidden", [0, 1], queue=queue(DelaySeconds=1))
def a_message_comes_after_the_delay_of_its_queue(aws: World) -> Answer:
    send(aws)
    return [len(receive(aws)), len(aws.until(lambda: receive(aws)))]


@asks("SQS API Reference, SendMessage, DelaySeconds: else the default of the queue", 1, queue=queue(DelaySeconds=900))
def a_delay_of_zero_counts_more_than_that_of_the_queue(aws: World) -> Answer:
    send(aws, DelaySeconds=0)
    return len(aws.until(lambda: receive(aws), 2))


@asks("SQS API Reference, SendMessage, DelaySeconds: from 0 to 900", "InvalidParameterValue", queue=queue())
def a_delay_over_fifteen_minutes_is_refused(aws: World) -> Answer:
    return error_of(lambda: send(aws, DelaySeconds=901))


@asks("SQS API Reference, ReceiveMessage, MaxNumberOfMessages: 1 to 10", ["InvalidParameterValue"] * 2, queue=queue())
def none_or_eleven_messages_are_no_number_to_receive(aws: World) -> Answer:
    return [
        error_of(lambda: receive(aws, MaxNumberOfMessages=0)),
        error_of(lambda: receive(aws, MaxNumberOfMessages=11)),
    ]


@asks("SQS API Reference, ReceiveMessage, WaitTimeSeconds", "InvalidParameterValue", queue=queue())
def a_wait_of_over_twenty_seconds_is_refused(aws: World) -> Answer:
    return error_of(lambda: receive(aws, WaitTimeSeconds=21))


@asks("SQS API Reference, ReceiveMessage, VisibilityTimeout", "InvalidParameterValue", queue=queue())
def a_receive_with_a_visibility_over_twelve_hours_is_refused(aws: World) -> Answer:
    return error_of(lambda: receive(aws, VisibilityTimeout=43_201))


@asks("SQS API Reference, ReceiveMessage, Errors", "NonExistentQueue", queue=queue())
def a_queue_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.sqs.receive_message(QueueUrl=f"{aws.url()}-gone"))


@asks("SQS API Reference, GetQueueUrl, Errors", "NonExistentQueue")
def the_url_of_a_queue_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.url("gone"))


@asks("SQS API Reference, DeleteMessage", 0, queue=SHORT)
def a_deleted_message_does_not_come_again(aws: World) -> Answer:
    send(aws)
    aws.sqs.delete_message(QueueUrl=aws.url(), ReceiptHandle=receive(aws)[0]["ReceiptHandle"])
    aws.wait(1.2)
    return len(receive(aws))


@asks("SQS API Reference, DeleteMessage: with an old handle it succeeds and deletes nothing", ["none", 1], queue=SHORT)
def an_old_receipt_handle_deletes_nothing(aws: World) -> Answer:
    send(aws)
    old = receive(aws)[0]["ReceiptHandle"]
    aws.until(lambda: receive(aws))
    answer = error_of(lambda: aws.sqs.delete_message(QueueUrl=aws.url(), ReceiptHandle=old))
    return [answer, len(aws.until(lambda: receive(aws)))]


@asks("SQS API Reference, DeleteMessage: also a message that is deleted already", "none", queue=queue())
def a_message_may_be_deleted_twice(aws: World) -> Answer:
    send(aws)
    once = {"QueueUrl": aws.url(), "ReceiptHandle": receive(aws)[0]["ReceiptHandle"]}
    aws.sqs.delete_message(**once)
    return error_of(lambda: aws.sqs.delete_message(**once))


@asks("SQS API Reference, DeleteMessage, ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", queue=queue())
def what_is_no_receipt_handle_is_refused(aws: World) -> Answer:
    return error_of(lambda: aws.sqs.delete_message(QueueUrl=aws.url(), ReceiptHandle="no handle"))


@asks("SQS API Reference, DeleteMessageBatch", [["a"], ["b"]], queue=queue())
def of_a_batch_of_deletes_each_is_answered_for_itself(aws: World) -> Answer:
    send(aws)
    entries = [
        {"Id": "a", "ReceiptHandle": receive(aws)[0]["ReceiptHandle"]},
        {"Id": "b", "ReceiptHandle": "no handle"},
    ]
    return answered_each(aws.sqs.delete_message_batch(QueueUrl=aws.url(), Entries=entries))


@asks(
    "SQS Developer Guide, dead-letter queues: moved when received more than maxReceiveCount",
    1,
    queue=FRAGILE,
    dead=queue(),
)
def a_message_received_too_often_goes_to_the_dead_letter_queue(aws: World) -> Answer:
    return len(died(aws))


def died(aws: World) -> list[Any]:
    """Let a message be received too often; return what the dead-letter queue then has."""
    send(aws)
    receive(aws)
    return list(aws.until(lambda: [*receive(aws), *receive(aws, "dead")]))


@asks("SQS Developer Guide, dead-letter queues: the message keeps its id", True, queue=FRAGILE, dead=queue())
def a_dead_letter_has_the_id_of_its_message(aws: World) -> Answer:
    sent = send(aws)["MessageId"]
    receive(aws)
    return [one["MessageId"] for one in aws.until(lambda: [*receive(aws), *receive(aws, "dead")])] == [sent]


@asks("SQS API Reference, ReceiveMessage, DeadLetterQueueSourceArn", True, queue=FRAGILE, dead=queue())
def a_dead_letter_says_from_which_queue_it_came(aws: World) -> Answer:
    return [one["Attributes"]["DeadLetterQueueSourceArn"] for one in died(aws)] == [aws.arn("sqs", aws.named("queue"))]


@asks("SQS API Reference, ListDeadLetterSourceQueues", ["queue"], queue=FRAGILE, dead=queue())
def a_dead_letter_queue_says_of_whom_it_has_dead_letters(aws: World) -> Answer:
    answer = aws.sqs.list_dead_letter_source_queues(QueueUrl=aws.url("dead"))
    return [url.rpartition("/")[2].removeprefix(aws.prefix) for url in answer["queueUrls"]]


@asks("SQS API Reference, GetQueueAttributes, RedrivePolicy", "1", queue=FRAGILE, dead=queue())
def a_queue_says_its_redrive_policy(aws: World) -> Answer:
    return str(json.loads(attributes(aws, "RedrivePolicy")["RedrivePolicy"])["maxReceiveCount"])


def attributes(aws: World, *names: str, queue: str = "queue") -> dict[str, str]:
    """Return attributes of a queue."""
    found = aws.sqs.get_queue_attributes(QueueUrl=aws.url(queue), AttributeNames=list(names))
    return dict(found.get("Attributes", {}))


@asks("SQS API Reference, StartMessageMoveTask: to the source of each message", 1, queue=FRAGILE, dead=SHORT)
def dead_letters_are_moved_back_to_where_they_came_from(aws: World) -> Answer:
    died(aws)
    aws.wait(1.2)
    aws.sqs.start_message_move_task(SourceArn=aws.arn("sqs", aws.named("dead")))
    return len(aws.until(lambda: receive(aws)))


@asks("SQS API Reference, ListMessageMoveTasks", "COMPLETED", queue=FRAGILE, dead=SHORT)
def a_move_of_dead_letters_says_that_it_is_done(aws: World) -> Answer:
    source = aws.arn("sqs", aws.named("dead"))
    aws.sqs.start_message_move_task(SourceArn=source)

    def done() -> str:
        status = str(aws.sqs.list_message_move_tasks(SourceArn=source)["Results"][0]["Status"])
        return status if status != "RUNNING" else ""

    return aws.until(done)


@asks("SQS API Reference, StartMessageMoveTask: the source must be a DLQ", "InvalidParameterValue", queue=queue())
def messages_of_a_queue_that_is_nobodys_dead_letter_queue_are_not_moved(aws: World) -> Answer:
    source = aws.arn("sqs", aws.named("queue"))
    return error_of(lambda: aws.sqs.start_message_move_task(SourceArn=source))


@asks(
    "SQS API Reference, CreateQueue: the defaults of the attributes",
    ["1048576", "345600", "30", "0", "0"],
    queue=queue(),
)
def a_queue_has_the_attributes_by_default(aws: World) -> Answer:
    found = attributes(aws, "All")
    names = ("MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout", "DelaySeconds")
    return [found.get(name) for name in (*names, "ReceiveMessageWaitTimeSeconds")]


@asks("SQS API Reference, GetQueueAttributes, QueueArn", True, queue=queue())
def a_queue_says_its_arn(aws: World) -> Answer:
    return attributes(aws, "QueueArn") == {"QueueArn": aws.arn("sqs", aws.named("queue"))}


@asks("SQS API Reference, GetQueueAttributes, InvalidAttributeName", "InvalidAttributeName", queue=queue())
def an_attribute_that_no_queue_has_is_refused(aws: World) -> Answer:
    return error_of(lambda: attributes(aws, "Colour"))


@asks("SQS API Reference, GetQueueAttributes: the messages by their state", ["1", "1", "1"], queue=queue())
def a_queue_counts_its_messages_by_whether_they_can_be_received(aws: World) -> Answer:
    send(aws)
    aws.until(lambda: receive(aws))
    send(aws)
    send(aws, DelaySeconds=900)
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    return aws.until(lambda: (found := [attributes(aws, "All")[name] for name in names]) == ["1"] * 3 and found)


@asks("SQS API Reference, SetQueueAttributes", "7", queue=queue())
def the_visibility_timeout_of_a_queue_can_be_set(aws: World) -> Answer:
    aws.sqs.set_queue_attributes(QueueUrl=aws.url(), Attributes={"VisibilityTimeout": "7"})
    return attributes(aws, "VisibilityTimeout")["VisibilityTimeout"]


@asks("SQS API Reference, SetQueueAttributes, InvalidAttributeName", "InvalidAttributeName", queue=queue())
def an_attribute_that_no_queue_has_cannot_be_set(aws: World) -> Answer:
    return error_of(lambda: aws.sqs.set_queue_attributes(QueueUrl=aws.url(), Attributes={"Colour": "red"}))


@asks("SQS API Reference, SetQueueAttributes, InvalidAttributeValue", "InvalidAttributeValue", queue=queue())
def a_visibility_timeout_over_twelve_hours_cannot_be_set(aws: World) -> Answer:
    wrong = {"VisibilityTimeout": "43201"}
    return error_of(lambda: aws.sqs.set_queue_attributes(QueueUrl=aws.url(), Attributes=wrong))


@asks("SQS API Reference, SetQueueAttributes, RedrivePolicy", 1, queue=SHORT, dead=queue())
def a_queue_can_be_given_a_dead_letter_queue(aws: World) -> Answer:
    policy = {"deadLetterTargetArn": aws.arn("sqs", aws.named("dead")), "maxReceiveCount": "1"}
    aws.sqs.set_queue_attributes(QueueUrl=aws.url(), Attributes={"RedrivePolicy": json.dumps(policy)})
    return len(died(aws))


@asks("SQS API Reference, PurgeQueue", 0, queue=queue())
def a_purged_queue_is_empty(aws: World) -> Answer:
    send(aws)
    aws.sqs.purge_queue(QueueUrl=aws.url())
    return len(receive(aws))


@asks("SQS API Reference, ListQueues, QueueNamePrefix", ["one", "other"], one=queue(), other=queue(), third=queue())
def queues_are_listed_by_the_beginning_of_their_names(aws: World) -> Answer:
    def listed() -> list[str]:
        urls = aws.sqs.list_queues(QueueNamePrefix=aws.named("o")).get("QueueUrls", [])
        return sorted(url.rpartition("/")[2].removeprefix(aws.prefix) for url in urls)

    return aws.until(lambda: (found := listed())[1:] and found)


@asks("SQS API Reference, ReceiveMessage: no Messages where there are none", False, queue=queue())
def an_empty_queue_answers_without_messages(aws: World) -> Answer:
    return "Messages" in aws.sqs.receive_message(QueueUrl=aws.url())
