"""Writes OTLP requests in protobuf, each of one trace. Arguments: file, requests, spans of each.

Each request stands behind its length in 4 bytes, big-endian.
"""

import os
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

path, requests, spans = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, "wb") as file:
    for number in range(requests):
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        trace_id, root = os.urandom(16), os.urandom(8)
        for index in range(spans):
            span = scope.spans.add(
                trace_id=trace_id,
                span_id=root if index == 0 else os.urandom(8),
                parent_span_id=b"" if index == 0 else root,
                name=f"step {index}",
                start_time_unix_nano=1_700_000_000_000_000_000 + number * 1_000_000 + index,
                end_time_unix_nano=1_700_000_000_000_500_000 + number * 1_000_000 + index,
            )
            for key, value in {"mlflow.spanType": '"TOOL"', "mlflow.spanInputs": '{"question": "why?"}', "model": "m"}.items():
                span.attributes.add(key=key).value.string_value = value
        body = request.SerializeToString()
        file.write(len(body).to_bytes(4, "big") + body)
