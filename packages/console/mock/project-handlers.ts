import { found, page, type Handlers } from './handler.ts';
import { digest, minute } from './history.ts';
import type { Installation } from './installation.ts';

/** Wheel, checks, keys, audit. */
export function platformHandlers(of: Installation): Handlers {
  return {
    health: () => ({ status: 'ok', version: '0.1.0' }),
    wheel: () => of.wheel,
    doctor: (_, nowMs) => ({
      checks: [
        {
          name: 'database',
          ok: true,
          message: { en: 'SQLite answers in 0.4 ms.', ko: 'SQLite가 0.4ms 안에 답해요.' },
          fix: null,
        },
        {
          name: 'disk',
          ok: nowMs < 0,
          message: { en: '4.1 GB of 40 GB are free.', ko: '40 GB 중 4.1 GB가 남아 있어요.' },
          fix: { en: 'Free space, or move the data folder.', ko: '공간을 비우거나 데이터 폴더를 옮기세요.' },
        },
      ],
    }),
    getManifest: (_, nowMs) => ({
      version: 4,
      digest: digest(77),
      manifest: of.manifest,
      changes: [],
      actor: 'owner',
      createdAtMs: nowMs - 90 * minute,
    }),
    listManifests: (_, nowMs) =>
      page([{ version: 4, digest: digest(77), changes: [], actor: 'owner', createdAtMs: nowMs - 90 * minute }]),
    listKeys: () => page(of.keys),
    listAudit: (_, nowMs) =>
      page([
        {
          sequence: 41,
          timeMs: nowMs - minute,
          actor: 'owner',
          action: 'release-promoted',
          subject: 'rel_000018',
          details: {},
          previousHash: digest(3),
          hash: digest(4),
        },
      ]),
    verifyAudit: () => ({ ok: true, entries: 41, head: digest(4), brokenAt: null }),
  };
}

/** Datasets and features. */
export function projectHandlers(of: Installation): Handlers {
  const dataset = (name: string) => ({
    definition: found(
      of.manifest.datasets.find((each) => each.name === name),
      `dataset ${name}`,
    ),
    latest: of.datasets[0] ?? null,
  });
  return {
    listDatasets: () => page(of.manifest.datasets.map(({ name }) => dataset(name))),
    getDataset: ({ params }) => dataset(params.name),
    listDatasetVersions: ({ query }) => page(of.datasets, query),
    getDatasetVersion: ({ params }) =>
      found(
        of.datasets.find((each) => each.version === Number(params.version)),
        `version ${params.version}`,
      ),
    listQuarantine: ({ params }, nowMs) =>
      page(
        of.datasets.length === 0
          ? []
          : [
              {
                dataset: params.name,
                fromMs: Date.UTC(2001, 1, 19),
                toMs: Date.UTC(2001, 1, 20),
                reason: 'distance out of range in 8.1 % of rows',
                findingId: 'find_00001',
                createdAtMs: nowMs - 5 * minute,
              },
            ],
      ),
    listFeatureViews: () =>
      page(of.manifest.featureViews.map((definition) => ({ definition, usedBy: ['flight-features'] }))),
    listFeatureServices: () =>
      page(of.manifest.featureServices.map((definition) => ({ definition, usedBy: ['flight-delay'] }))),
  };
}
