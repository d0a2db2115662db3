import type {
  DatasetVersion,
  Finding,
  GateReading,
  Manifest,
  ModelVersion,
  MonitorWindow,
  PipelineRun,
  Release,
  Run,
  TaskRun,
} from '@mulle/contract';
import { policy } from './project.ts';

/** What has happened in the mock installation, as plain functions of a time and a number. */
export const minute = 60_000;
const day = 86_400_000;
/** Event time of the data: flights of 2001. */
const eventStart = Date.UTC(2001, 1, 1);

export function digest(seed: number): string {
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length: 64 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 28).toString(16);
  }).join('');
}

/** A smooth, repeatable wobble in −1…1. */
export const wobble = (index: number): number => Math.sin(index * 12.9898) * Math.cos(index * 4.1414);

export function modelVersion(version: number, createdAtMs: number): ModelVersion {
  const logLoss = 0.4412 - 0.0031 * Math.log(version) + 0.004 * wobble(version);
  return {
    model: 'flight-delay',
    version,
    artifact: { digest: digest(version), bytes: 412_331 + 811 * version, format: 'onnx' },
    flavor: null,
    features: [
      'hour',
      'weekday',
      'distance',
      ...['origin', 'destination', 'route'].flatMap((name) =>
        ['3h', '24h', '7d'].map((window) => `${name}_late_rate_${window}`),
      ),
    ],
    metrics: {
      logLoss,
      auc: 0.7281 + 0.01 * wobble(version + 3),
      brier: 0.1402,
      precision: 0.5831,
      recall: 0.3127,
      f1: 0.4071,
      calibrationError: 0.0113,
    },
    lineage: {
      runId: `run_${String(version).padStart(5, '0')}`,
      datasetVersion: { dataset: 'flights', version: version + 1, id: digest(version + 900) },
      featureService: 'flight-features',
      codeDigest: digest(77),
      parameters: { trees: 100, depth: 6, learningRate: 0.1, minLeafRows: 20, holdout: '3d' },
      seed: 7,
      environment: { node: '24.21.0', platform: 'linux-x64', mulle: '0.1.0' },
    },
    aliases: [],
    stage: 'None',
    tags: {},
    source: null,
    runLink: null,
    signature: null,
    description: version === 1 ? 'January from the file' : '',
    causeId: `act_register_${version}`,
    createdAtMs,
    updatedAtMs: createdAtMs,
  };
}

export function run(version: number, createdAtMs: number): Run {
  const { metrics, lineage } = modelVersion(version, createdAtMs);
  return {
    id: lineage.runId ?? '',
    experiment: 'flight-delay',
    experimentId: '1',
    name: `gradient-boosting ${version}`,
    status: 'finished',
    stage: 'active',
    user: 'minji',
    parentId: null,
    stoppedBy: null,
    parameters: Object.fromEntries(Object.entries(lineage.parameters).map(([key, value]) => [key, String(value)])),
    metrics,
    tags: { algorithm: 'gradient-boosting' },
    causeId: `act_train_${version}`,
    startedAtMs: createdAtMs - 41_200,
    endedAtMs: createdAtMs - 1_000,
  };
}

export function datasetVersion(version: number, createdAtMs: number): DatasetVersion {
  const parts = Array.from({ length: Math.min(version, 31) }, (_, index) => {
    const fromMs = eventStart + (version - index) * day;
    const rows = 16_400 + Math.round(900 * wobble(version - index));
    return {
      fromMs,
      toMs: fromMs + day,
      digest: digest(version - index + 400),
      bytes: rows * 24,
      rows,
      source: 'flights-landed',
    };
  });
  return {
    dataset: 'flights',
    version,
    id: digest(version + 900),
    parent: version > 1 ? version - 1 : null,
    parts,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    causeId: `act_validate_${version}`,
    createdAtMs,
  };
}

export function readings(samples: number, difference: number): GateReading[] {
  const half = Math.min(0.12, 1.9 / Math.sqrt(Math.max(1, samples)));
  const fails = difference - half > 0.02;
  const passes = difference + half < 0.02;
  return [
    {
      gate: policy.gates[0],
      verdict: 'pass',
      challenger: 0,
      incumbent: 0.0001,
      interval: [0, Math.min(1, 5 / Math.max(1, samples))],
      challengerSamples: samples,
      incumbentSamples: samples * 3,
    },
    {
      gate: policy.gates[1],
      verdict: 'pass',
      challenger: 6.8,
      incumbent: 6.4,
      interval: [6.1, 7.9],
      challengerSamples: samples,
      incumbentSamples: samples * 3,
    },
    {
      gate: policy.gates[2],
      verdict: fails ? 'fail' : passes ? 'pass' : 'inconclusive',
      challenger: 0.4391 + difference,
      incumbent: 0.4391,
      interval: [difference - half, difference + half],
      challengerSamples: Math.round(samples * 0.8),
      incumbentSamples: Math.round(samples * 2.4),
    },
  ];
}

export function release(number: number, createdAtMs: number, how: Partial<Release> = {}): Release {
  return {
    id: `rel_${String(number).padStart(6, '0')}`,
    endpoint: 'flight-delay',
    strategy: {
      ...policy,
      kind: 'canary',
      incumbent: { kind: 'model', model: 'flight-delay', version: Math.max(1, number) },
      challenger: { kind: 'model', model: 'flight-delay', version: number + 1 },
      steps: [...policy.steps],
      gates: [...policy.gates],
    },
    state: 'promoted',
    step: 2,
    stepStartedAtMs: createdAtMs + 7 * minute,
    readings: readings(12_000, -0.004),
    reason: 'Every gate passed at 100 %.',
    actor: 'analyser',
    causeId: `act_register_${number + 1}`,
    createdAtMs,
    updatedAtMs: createdAtMs + 17 * minute,
    endedAtMs: createdAtMs + 17 * minute,
    ...how,
  };
}

