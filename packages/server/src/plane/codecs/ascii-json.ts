const notAscii = /[\u0080-\uffff]/;
const everyNotAscii = /[\u0080-\uffff]/g;

/** A string or null as JSON text in ASCII: what is beyond it is escaped. */
export function asciiJson(text: string | null): string {
  if (text === null) return 'null';
  const json = JSON.stringify(text);
  if (!notAscii.test(json)) return json;
  return json.replace(everyNotAscii, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
