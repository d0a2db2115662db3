/** Bounds that hold everywhere. A bound that an operator may change has its default here and its name in config. */
export const limits = {
  requestBodyBytes: 4 * 1024 * 1024,
  controlBodyBytes: 8 * 1024 * 1024,
  blobBytes: 5 * 1024 ** 3,
  nameCharacters: 128,
  requestIdCharacters: 128,
  rowsPerRequest: 10_000,
  outcomesPerRequest: 10_000,
  journalBufferBytes: 64 * 1024 * 1024,
  logLineCharacters: 8_192,
  pageSize: 1_000,
} as const;
