const types: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
};
const texts = new Set(['txt', 'log', 'md', 'py', 'yaml', 'yml', 'toml', 'cfg', 'ini', 'sh', 'sql', 'r']);

/** The media type by which a file is sent, by its name. Nothing is sent as HTML: a browser would run it. */
export function contentTypeOf(name: string): string {
  const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
  if (texts.has(ending) || name === 'MLmodel') return 'text/plain; charset=utf-8';
  return types[ending] ?? 'application/octet-stream';
}
