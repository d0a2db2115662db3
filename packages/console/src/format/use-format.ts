import { useSyncExternalStore } from 'react';
import { usePreferences } from '../shell/preferences.ts';
import { createFormat, type Format, type Language } from './format.ts';

const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const formats: Record<Language, Format> = { ko: createFormat('ko', timeZone), en: createFormat('en', timeZone) };

export function useFormat(): Format {
  return formats[usePreferences().language];
}

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Wall clock in ms, told once a second. */
export function useNowMs(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** Wall clock in ms, told once a minute. */
export function useMinuteMs(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / 60_000) * 60_000);
}
