import { Agent, request } from 'node:http';

/** Sends one request over a connection that stays open, and gives the answer's bytes; rejects unless it is 200. */
export class Wire {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  post(path: string, body: object): Promise<Buffer> {
    return this.send('POST', path, Buffer.from(JSON.stringify(body)), { 'content-type': 'application/json' });
  }

  async json(path: string, body: object): Promise<unknown> {
    return JSON.parse((await this.post(path, body)).toString());
  }

  send(method: string, path: string, body?: Uint8Array, headers: Record<string, string> = {}): Promise<Buffer> {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.#agent, headers: { ...headers, ...length } };
      const sent = request(`${this.#url}${path}`, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const bytes = Buffer.concat(chunks);
          if (answer.statusCode === 200) resolve(bytes);
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${bytes.toString().slice(0, 300)}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
