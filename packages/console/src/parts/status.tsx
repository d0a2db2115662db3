import {
  Ban,
  Check,
  Circle,
  CircleDashed,
  CircleDot,
  CircleSlash,
  Hourglass,
  Info,
  Pause,
  RotateCcw,
  TriangleAlert,
  X,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './status.module.css';

type Tone = 'calm' | 'active' | 'good' | 'waiting' | 'bad';

/** Every state that the platform tells, with its tone and its shape: never by colour alone. */
const states = {
  idle: ['calm', Circle],
  active: ['active', CircleDot],
  healthy: ['good', Check],
  waiting: ['waiting', Hourglass],
  failed: ['bad', X],
  running: ['active', CircleDot],
  ready: ['calm', CircleDashed],
  succeeded: ['good', Check],
  skipped: ['calm', CircleSlash],
  cancelled: ['calm', Ban],
  finished: ['good', Check],
  killed: ['bad', Ban],
  pending: ['waiting', Hourglass],
  paused: ['waiting', Pause],
  promoted: ['good', Check],
  'rolled-back': ['bad', RotateCcw],
  superseded: ['calm', CircleSlash],
  'no-release': ['calm', CircleSlash],
  approved: ['good', Check],
  rejected: ['bad', X],
  info: ['calm', Info],
  warning: ['waiting', TriangleAlert],
  critical: ['bad', X],
  pass: ['good', Check],
  fail: ['bad', X],
  inconclusive: ['waiting', Hourglass],
  starting: ['active', CircleDot],
  restarting: ['waiting', RotateCcw],
  stopped: ['bad', Ban],
} as const satisfies Record<string, readonly [Tone, LucideIcon]>;
type State = keyof typeof states;

function isState(state: string): state is State {
  return Object.hasOwn(states, state);
}

/** Tone of a state that the API gives as text; calm where it is not known. */
export function toneOf(state: string): Tone {
  return isState(state) ? states[state][0] : 'calm';
}

interface StatusProps {
  state: string;
  /** In place of the state's own word. */
  children?: ReactNode;
  /** Shape alone; the word stays for screen readers. */
  bare?: boolean;
}

/** A state as shape, colour and word. */
export function Status({ state, children, bare = false }: StatusProps): ReactNode {
  const { t } = useTranslation();
  const known: State = isState(state) ? state : 'idle';
  const [tone, Icon] = states[known];
  const word = children ?? (isState(state) ? t(`state.${known}`) : state);
  return (
    <span
      className={styles['status']}
      data-tone={tone}
      data-state={state}
      title={bare && typeof word === 'string' ? word : undefined}
    >
      <Icon size={13} strokeWidth={2.5} aria-hidden />
      <span className={bare ? 'visually-hidden' : undefined}>{word}</span>
    </span>
  );
}
