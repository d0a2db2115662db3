const names = new Set(['localhost', '::1', '[::1]']);

/** Whether an address to listen on, or the host part of a URL, is this machine only. */
export function isLoopback(host: string): boolean {
  return names.has(host) || /^127(\.\d{1,3}){3}$/.test(host);
}
