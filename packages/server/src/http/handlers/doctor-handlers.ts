import { statfs } from 'node:fs/promises';
import { homeLayout } from '#config/index.ts';
import type { AuditLog } from '#domains/access/index.ts';
import { readDataStatuses, type DataStatusOptions } from '#domains/endpoints/index.ts';
import type { ManifestService } from '#domains/project/index.ts';
import { listBackups, type Database } from '#platform/database/index.ts';
import type { BatchService } from '#domains/batch/index.ts';
import { nowMs } from '#kernel/clock.ts';
import type { Handlers } from '../handler.ts';
import { batchAdvice, hostsAdvice, latencyAdvice, type Check } from './serving-advice.ts';

export interface DoctorOptions {
  home: string;
  database: Pick<Database<unknown>, 'damage' | 'dialect'>;
  audit: AuditLog;
  manifests: ManifestService;
  data: DataStatusOptions;
  batches: Pick<BatchService, 'list'>;
}

const leastFreeBytes = 1024 ** 3;

async function checkDisk(home: string): Promise<Check> {
  const disk = await statfs(home);
  const free = disk.bavail * disk.bsize;
  const gigabytes = (free / 1024 ** 3).toFixed(1);
  return {
    name: 'disk',
    ok: free >= leastFreeBytes,
    message: { en: `${gigabytes} GiB free in ${home}.`, ko: `${home}에 ${gigabytes} GiB 남았어요.` },
    fix: {
      en: 'Free at least 1 GiB: on a full disk recording APIs answer 507.',
      ko: '1 GiB 이상 비우세요. 디스크가 가득 차면 기록 API가 507로 답해요.',
    },
  };
}

function checkDatabase({ home, database }: DoctorOptions): Check {
  const damage = database.damage();
  const backups = database.dialect === 'sqlite' ? listBackups(homeLayout(home).backups) : [];
  const newest = backups[0] === undefined ? undefined : new Date(backups[0].atMs).toISOString();
  const kept =
    newest === undefined
      ? { en: '', ko: '' }
      : {
          en: ` ${backups.length} backups, the newest of ${newest}.`,
          ko: ` 백업 ${backups.length}개, 최신은 ${newest}.`,
        };
  return {
    name: 'database',
    ok: damage === undefined,
    message:
      damage === undefined
        ? { en: `No damage was met.${kept.en}`, ko: `손상이 발견되지 않았어요.${kept.ko}` }
        : { en: `It is damaged; nothing more is written.${kept.en}`, ko: `손상되어 더 쓰지 않아요.${kept.ko}` },
    fix: {
      en: 'End mulle up, then run: mulle restore',
      ko: 'mulle up을 끝낸 뒤 실행하세요: mulle restore',
    },
  };
}

async function checkAudit(audit: AuditLog): Promise<Check> {
  const fix = { en: 'Compare the database with a backup.', ko: '데이터베이스를 백업과 비교하세요.' };
  const verified = await audit
    .verify()
    .catch((error: unknown) => (error instanceof Error ? error : Error(String(error))));
  if (verified instanceof Error) {
    const { message } = verified;
    const told = { en: `The audit log cannot be read: ${message}`, ko: `감사 기록을 읽을 수 없어요: ${message}` };
    return { name: 'audit', ok: false, message: told, fix };
  }
  const { ok, entries, brokenAt } = verified;
  return {
    name: 'audit',
    ok,
    message: ok
      ? {
          en: `The hash chain of ${entries} audit entries holds.`,
          ko: `감사 기록 ${entries}건의 해시 사슬이 온전해요.`,
        }
      : { en: `The audit log was changed at entry ${brokenAt}.`, ko: `감사 기록 ${brokenAt}번이 바뀌었어요.` },
    fix,
  };
}

async function checkData(data: DataStatusOptions): Promise<Check[]> {
  const { processes, unreachable } = await readDataStatuses(data);
  const dropped = processes.reduce((sum, process) => sum + process.decisionsDropped, 0);
  const away = unreachable.map((one) => `${one.url}: ${one.reason}`).join(' ');
  return [
    {
      name: 'data',
      ok: unreachable.length === 0,
      message:
        unreachable.length === 0
          ? { en: `${processes.length} data processes answer.`, ko: `데이터 프로세스 ${processes.length}개가 답해요.` }
          : { en: `Not reached: ${away}`, ko: `닿지 않아요: ${away}` },
      fix: { en: 'Look at what mulle up prints for data.', ko: 'mulle up이 data에 대해 출력한 내용을 보세요.' },
    },
    {
      name: 'decisions',
      ok: dropped === 0,
      message: {
        en: `${dropped} decisions were not logged since the start.`,
        ko: `시작한 뒤 기록하지 못한 결정이 ${dropped}건이에요.`,
      },
      fix: { en: 'The disk was full or too slow; give it room.', ko: '디스크가 가득 찼거나 느려요. 공간을 늘리세요.' },
    },
  ];
}

function checkEndpoints(manifests: ManifestService): Check[] {
  const applied = manifests.current();
  if (applied === null) {
    return [
      {
        name: 'project',
        ok: false,
        message: { en: 'No project is applied.', ko: '적용된 프로젝트가 없어요.' },
        fix: { en: 'Run: mulle apply -f mulle.config.ts', ko: '실행하세요: mulle apply -f mulle.config.ts' },
      },
    ];
  }
  return applied.manifest.endpoints.map((endpoint) => ({
    name: `endpoint ${endpoint.name}`,
    ok: endpoint.fallback.length > 0,
    message:
      endpoint.fallback.length > 0
        ? {
            en: `Answers with ${endpoint.fallback.length} fallbacks when a model is down.`,
            ko: `모델이 멈춰도 대체 ${endpoint.fallback.length}단계로 답해요.`,
          }
        : {
            en: 'Has no fallback: callers get an error when its model is down.',
            ko: '대체가 없어서 모델이 멈추면 오류로 답해요.',
          },
    fix: {
      en: "Give it one: fallback: [{ kind: 'stale', maxAge: '3d' }, { kind: 'default', score: 0.5 }]",
      ko: "대체를 정하세요: fallback: [{ kind: 'stale', maxAge: '3d' }, { kind: 'default', score: 0.5 }]",
    },
  }));
}

/** What the last minute of each endpoint and the running batches say of how they are set up. */
async function checkServing({ manifests, data, batches }: DoctorOptions): Promise<Check[]> {
  const { processes } = await readDataStatuses(data);
  const endpoints = manifests.current()?.manifest.endpoints ?? [];
  const ofEndpoints = endpoints.flatMap((endpoint) => {
    const statuses = processes.flatMap((process) => process.endpoints.filter((one) => one.endpoint === endpoint.name));
    return [latencyAdvice(endpoint, statuses), hostsAdvice(endpoint, statuses)];
  });
  const { items } = await batches.list({ limit: 100 });
  const ofBatches = items.map((job) => batchAdvice(job, nowMs()));
  return [...ofEndpoints, ...ofBatches].filter((check) => check !== undefined);
}

export function doctorHandlers(options: DoctorOptions): Pick<Handlers, 'doctor'> {
  return {
    async doctor() {
      const [disk, audit] = [await checkDisk(options.home), await checkAudit(options.audit)];
      // Looked at last: reading the audit log may be what meets the damage.
      const database = checkDatabase(options);
      const data = await checkData(options.data);
      const serving = await checkServing(options);
      return { checks: [disk, database, audit, ...data, ...checkEndpoints(options.manifests), ...serving] };
    },
  };
}
