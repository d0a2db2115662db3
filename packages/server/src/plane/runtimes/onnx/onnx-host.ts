/**
 * A model host: one ONNX model in a process of its own, so that a native crash or leak stays in it. `run` blocks its
 * thread, which is why no one else lives here. Arguments: the model's path and how many columns its input has.
 *
 * States: loading → ready (one inference was made) → ended. It ends when its parent does (channel or socket closed), and
 * with exit code 1 after telling why when the model does not load. Batches are answered in the order they come; what the
 * runtime refuses is answered by a sentence, and the host lives on.
 */
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { errorFrame, FrameBuffer, FrameReader, frameValues, type Frame } from '../frames.ts';
import type { HostMessage } from '../host-process.ts';

const dataDescriptor = 4;

function tell(message: HostMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
}

interface LoadedModel {
  session: InferenceSession;
  input: string;
  output: string;
}

/** The output with the score: `probabilities` of a classifier, else the first tensor of floats. */
async function load(path: string, columns: number): Promise<LoadedModel> {
  const session = await InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
  });
  const [input] = session.inputMetadata;
  if (session.inputMetadata.length !== 1 || !input?.isTensor || input.type !== 'float32') {
    throw new Error('The model must have one input, a tensor of float32 [rows, features]. Export it so.');
  }
  const declared = input.shape[1];
  if (input.shape.length !== 2 || (typeof declared === 'number' && declared > 0 && declared !== columns)) {
    throw new Error(`The model takes ${declared ?? 'no'} columns and its version names ${columns} features.`);
  }
  const floats = session.outputMetadata.filter((output) => output.isTensor && output.type === 'float32');
  const output = floats.find(({ name }) => name === 'probabilities') ?? floats[0];
  if (output === undefined) throw new Error('The model has no output tensor of float32. Export it without ZipMap.');
  return { session, input: input.name, output: output.name };
}

/** One score a row: of two columns the second (the probability of class 1), of one the value. */
async function infer(model: LoadedModel, rows: number, columns: number, values: Float32Array): Promise<Float32Array> {
  const results = await model.session.run({ [model.input]: new Tensor('float32', values, [rows, columns]) }, [
    model.output,
  ]);
  const data = results[model.output]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`The output ${model.output} holds no float32.`);
  const width = data.length / rows;
  if (width === 1) return data;
  if (width !== 2) throw new Error(`The output ${model.output} has ${width} values a row; 1 or 2 are understood.`);
  const scores = new Float32Array(rows);
  for (let row = 0; row < rows; row++) scores[row] = data[2 * row + 1] ?? Number.NaN;
  return scores;
}

async function main(path: string, columns: number): Promise<void> {
  const model = await load(path, columns);
  await infer(model, 1, columns, new Float32Array(columns));
  const socket = new Socket({ fd: dataDescriptor, readable: true, writable: true });
  const outgoing = new FrameBuffer(4);
  const answer = async (frame: Frame): Promise<void> => {
    try {
      const rows = frameValues(frame);
      if (rows instanceof Float64Array) throw new Error('This host takes numbers of single precision.');
      const scores = await infer(model, frame.rows, frame.columns, rows);
      const { bytes, values } = outgoing.begin(frame.id, frame.rows, 1);
      values.set(scores);
      socket.write(bytes);
    } catch (thrown) {
      socket.write(errorFrame(frame.id, thrown instanceof Error ? thrown.message : String(thrown)));
    }
  };
  const reader = new FrameReader((frame) => void answer(frame));
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.on('error', () => process.exit(0));
  socket.on('close', () => process.exit(0));
  await tell({ kind: 'ready' });
  // Written now, for a host is killed at its end.
  flushCompileCache();
}

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
const [, , path = '', columns = ''] = process.argv;
main(path, Number(columns)).catch(async (thrown: unknown) => {
  await tell({ kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) });
  process.exit(1);
});
