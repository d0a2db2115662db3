/**
 * The life of a model host that is a Node process: one model in a process of its own, so that a crash or leak stays in
 * it. Scoring blocks its thread, which is why no one else lives here.
 *
 * States: loading → ready → ended. It ends when its parent does (channel or socket closed), and with exit code 1 after
 * telling why when the model does not load. Batches are answered in the order they come; what the runtime refuses is
 * answered by a sentence, and the host lives on.
 */
import { flushCompileCache } from 'node:module';
import { tensorPayload, type ScatteredTensor } from '../tensors/tensor-frame.ts';
import { BlockingFrames } from './blocking-frames.ts';
import { errorFrame, tensorHeader, type Frame } from './frames.ts';
import type { HostMessage } from './host-process.ts';

const dataDescriptor = 4;

/** What is answered to a batch, in the pieces in which it is written. */
export type Answer = (frame: Frame) => Promise<readonly Uint8Array[]> | readonly Uint8Array[];

/** Thrown by an answer where the input is at fault by the model's own rules. */
export class InputRefused extends Error {}

/** The arguments of the command line: the model's path, and the number of its columns or `tensors`. */
export function hostArguments(): { path: string; columns: number | 'tensors' } {
  const [, , path = '', columns = ''] = process.argv;
  return { path, columns: columns === 'tensors' ? columns : Number(columns) };
}

/** Named tensors as an answer. */
export function tensorAnswer(id: number, tensors: readonly ScatteredTensor[]): Uint8Array[] {
  const payload = tensorPayload(tensors);
  return [
    tensorHeader(
      id,
      payload.reduce((sum, { length }) => sum + length, 0),
    ),
    ...payload,
  ];
}

function tell(message: HostMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}

const sentence = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** Loads the model, tells that it is ready, and answers batches until data is gone. */
export function runNodeHost(load: () => Promise<Answer>): void {
  process.on('disconnect', () => process.exit(0));
  // A Ctrl-C is for the supervisor, which ends everything in order.
  process.on('SIGINT', () => undefined);
  serve(load).catch(async (thrown: unknown) => {
    await tell({ kind: 'failed', message: sentence(thrown) });
    process.exit(1);
  });
}

async function serve(load: () => Promise<Answer>): Promise<void> {
  const answer = await load();
  await tell({ kind: 'ready' });
  // Written now, for a host is killed at its end.
  flushCompileCache();
  const frames = new BlockingFrames(dataDescriptor);
  for (let frame = frames.read(); frame !== undefined; frame = frames.read()) {
    try {
      for (const piece of await answer(frame)) frames.write(piece);
    } catch (thrown) {
      frames.write(errorFrame(frame.id, sentence(thrown), thrown instanceof InputRefused));
    }
  }
  process.exit(0);
}
