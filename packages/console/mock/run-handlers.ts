import { found, page, type Handlers } from './handler.ts';
import { minute, wobble } from './history.ts';
import type { Installation } from './installation.ts';

/** Runs with their metrics. */
export function runHandlers(of: Installation): Handlers {
  return {
    listExperiments: (_, nowMs) =>
      page(
        of.runs.length === 0
          ? []
          : [
              {
                id: '1',
                name: 'flight-delay',
                stage: 'active',
                folder: null,
                tags: {},
                runs: of.runs.length,
                running: 0,
                lastRunAtMs: of.runs[0]?.startedAtMs ?? null,
                createdAtMs: nowMs - 9_000 * minute,
                updatedAtMs: nowMs - 9_000 * minute,
              },
            ],
      ),
    searchRuns: ({ body }) => page(of.runs, body),
    getRun: ({ params }) =>
      found(
        of.runs.find(({ id }) => id === params.id),
        `run ${params.id}`,
      ),
    listRunMetrics: ({ params }, nowMs) =>
      page(
        Object.entries(of.runs.find(({ id }) => id === params.id)?.metrics ?? {}).map(([key, last], index) => ({
          key,
          points: index < 2 ? 100 : 1,
          last,
          lastStep: 99,
          lastAtMs: nowMs,
          min: last - 0.01,
          max: last + 0.2,
        })),
      ),
    getMetricSeries: ({ body }, nowMs) => ({
      series: body.runIds.flatMap((runId, run) =>
        ['logLoss', 'auc'].map((key) => ({
          runId,
          key,
          points: 100,
          bucket: 1,
          ...curve(run, nowMs),
        })),
      ),
    }),
  };
}

function curve(run: number, nowMs: number) {
  const steps = Array.from({ length: 100 }, (_, step) => step);
  const mean = steps.map((step) => 0.437 + 0.01 * run + 0.25 * Math.exp(-step / 18) + 0.004 * wobble(step + run));
  return { step: steps, timeMs: steps.map((step) => nowMs - (100 - step) * 400), mean, min: mean, max: mean };
}

/** What a run read and wrote. */
export function runFileHandlers(): Handlers {
  return {
    getRunLineage: ({ params }) => ({
      nodes: [
        { id: 'dataset-version:flights@20', kind: 'dataset-version', subject: 'flights@20' },
        { id: `run:${params.id}`, kind: 'run', subject: params.id },
        { id: 'model-version:flight-delay@18', kind: 'model-version', subject: 'flight-delay@18' },
        { id: 'endpoint:flight-delay', kind: 'endpoint', subject: 'flight-delay' },
      ],
      edges: [
        { from: 'dataset-version:flights@20', to: `run:${params.id}` },
        { from: `run:${params.id}`, to: 'model-version:flight-delay@18' },
        { from: 'model-version:flight-delay@18', to: 'endpoint:flight-delay' },
      ],
    }),
    getRunInputs: () => ({
      datasets: [
        {
          name: 'flights',
          digest: 'f3a1c2',
          sourceType: 'mulle',
          source: 'flights@20',
          schema: null,
          profile: null,
          context: 'training',
        },
      ],
      inputModels: [],
      outputModels: [],
    }),
    listRunArtifacts: ({ query }) =>
      page(
        query?.path === 'model'
          ? [{ path: 'model/MLmodel', name: 'MLmodel', isFolder: false, bytes: 812 }]
          : [
              { path: 'model', name: 'model', isFolder: true, bytes: null },
              { path: 'importance.csv', name: 'importance.csv', isFolder: false, bytes: 4_120 },
            ],
      ),
    getRunArtifact: () => 'feature,gain\n"distance, mi",0.31\nhour,0.22\n',
  };
}
