import { parseJson } from '../request-path/read-body.ts';

const nonFinite = /"(?:[^"\\]|\\.)*"|\bNaN\b|\bInfinity\b/g;

/**
 * JSON, and JSON with NaN and Infinity, as Python writes them and clients of the Open Inference Protocol send them: NaN
 * is read as null. Throws `invalid_json`.
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // 1e999 is beyond all numbers, and is read as infinite.
    const readable = text.replace(nonFinite, (part) =>
      part === 'NaN' ? 'null' : part === 'Infinity' ? '1e999' : part,
    );
    return parseJson(readable);
  }
}
