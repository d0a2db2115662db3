import type { ActivityType, Station } from '@mulle/contract';
import {
  Activity,
  AlarmClock,
  Columns3,
  Database,
  FlaskConical,
  Package,
  RadioTower,
  Split,
  type LucideIcon,
} from 'lucide-react';

/** The station's sign, and the section that tells more of it. */
export const stationViews = {
  data: { Icon: Database, path: '/data' },
  features: { Icon: Columns3, path: '/features' },
  training: { Icon: FlaskConical, path: '/experiments' },
  registry: { Icon: Package, path: '/models' },
  release: { Icon: Split, path: '/releases' },
  serving: { Icon: RadioTower, path: '/endpoints' },
  monitoring: { Icon: Activity, path: '/monitors' },
  trigger: { Icon: AlarmClock, path: '/pipelines' },
} as const satisfies Record<Station, { Icon: LucideIcon; path: string }>;

const stationOfEvent: readonly (readonly [prefix: string, station: Station])[] = [
  ['finding-', 'monitoring'],
  ['trigger-', 'trigger'],
  ['dataset-', 'data'],
  ['window-', 'data'],
  ['run-', 'training'],
  ['model-', 'registry'],
  ['alias-', 'registry'],
  ['approval-', 'registry'],
  ['release-', 'release'],
  ['host-', 'serving'],
];

/** Where on the wheel an event happens; undefined for those of no one station. */
export function stationOf(type: ActivityType): Station | undefined {
  return stationOfEvent.find(([prefix]) => type.startsWith(prefix))?.[1];
}

/** The steps of a turn in the order in which they come: what was found sets it off. */
export const turnOrder: readonly Station[] = [
  'monitoring',
  'trigger',
  'data',
  'features',
  'training',
  'registry',
  'release',
  'serving',
];
