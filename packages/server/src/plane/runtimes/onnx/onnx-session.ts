import { InferenceSession, Tensor } from 'onnxruntime-node';

/** What scores rows: `values` are `rows × columns` float32, row by row, and `scores` gets one number for each row. */
export interface Scorer {
  score(rows: number, values: Float32Array, scores: Float32Array): Promise<void> | void;
}

/** A model in ONNX Runtime: one float32 input [rows, columns], scores by the output `probabilities` or its first floats. */
export class OnnxSession implements Scorer {
  readonly #session: InferenceSession;
  readonly #input: string;
  readonly columns: number;
  readonly output: string;

  private constructor(session: InferenceSession, columns: number, input: string, output: string) {
    this.#session = session;
    this.columns = columns;
    this.#input = input;
    this.output = output;
  }

  static async load(path: string, columns: number): Promise<OnnxSession> {
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
    return new OnnxSession(session, columns, input.name, output.name);
  }

  /** Of two columns the second (the probability of class 1), of one the value. */
  async score(rows: number, values: Float32Array, scores: Float32Array): Promise<void> {
    const input = { [this.#input]: new Tensor('float32', values, [rows, this.columns]) };
    const results = await this.#session.run(input, [this.output]);
    const data = results[this.output]?.data;
    if (!(data instanceof Float32Array)) throw new Error(`The output ${this.output} holds no float32.`);
    const width = data.length / rows;
    if (width !== 1 && width !== 2) {
      throw new Error(`The output ${this.output} has ${width} values a row; 1 or 2 are understood.`);
    }
    for (let row = 0; row < rows; row++) scores[row] = data[width * (row + 1) - 1] ?? Number.NaN;
  }
}
