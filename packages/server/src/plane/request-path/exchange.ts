import type { RateLimiter } from '#kernel/rate-limiter.ts';
import type { AnswerSource, ErrorCode, Explanation, NewEvent, SnapshotKey, Topic } from '@mulle/contract';
import type { InterleavedRows } from '@mulle/decision';
import type { MulleError } from '#kernel/errors.ts';
import type { Codec, CodecRequest } from '../codecs/codec.ts';
import type { JsonText } from '../codecs/json-text.ts';
import type { FieldValue } from '../serving/field-check.ts';
import type { Serving, ServingEndpoint } from '../serving/serving.ts';
import type { ServingVariant } from '../serving/serving-variant.ts';
import type { ReleaseWeights } from '../snapshot/release-weights.ts';
import type { TensorRows } from '../runtimes/tensor-batching.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { TensorCall } from '../tensors/tensor-call.ts';
import type { RowRules } from './rule-account.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';

/** What the request path needs of the event backbone; a `JournalWriter` is one. */
export interface EventLog {
  append(event: NewEvent): boolean;
  /** Takes an event whose value is JSON text, copied at once; false when it was dropped. */
  appendEncoded(
    topic: Topic,
    type: string,
    key: string,
    id: string,
    timeMs: number,
    causeId: string | undefined,
    valueJson: string | JsonText,
  ): boolean;
  /** Resolves when all that was taken is durable; rejects when the storage refused it. */
  flush(): Promise<void>;
  appendDurable(events: readonly NewEvent[]): Promise<void>;
}

/** What all requests share. */
export interface PathServices {
  readonly events: EventLog;
  readonly limiter: RateLimiter;
  readonly weights: ReleaseWeights;
  readonly bodyBytes: number;
}

/** Who asks: enough for the stages that come before anything is known of the request. */
export interface Caller {
  readonly request: HttpRequest;
  readonly serving: Serving;
  readonly services: PathServices;
  key: SnapshotKey | null;
}

const noFeatures = new Float64Array(0);

/** One inference request on its way through the path. Each stage reads what those before it wrote. */
export class Exchange implements Caller {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly services: PathServices;
  readonly serving: Serving;
  readonly endpoint: ServingEndpoint;
  readonly codec: Codec;
  /** Version named by the path; an unknown one is refused. */
  readonly pathVersion: string | null;
  readonly startedMs: number;
  deadlineMs: number;
  /** The caller gives it less time than the endpoint has. */
  isHurried = false;
  key: SnapshotKey | null = null;
  requestId = '';
  body = '';
  /** What stands behind the JSON of the body. */
  binary: Buffer | null = null;
  decoded: CodecRequest | null = null;
  /** Checked input values by row, in the endpoint's order. */
  rows: readonly FieldValue[][] = [];
  /** Fields of each row that are outside their range or categories. */
  violations: readonly (readonly string[])[] = [];
  eventTimesMs: number[] = [];
  /** Row by row, in the order of the endpoint's features; NaN is missing. Hosts round them to what their model takes. */
  features = noFeatures;
  unit: string | null = null;
  /** The release that chose; null for a pinned request and where nothing is deployed. */
  experimentId: string | null = null;
  group: string | null = null;
  propensity: number | null = null;
  pinned = false;
  /** Name of the override that chose in place of the release. */
  override: string | null = null;
  assigned: ServingVariant | null = null;
  /** Id of the assigned variant, also where it is not deployed here. */
  assignedId: string | null = null;
  served: ServingVariant | null = null;
  servedVersion: string | null = null;
  scores: readonly number[] | null = null;
  /** Who placed each row in an interleaved list; null: a row is its group's. */
  teams: InterleavedRows['teams'] | null = null;
  /** Of an endpoint that takes tensors: the request, its tensors once they are checked, and the model's answer. */
  call: TensorCall | null = null;
  tensors: TensorRows | null = null;
  outputs: readonly Tensor[] | null = null;
  /** What rules did to each row; null where none was asked. */
  rules: RowRules[] | null = null;
  /** What the answers mean, by row; null where no rule says so. */
  labels: (string | null)[] | null = null;
  /** Why the answer is what it is; null where nobody asked. */
  explanation: Explanation | null = null;
  /** Rules before the variants answered every row: none is asked. */
  isDecided = false;
  source: AnswerSource = 'variant';
  ageMs = 0;
  /** What failed on the way, also where a fallback answered. */
  errorCode: ErrorCode | null = null;
  /** Set when nothing answered. */
  failure: MulleError | null = null;
  latencyMs = 0;
  /** Microseconds by stage, in the order of the path. */
  readonly stagesUs: number[] = [];

  constructor(
    request: HttpRequest,
    response: HttpResponse,
    services: PathServices,
    serving: Serving,
    endpoint: ServingEndpoint,
    codec: Codec,
    pathVersion: string | null,
    startedMs: number,
  ) {
    this.request = request;
    this.response = response;
    this.services = services;
    this.serving = serving;
    this.endpoint = endpoint;
    this.codec = codec;
    this.pathVersion = pathVersion;
    this.startedMs = startedMs;
    this.deadlineMs = startedMs + endpoint.timeoutMs;
  }
}
