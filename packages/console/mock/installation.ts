import type { ApiRoutes, Manifest, Release, RouteResponse, Station } from '@mulle/contract';
import { abTestRelease } from './ab-test.ts';
import {
  datasetVersion,
  finding,
  minute,
  modelVersion,
  monitorWindow,
  pipelineRun,
  readings,
  release,
  run,
} from './history.ts';
import { emptyProject, fullProject, project } from './project.ts';

/** `typical`: a turn under way; `empty`: a fresh installation; `full`: long names, many rows; `broken`: nothing answers. */
export const scenarios = ['typical', 'empty', 'full', 'broken'] as const;
export type Scenario = (typeof scenarios)[number];

type Wheel = RouteResponse<ApiRoutes['wheel']>;
type WheelStation = Wheel['stations'][number];
type Turn = Wheel['turns'][number];

export interface Installation {
  manifest: Manifest;
  wheel: Wheel;
  models: ReturnType<typeof modelVersion>[];
  aliases: Record<string, number>;
  approvals: RouteResponse<ApiRoutes['createApproval']>[];
  runs: ReturnType<typeof run>[];
  datasets: ReturnType<typeof datasetVersion>[];
  releases: Release[];
  pipelineRuns: ReturnType<typeof pipelineRun>[];
  windows: ReturnType<typeof monitorWindow>[];
  findings: ReturnType<typeof finding>[];
  keys: RouteResponse<ApiRoutes['listKeys']>['items'];
}

const label = {
  data: { en: 'rows today', ko: '오늘 행 수' },
  features: { en: 'features', ko: '피처 수' },
  training: { en: 'log loss, last run', ko: '마지막 실행 log loss' },
  registry: { en: 'versions', ko: '버전 수' },
  release: { en: 'to the challenger', ko: '도전 버전 비중' },
  serving: { en: 'p95', ko: 'p95' },
  monitoring: { en: 'findings, 24 h', ko: '24시간 발견' },
  trigger: { en: 'fired, 24 h', ko: '24시간 작동' },
} as const satisfies Record<Station, { en: string; ko: string }>;

function station(
  name: Station,
  state: WheelStation['state'],
  value: number | null,
  unit: string,
  atMs: number | null,
): WheelStation {
  const types = {
    data: 'dataset-version-created',
    features: 'task-ended',
    training: 'run-ended',
    registry: 'model-version-created',
    release: 'release-stepped',
    serving: 'host-restarted',
    monitoring: 'finding-raised',
    trigger: 'trigger-fired',
  } as const;
  const lastEvent =
    atMs === null
      ? null
      : {
          id: `act_${name}`,
          type: types[name],
          subject: name === 'trigger' ? 'on-drift' : 'flight-delay',
          causeId: null,
          timeMs: atMs,
          value: {},
        };
  return { name, state, lastEvent, figure: { label: label[name], value, unit } };
}

function turn(index: number, startedAtMs: number, result: Turn['result']): Turn {
  const shape: readonly (readonly [Station, number, string])[] = [
    ['monitoring', 0.4, 'inputs'],
    ['trigger', 0.1, 'on-drift'],
    ['data', 3.2, 'flights@19'],
    ['features', 5.1, 'flight-features'],
    ['training', 34.2 + index, 'run_00018'],
    ['registry', 0.3, `flight-delay@${20 - index}`],
    ['release', 1_020, `rel_0000${20 - index}`],
  ];
  const length = result === 'failed' ? 5 : result === 'no-release' ? 6 : 7;
  let at = startedAtMs;
  const steps = shape.slice(index % 2 === 0 ? 0 : 1, length).map(([name, seconds, subject], position, all) => {
    const last = position === all.length - 1;
    const step = {
      station: name,
      subject,
      state:
        last && result !== 'promoted' && result !== 'no-release'
          ? result === 'running'
            ? 'active'
            : result === 'waiting'
              ? 'waiting'
              : 'failed'
          : 'succeeded',
      startedAtMs: at,
      endedAtMs: last && (result === 'running' || result === 'waiting') ? null : at + seconds * 1_000,
    };
    at += seconds * 1_000;
    return step;
  });
  const drift = index % 2 === 0;
  return {
    causeId: `find_${String(index).padStart(5, '0')}`,
    cause: drift
      ? { en: 'Drift of distance: PSI 0.713', ko: 'distance 분포 변화: PSI 0.713' }
      : { en: 'A day of flights has landed', ko: '하루치 항공편 도착 완료' },
    startedAtMs,
    endedAtMs: result === 'running' || result === 'waiting' ? null : at,
    result,
    steps,
  };
}

const results = [
  'running',
  'promoted',
  'rolled-back',
  'promoted',
  'no-release',
  'failed',
  'promoted',
  'promoted',
] as const;

