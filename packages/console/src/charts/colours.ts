import { useSyncExternalStore } from 'react';
import { usePreferences } from '../shell/preferences.ts';

const tokens = ['ink', 'ink-soft', 'line', 'jjok', 'ssuk', 'chija', 'honghwa', 'jacho', 'paper'] as const;
export type Token = (typeof tokens)[number];
export type Colours = Readonly<Record<Token, string>>;

const dark = matchMedia('(prefers-color-scheme: dark)');

function subscribe(listener: () => void): () => void {
  dark.addEventListener('change', listener);
  return () => dark.removeEventListener('change', listener);
}

const known = new Map<string, Colours>();

/** The tokens as a canvas understands them, by theme. */
function resolve(): Colours {
  const probe = document.body.appendChild(document.createElement('span'));
  const read = (token: Token): string => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const colours = Object.fromEntries(tokens.map((token) => [token, read(token)])) as Record<Token, string>;
  probe.remove();
  return colours;
}

/** Colours for what is drawn on a canvas; another object when the theme changes. */
export function useColours(): Colours {
  const { theme } = usePreferences();
  const systemDark = useSyncExternalStore(subscribe, () => dark.matches);
  const key = theme === 'system' ? String(systemDark) : theme;
  const colours = known.get(key) ?? resolve();
  known.set(key, colours);
  return colours;
}
