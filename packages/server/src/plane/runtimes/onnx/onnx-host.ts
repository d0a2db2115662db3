/**
 * A model host: one ONNX model in a process of its own, so that a native crash or leak stays in it. Scoring blocks
 * its thread, which is why no one else lives here. Arguments: the model's path, and how many columns its one input has or
 * `tensors` where it takes and gives named ones.
 *
 * States: loading → ready (of rows inferences were made, and the faster of two ways to score chosen) → ended. It ends when
 * its parent does (channel or socket closed), and with exit code 1 after telling why when the model does not load. Batches are answered in the order they come; what the
 * runtime refuses is answered by a sentence, and the host lives on.
 */
import { flushCompileCache } from 'node:module';
import { BlockingFrames } from '../blocking-frames.ts';
import { readTensorPayload, tensorPayload } from '../../tensors/tensor-frame.ts';
import { errorFrame, FrameBuffer, frameValues, tensorHeader, type Frame } from '../frames.ts';
import type { HostMessage } from '../host-process.ts';
import { fastestScorer } from './fastest-scorer.ts';
import { OnnxSession, type Scorer } from './onnx-session.ts';
import { OnnxTensorSession } from './onnx-tensor-session.ts';

const dataDescriptor = 4;

function tell(message: HostMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}

/** What is answered to a batch, in the pieces in which it is written. */
type Answer = (frame: Frame) => Promise<readonly Uint8Array[]>;

async function main(path: string, columns: string): Promise<void> {
  const answer = columns === 'tensors' ? await loadTensors(path) : await loadRows(path, Number(columns));
  await tell({ kind: 'ready' });
  // Written now, for a host is killed at its end.
  flushCompileCache();
  await serve(answer);
  process.exit(0);
}

async function loadRows(path: string, columns: number): Promise<Answer> {
  const session = await OnnxSession.load(path, columns);
  await session.score(1, new Float32Array(columns), new Float32Array(1));
  const scorer: Scorer = await fastestScorer(path, session);
  const outgoing = new FrameBuffer(4);
  return async (frame) => {
    const rows = frameValues(frame);
    const { bytes, values: scores } = outgoing.begin(frame.id, frame.rows, 1);
    if (rows instanceof Float64Array || scores instanceof Float64Array) {
      throw new Error('This host takes numbers of single precision.');
    }
    await scorer.score(frame.rows, rows, scores);
    return [bytes];
  };
}

async function loadTensors(path: string): Promise<Answer> {
  const session = await OnnxTensorSession.load(path);
  return async ({ id, payload }) => {
    const answer = tensorPayload(await session.run(readTensorPayload(payload)));
    const bytes = answer.reduce((sum, { length }) => sum + length, 0);
    return [tensorHeader(id, bytes), ...answer];
  };
}

/** Answers batches until data is gone. */
async function serve(answer: Answer): Promise<void> {
  const frames = new BlockingFrames(dataDescriptor);
  for (let frame = frames.read(); frame !== undefined; frame = frames.read()) {
    try {
      for (const piece of await answer(frame)) frames.write(piece);
    } catch (thrown) {
      frames.write(errorFrame(frame.id, thrown instanceof Error ? thrown.message : String(thrown)));
    }
  }
}

process.on('disconnect', () => process.exit(0));
// A Ctrl-C is for the supervisor, which ends everything in order.
process.on('SIGINT', () => undefined);
const [, , path = '', columns = ''] = process.argv;
main(path, columns).catch(async (thrown: unknown) => {
  await tell({ kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) });
  process.exit(1);
});
