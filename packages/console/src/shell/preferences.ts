import { useSyncExternalStore } from 'react';
import i18n from 'i18next';
import type { Language } from '../format/format.ts';

export type Theme = 'system' | 'light' | 'dark';

/** What a reader chose for this browser. `?lang=` and `?theme=` of the first address win, so that a link can carry them. */
export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
  readonly railCollapsed: boolean;
}

const place = 'mulle.preferences';
const listeners = new Set<() => void>();

const isLanguage = (value: unknown): value is Language => value === 'ko' || value === 'en';
const isTheme = (value: unknown): value is Theme => value === 'system' || value === 'light' || value === 'dark';

function read(): Preferences {
  const address = new URLSearchParams(location.search);
  const kept: Partial<Record<string, unknown>> = JSON.parse(localStorage.getItem(place) ?? '{}');
  const browser = navigator.language.startsWith('ko') ? 'ko' : 'en';
  const language = [address.get('lang'), kept['language']].find(isLanguage) ?? browser;
  const theme = [address.get('theme'), kept['theme']].find(isTheme) ?? 'system';
  return { language, theme, railCollapsed: kept['railCollapsed'] === true };
}

let preferences = read();

function show(): void {
  const { language, theme } = preferences;
  document.documentElement.lang = language;
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  if (i18n.isInitialized && i18n.language !== language) void i18n.changeLanguage(language);
}

/** Shows what was read; to be called once, before the first render. */
export function initialPreferences(): Preferences {
  show();
  return preferences;
}

export function changePreferences(change: Partial<Preferences>): void {
  preferences = { ...preferences, ...change };
  localStorage.setItem(place, JSON.stringify(preferences));
  show();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => preferences);
}