const seconds = [2.4, 0.8, 5.1, 34.2, 8.9, 2.2, 0.3, 128];

export function pipelineRun(
  number: number,
  definition: Manifest['pipelines'][number],
  createdAtMs: number,
  how: 'succeeded' | 'running' | 'failed',
): PipelineRun {
  const ends = new Map<string, number>();
  const brokenAt = how === 'succeeded' ? Infinity : Math.min(5, definition.tasks.length - 2);
  const tasks = definition.tasks.map((task, index): TaskRun => {
    const startedAtMs = Math.max(createdAtMs + 300, ...(task.dependsOn ?? []).map((name) => ends.get(name) ?? 0));
    const endedAtMs = startedAtMs + 1_000 * (seconds[index] ?? 9 + (index % 7) * 3);
    ends.set(task.name, endedAtMs);
    const state =
      index < brokenAt ? 'succeeded' : index === brokenAt ? (how === 'running' ? 'running' : 'failed') : 'waiting';
    return {
      name: task.name,
      kind: task.kind,
      state,
      attempt: state === 'waiting' ? 0 : state === 'failed' ? 2 : 1,
      cached: index === 2 && number % 3 === 0,
      progress: state === 'running' ? 0.62 : null,
      outputs: state === 'succeeded' && index === 0 ? { rows: 16_412, fromMs: eventStart, toMs: eventStart + day } : {},
      error:
        state === 'failed'
          ? {
              code: 'gate_rejected',
              message:
                'Log loss 0.4713 is 0.0329 above the champion (flight-delay@18, 0.4384); at most 0.0100 is allowed.',
            }
          : null,
      startedAtMs: state === 'waiting' ? null : startedAtMs,
      endedAtMs: state === 'succeeded' || state === 'failed' ? endedAtMs : null,
    };
  });
  const last = Math.max(...tasks.map((task) => task.endedAtMs ?? 0));
  return {
    id: `prun_${String(number).padStart(5, '0')}`,
    pipeline: definition.name,
    state: how,
    parameters: definition.parameters ?? {},
    startedBy: number % 4 === 0 ? 'person:owner' : number % 3 === 0 ? 'trigger:on-drift' : 'trigger:every-day',
    tasks,
    codeDigest: digest(77),
    causeId: `act_trigger_${number}`,
    createdAtMs,
    endedAtMs: how === 'running' ? null : last,
  };
}

export function monitorWindow(monitor: string, index: number, of: number, nowMs: number): MonitorWindow {
  const fromMs = eventStart + (index * day) / 4;
  const drifts = index > of * 0.72 && index < of * 0.8;
  const values: MonitorWindow['values'] =
    monitor === 'inputs'
      ? {
          'distance.psi': drifts ? 0.71 + 0.1 * wobble(index) : 0.03 + 0.02 * Math.abs(wobble(index)),
          'distance.ks': 0.04,
        }
      : monitor === 'quality'
        ? { logLoss: 0.44 + 0.02 * wobble(index), auc: 0.728 + 0.01 * wobble(index + 5), brier: 0.14 }
        : { violationRate: drifts ? 0.08 : 0.0002 };
  return {
    monitor,
    endpoint: 'flight-delay',
    fromMs,
    toMs: fromMs + day / 4,
    rows: 1_000,
    values,
    createdAtMs: nowMs - (of - index) * 2 * minute,
  };
}

export function finding(number: number, createdAtMs: number): Finding {
  const drift = number % 3 !== 0;
  const fromMs = eventStart + 18 * day;
  return {
    id: `find_${String(number).padStart(5, '0')}`,
    kind: drift ? 'covariate-drift' : 'quality',
    severity: number % 5 === 0 ? 'info' : drift ? 'critical' : 'warning',
    monitor: drift ? 'inputs' : 'quality',
    endpoint: 'flight-delay',
    dataset: null,
    subject: drift ? 'distance' : 'logLoss',
    statistics: drift
      ? {
          test: 'psi',
          value: 0.7132,
          threshold: 0.25,
          bins: 10,
          referenceMean: 733.1,
          windowMean: 1_179.8,
          kind: 'sudden',
        }
      : { metric: 'logLoss', value: 0.5021, reference: 0.4384, threshold: 0.05 },
    window: { fromMs, toMs: fromMs + day / 4, rows: 1_000 },
    message: drift
      ? {
          en: 'distance moved: PSI 0.713 against a threshold of 0.25; the mean went from 733 to 1,180.',
          ko: 'distance 값의 분포가 바뀌었어요: PSI 0.713, 임계값 0.25. 평균이 733에서 1,180으로 올랐어요.',
        }
      : {
          en: 'Log loss rose to 0.502, 0.064 above its reference.',
          ko: 'log loss가 0.502로, 기준보다 0.064 높아졌어요.',
        },
    recommendation: drift
      ? {
          en: 'Sudden: check whether the source changed its unit, then retrain.',
          ko: '급격한 변화예요. 원본의 단위가 바뀌지 않았는지 확인한 뒤 재학습하세요.',
        }
      : { en: 'Retrain on recent data and compare by canary.', ko: '최근 데이터로 재학습하고 canary로 비교하세요.' },
    causeId: null,
    createdAtMs,
  };
}
