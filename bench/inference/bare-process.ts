import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The probe: node:http that reads and parses the same body and answers a constant. */
const answer =
  '{"model_name":"bare","model_version":"1","outputs":[{"name":"probability","shape":[1],"datatype":"FP32","data":[0.5]}]}';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    response.writeHead(200, ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(answer))]);
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
