import type { BatchJob, EndpointDefinition, EndpointStatus, LocalisedText } from '@mulle/contract';
import { durationMs } from '@mulle/contract';

/** What was measured of something, whether that is well, and what to do where it is not. */
export interface Check {
  name: string;
  ok: boolean;
  message: LocalisedText;
  fix: LocalisedText | null;
}

/** Fewer in the last minute tell nothing. */
const leastRequests = 50;
const statusMs = 60_000;

/** Of the data processes that were asked enough, the one whose callers waited longest. */
function slowest(statuses: readonly EndpointStatus[]): EndpointStatus | undefined {
  return statuses
    .filter(({ requests }) => requests >= leastRequests)
    .toSorted((a, b) => b.latencyMs.p95 - a.latencyMs.p95)[0];
}

const ms = (value: number): string => String(Number(value.toPrecision(3)));

/** The last minute of an endpoint against its latency target; nothing where it has none or was hardly asked. */
export function latencyAdvice(
  { name, slo, hosts = 1 }: EndpointDefinition,
  statuses: readonly EndpointStatus[],
): Check | undefined {
  const status = slowest(statuses);
  if (slo === undefined || status === undefined) return undefined;
  const { p95, p99 } = status.latencyMs;
  const [stage, stageMs] = Object.entries(status.stagesMs).toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0];
  return {
    name: `latency ${name}`,
    ok: p95 <= slo.p95Ms && p99 <= slo.p99Ms,
    message: {
      en: `p95 ${ms(p95)} ms of ${slo.p95Ms}, p99 ${ms(p99)} ms of ${slo.p99Ms}; ${ms(stageMs)} ms of a request in ${stage}.`,
      ko: `p95 ${ms(p95)}/${slo.p95Ms} ms, p99 ${ms(p99)}/${slo.p99Ms} ms. 요청마다 ${stage} 단계에 ${ms(stageMs)} ms가 걸려요.`,
    },
    fix:
      stage === 'invoke'
        ? {
            en: `The model is too slow for its target: more hosts (now ${hosts}), a cache, a smaller model, or mulle batch.`,
            ko: `모델이 목표보다 느려요. 호스트를 늘리거나(지금 ${hosts}개) 캐시, 더 작은 모델, mulle batch를 쓰세요.`,
          }
        : {
            en: `Look at the stage ${stage}: the model is not what takes the time.`,
            ko: `${stage} 단계를 살펴보세요. 느린 것은 모델이 아니에요.`,
          },
  };
}

/** Hosts that one could replace: what callers waited for the model, an upper bound of its work, is half of one's time. */
export function hostsAdvice(
  { name, hosts = 1 }: EndpointDefinition,
  statuses: readonly EndpointStatus[],
): Check | undefined {
  const status = slowest(statuses);
  if (hosts === 1 || status === undefined) return undefined;
  const busy = (status.requests * (status.stagesMs['invoke'] ?? 0)) / statusMs;
  const percent = Math.round(100 * busy);
  return {
    name: `hosts ${name}`,
    ok: busy > 0.5,
    message: {
      en: `${hosts} hosts a version; the model worked at most ${percent} % of one host's time in the last minute.`,
      ko: `버전마다 호스트 ${hosts}개. 지난 1분 동안 모델이 일한 시간은 호스트 하나의 최대 ${percent} %예요.`,
    },
    fix: { en: 'One host is enough: hosts: 1.', ko: '호스트 하나면 충분해요: hosts: 1.' },
  };
}

/** Below this share of its rows a batch tells nothing of the rest. */
const leastProgress = 0.01;

/** When a running batch ends at its present speed, against its window. */
export function batchAdvice(job: BatchJob, nowMs: number): Check | undefined {
  const { id, model, version, state, progress, attempt, startedAtMs, window } = job;
  // Of a later attempt the progress holds what earlier ones did.
  if (attempt > 1) return undefined;
  if (state !== 'running' || progress === null || progress < leastProgress || startedAtMs === null) return undefined;
  const takesMs = (nowMs - startedAtMs) / progress;
  const minutes = (value: number): string => ms(value / 60_000);
  return {
    name: `batch ${id}`,
    ok: takesMs <= durationMs(window),
    message: {
      en: `${model}@${version} takes ${minutes(takesMs)} min for all rows at its present speed; its window is ${window}.`,
      ko: `${model}@${version}는 지금 속도로 모든 행에 ${minutes(takesMs)}분이 걸려요. 기한은 ${window}예요.`,
    },
    fix: {
      en: 'It cannot finish in its window: give it longer (--window), fewer rows, or a faster model.',
      ko: '기한 안에 끝나지 않아요. --window를 늘리거나 행을 줄이거나 더 빠른 모델을 쓰세요.',
    },
  };
}
