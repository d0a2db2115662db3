import { expect, test } from 'vitest';
import { readClientSpans } from './client-spans.ts';

// As client 3.17.2 wrote it, shortened; the name holds what looks like one of its fields.
const written = String.raw`{"spans": [{"trace_id": "yA/mISXYZnLYEyb+bJ9tTQ==", "span_id": "B2Kk2Oux+KQ=", "parent_span_id": null,
  "name": "say \"end_time_unix_nano\": 7", "start_time_unix_nano": 1795614428208780749, "end_time_unix_nano": 1795614428209761981,
  "events": [{"name": "found", "time_unix_nano": 1795614428209463041, "attributes": {"rows": 2}}],
  "status": {"code": "STATUS_CODE_OK", "message": ""},
  "attributes": {"mlflow.spanType": "\"CHAIN\"", "k": "[1, 2.5, \"z\", {\"deep\": true}]", "plain": "no JSON"}, "links": []}]}`;

test('no digit of a time is lost, ids are hex, values are what their texts say', () => {
  expect(readClientSpans(written)).toEqual([
    {
      traceId: 'c80fe62125d86672d81326fe6c9f6d4d',
      spanId: '0762a4d8ebb1f8a4',
      parentSpanId: '',
      name: 'say "end_time_unix_nano": 7',
      startTimeUnixNano: '1795614428208780749',
      endTimeUnixNano: '1795614428209761981',
      status: { code: 'STATUS_CODE_OK', message: '' },
      attributes: [
        { key: 'mlflow.spanType', value: { stringValue: 'CHAIN' } },
        {
          key: 'k',
          value: {
            arrayValue: {
              values: [
                { intValue: '1' },
                { doubleValue: 2.5 },
                { stringValue: 'z' },
                { kvlistValue: { values: [{ key: 'deep', value: { boolValue: true } }] } },
              ],
            },
          },
        },
        { key: 'plain', value: { stringValue: 'no JSON' } },
      ],
      events: [
        { name: 'found', timeUnixNano: '1795614428209463041', attributes: [{ key: 'rows', value: { intValue: '2' } }] },
      ],
      links: [],
    },
  ]);
});

test.each(['', '{"spans": 1}', '[]'])('%j is refused', (text) => {
  expect(() => readClientSpans(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});
