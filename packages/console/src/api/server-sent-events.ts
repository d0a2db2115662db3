export interface ServerSentEvent {
  event: string;
  id: string;
  data: string;
}

/** Reads server-sent events (WHATWG HTML 9.2) from a response, which, unlike EventSource, may carry a key. */
export async function* readServerSentEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let current: ServerSentEvent = { event: 'message', id: '', data: '' };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const text = rest + value;
    // A carriage return at the end may be half of a line break.
    const whole = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, whole).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + text.slice(whole);
    for (const line of lines) {
      if (line === '') {
        if (current.data !== '') yield current;
        current = { event: 'message', id: current.id, data: '' };
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') current.event = text;
      else if (field === 'id') current.id = text;
      else if (field === 'data') current.data = current.data === '' ? text : `${current.data}\n${text}`;
    }
  }
}
