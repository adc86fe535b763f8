"""What Lambda itself writes to a function's log at each invocation that goes well.

Sources: AWS Lambda Developer Guide, "Working with Lambda function logs", "System log level event mapping".
"""

from __future__ import annotations

from ensemble.meter.stage import QUIET, Function

ID = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
TEXT = (
    f"START RequestId: {ID} Version: $LATEST\n"
    f"END RequestId: {ID}\n"
    f"REPORT RequestId: {ID}\tDuration: 23.45 ms\tBilled Duration: 24 ms\tMemory Size: 256 MB\t"
    "Max Memory Used: 91 MB\t\n"
)
OF_A_TRACE = "XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\t\n"
JSON = (
    f'{{"time":"2026-01-01T00:00:00.000Z","type":"platform.start","record":{{"requestId":"{ID}","version":"$LATEST"}}}}'
    f'{{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{{"requestId":"{ID}","metrics":{{'
    '"durationMs":23.45,"billedDurationMs":24,"memorySizeMB":256,"maxMemoryUsedMB":91},"status":"success"}}'
)


def bytes_of_an_invocation(function: Function) -> int:
    """Return how many bytes Lambda writes for one invocation that goes well."""
    if function.log_format != "JSON":
        return len(TEXT) + (len(OF_A_TRACE) if function.is_traced else 0)
    return 0 if function.system_level == QUIET else len(JSON)
