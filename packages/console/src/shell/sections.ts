import {
  Activity,
  Columns3,
  Database,
  FlaskConical,
  ListChecks,
  ListTree,
  MessageSquareText,
  Package,
  RadioTower,
  Settings,
  Split,
  Waypoints,
  type LucideIcon,
} from 'lucide-react';
import { WheelMark } from './wheel-mark.tsx';

/** The sections of the left rail, in their order. */
export const sections = [
  { path: '/', name: 'wheel', Icon: WheelMark },
  { path: '/data', name: 'data', Icon: Database },
  { path: '/features', name: 'features', Icon: Columns3 },
  { path: '/experiments', name: 'experiments', Icon: FlaskConical },
  { path: '/models', name: 'models', Icon: Package },
  { path: '/endpoints', name: 'endpoints', Icon: RadioTower },
  { path: '/releases', name: 'releases', Icon: Split },
  { path: '/rules', name: 'rules', Icon: ListChecks },
  { path: '/monitors', name: 'monitors', Icon: Activity },
  { path: '/pipelines', name: 'pipelines', Icon: Waypoints },
  { path: '/prompts', name: 'prompts', Icon: MessageSquareText },
  { path: '/traces', name: 'traces', Icon: ListTree },
  { path: '/settings', name: 'settings', Icon: Settings },
] as const satisfies readonly { path: string; name: string; Icon: LucideIcon | typeof WheelMark }[];
export type Section = (typeof sections)[number];

/** The section that a path belongs to; runs stand under what they are runs of. */
export function sectionOf(path: string): Section | undefined {
  const first = `/${path.split('/')[1] ?? ''}`;
  const home =
    first === '/runs' || first === '/compare' ? '/experiments' : first === '/pipeline-runs' ? '/pipelines' : first;
  return sections.find((section) => section.path === home);
}
