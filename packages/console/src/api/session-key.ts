/** The API key of this tab: kept in session storage, so that it leaves with the tab. None is needed on loopback. */
const place = 'mulle.key';

export function readKey(): string | undefined {
  return sessionStorage.getItem(place) ?? undefined;
}

export function keepKey(key: string): void {
  sessionStorage.setItem(place, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(place);
}
