const notAscii = /[\u0080-\uffff]/;
const everyNotAscii = /[\u0080-\uffff]/g;

/** Text or a list of texts as JSON in ASCII: what is beyond it is escaped. */
export function asciiJson(value: string | object): string {
  const json = JSON.stringify(value);
  if (!notAscii.test(json)) return json;
  return json.replace(everyNotAscii, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
