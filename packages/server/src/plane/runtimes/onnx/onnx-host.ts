/**
 * The host of an ONNX model. Arguments: the model's path, and how many columns its one input has or `tensors` where it
 * takes and gives named ones. Where it scores rows, inferences are made before it is ready, and the faster of two ways
 * to score is chosen.
 */
import { readTensorPayload } from '../../tensors/tensor-frame.ts';
import { FrameBuffer, frameValues } from '../frames.ts';
import { hostArguments, runNodeHost, tensorAnswer, type Answer } from '../node-host.ts';
import { fastestScorer } from './fastest-scorer.ts';
import { OnnxSession, type Scorer } from './onnx-session.ts';
import { OnnxTensorSession } from './onnx-tensor-session.ts';

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
  return async ({ id, payload }) => tensorAnswer(id, await session.run(readTensorPayload(payload)));
}

const { path, columns } = hostArguments();
runNodeHost(() => (columns === 'tensors' ? loadTensors(path) : loadRows(path, columns)));