function wheel(nowMs: number, many: boolean): Wheel {
  const waiting: Wheel['waiting'] = [
    {
      kind: 'approval',
      subject: 'flight-delay@21',
      message: {
        en: 'Version 21 waits for approval before production.',
        ko: '버전 21이 운영 반영 승인을 기다려요.',
      },
    },
    {
      kind: 'release',
      subject: 'rel_000012',
      message: {
        en: 'The canary came to no conclusion within an hour.',
        ko: 'canary가 한 시간 안에 결론을 내지 못했어요.',
      },
    },
  ];
  return {
    stations: [
      station('data', 'healthy', 16_412, 'rows', nowMs - 4 * minute),
      station('features', 'healthy', 12, '', nowMs - 4 * minute),
      station('training', 'healthy', 0.4372, 'nats', nowMs - 3 * minute),
      station('registry', 'waiting', many ? 412 : 21, '', nowMs - 3 * minute),
      station('release', 'active', 25, '%', nowMs - 40_000),
      station('serving', 'healthy', 6.4, 'ms', nowMs - 3 * 60 * minute),
      station('monitoring', 'failed', many ? 2_000 : 3, '', nowMs - 5 * minute),
      station('trigger', 'idle', 2, '', nowMs - 5 * minute),
    ],
    turns: Array.from({ length: many ? 60 : results.length }, (_, index) =>
      turn(index, nowMs - (5 + index * 47) * minute, results[index % results.length] ?? 'promoted'),
    ),
    waiting: many
      ? Array.from(
          { length: 14 },
          (_, index) => ({ ...waiting[index % 2], subject: `flight-delay@${21 + index}` }) as Wheel['waiting'][number],
        )
      : waiting,
  };
}

const emptyWheel: Wheel = {
  stations: (Object.keys(label) as Station[]).map((name) => station(name, 'idle', null, '', null)),
  turns: [],
  waiting: [],
};

export function createInstallation(scenario: Scenario, nowMs: number): Installation {
  const manifest = scenario === 'empty' ? emptyProject : scenario === 'full' ? fullProject : project;
  const many = scenario === 'full';
  const size = scenario === 'empty' ? 0 : many ? 400 : 20;
  const upTo = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: scenario === 'empty' ? 0 : count }, (_, index) => make(index));
  const retrain = manifest.pipelines[0];
  const windows = many ? 600 : 96;
  return {
    manifest,
    wheel: scenario === 'empty' ? emptyWheel : wheel(nowMs, many),
    models: upTo(size, (index) => modelVersion(size - index, nowMs - (3 + index * 47) * minute)),
    aliases: scenario === 'empty' ? {} : { champion: size - 1, 'latest-trained': size, Production: size - 1 },
    approvals: upTo(1, () => ({
      id: 'appr_1',
      model: 'flight-delay',
      version: size - 1,
      verdict: 'approved',
      actor: 'jisu',
      reason: 'Calibration is better at the tails.',
      createdAtMs: nowMs - 90 * minute,
    })),
    runs: upTo(size, (index) => run(size - index, nowMs - (3 + index * 47) * minute)),
    datasets: upTo(size, (index) => datasetVersion(size + 1 - index, nowMs - (4 + index * 47) * minute)),
    releases: [...upTo(size - 1, (index) => pastRelease(index, size, nowMs)), ...upTo(1, () => abTestRelease(nowMs))],
    pipelineRuns:
      retrain === undefined
        ? []
        : upTo(many ? 300 : 16, (index) =>
            pipelineRun(
              300 - index,
              retrain,
              nowMs - (index === 0 ? 1 : 4 + index * 47) * minute,
              index === 0 ? 'running' : index % 6 === 2 ? 'failed' : 'succeeded',
            ),
          ),
    windows: upTo(windows * manifest.monitors.length, (index) => {
      const monitor = manifest.monitors[Math.floor(index / windows)]?.name ?? '';
      return monitorWindow(monitor, windows - 1 - (index % windows), windows, nowMs);
    }),
    findings: upTo(many ? 900 : 9, (index) => finding(index + 1, nowMs - (5 + index * 131) * minute)),
    keys: upTo(2, (index) => ({
      id: `key_${index}`,
      name: index === 0 ? 'ci' : 'airline-app',
      role: index === 0 ? 'maintainer' : 'member',
      requestsPerSecond: index === 0 ? null : 200,
      createdAtMs: nowMs - (20 + index) * 1_440 * minute,
    })),
  };
}

/** The newest is a canary under way; of the others every fifth was taken back. */
function pastRelease(index: number, size: number, nowMs: number): Release {
  const createdAtMs = nowMs - (9 + index * 47) * minute;
  if (index === 0) {
    return release(size - 1, createdAtMs, {
      state: 'running',
      step: 1,
      stepStartedAtMs: nowMs - 6 * minute,
      readings: readings(2_912, -0.004),
      reason: 'Step 2 of 3: log loss has no conclusion yet.',
      updatedAtMs: nowMs - 2_000,
      endedAtMs: null,
    });
  }
  if (index % 5 === 2)
    return release(size - 1 - index, createdAtMs, {
      state: 'rolled-back',
      step: 0,
      readings: readings(640, 0.11),
      reason: 'Log loss is worse than the incumbent by more than the margin.',
    });
  return release(size - 1 - index, createdAtMs);
}
