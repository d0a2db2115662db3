import { fits, Severity } from '@mulle/contract';
import type { MonitorService } from '#domains/monitors/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Handlers } from '../handler.ts';

type MonitorsHandlers = Pick<Handlers, 'listMonitors' | 'listMonitorWindows' | 'listFindings' | 'createFinding'>;

export function monitorsHandlers(monitors: MonitorService): MonitorsHandlers {
  return {
    listMonitors: async () => ({ items: await monitors.list() }),
    listMonitorWindows: ({ params, query }) => monitors.windows(params.name, query),
    listFindings: async ({ query: { severity, ...query } }) => {
      if (severity === undefined) return monitors.findings(query);
      if (fits(Severity, severity)) return monitors.findings({ ...query, severity });
      throw new MulleError('invalid_argument', `severity: '${severity}' is none of info, warning, critical.`);
    },
    createFinding: ({ body }) => monitors.report(body),
  };
}
