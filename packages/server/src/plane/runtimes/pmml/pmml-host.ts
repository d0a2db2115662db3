/** The host of a PMML document. Arguments: its path, and how many columns a row has or `tensors`. */
import { readFile } from 'node:fs/promises';
import { loadPmml, PmmlError, type PmmlModel, type Result, type Value } from '@mulle/pmml';
import { inputValue, outputsOf, scoringOf } from '#platform/pmml/index.ts';
import { bytesOfValues, valuesOf } from '../../tensors/element-values.ts';
import { readTensorPayload } from '../../tensors/tensor-frame.ts';
import { FrameBuffer, frameValues } from '../frames.ts';
import { hostArguments, InputRefused, runNodeHost, tensorAnswer, type Answer } from '../node-host.ts';

function evaluate(model: PmmlModel, values: readonly Value[], row: number): Result {
  try {
    return model.evaluate(values);
  } catch (thrown) {
    if (thrown instanceof PmmlError) throw new InputRefused(`Row ${row}: ${thrown.message}`, { cause: thrown });
    throw thrown;
  }
}

/** Rows of numbers, NaN for missing, answered by a number each. */
function answerRows(model: PmmlModel, columns: number): Answer {
  if (columns !== model.inputs.length) {
    throw new Error(`The model takes ${model.inputs.length} columns and its version names ${columns} features.`);
  }
  const scoring = scoringOf(model);
  if ('unknown' in scoring) throw new Error(`${scoring.unknown} Deploy it to an endpoint that takes tensors.`);
  const outgoing = new FrameBuffer(8);
  return (frame) => {
    const numbers = frameValues(frame);
    const { bytes, values: scores } = outgoing.begin(frame.id, frame.rows, 1);
    for (let row = 0; row < frame.rows; row++) {
      const values = Array.from(numbers.subarray(row * columns, (row + 1) * columns), inputValue);
      const score = scoring.score(evaluate(model, values, row));
      if (score === null)
        throw new InputRefused(`Row ${row}: the model has no answer; a value that it needs is missing.`);
      scores[row] = score;
    }
    return [bytes];
  };
}

/** Named columns, text among them, answered by all that the model gives; no answer is NaN or empty text. */
function answerTensors(model: PmmlModel): Answer {
  const outputs = outputsOf(model);
  return ({ id, payload }) => {
    const tensors = readTensorPayload(payload);
    const rows = tensors[0]?.shape[0] ?? 0;
    const uneven = tensors.find(({ shape }) => shape[0] !== rows);
    if (uneven !== undefined) throw new InputRefused(`"${uneven.name}" has other rows than "${tensors[0]?.name}".`);
    const columns = model.inputs.map(({ name }) => {
      const tensor = tensors.find((given) => given.name === name);
      return tensor === undefined ? [] : valuesOf(tensor);
    });
    const results = Array.from({ length: rows }, (_, row) =>
      evaluate(
        model,
        columns.map((column) => inputValue(column[row])),
        row,
      ),
    );
    const answered = outputs.map(({ name, datatype, of }) => {
      const values = results.map(of);
      const written =
        datatype === 'BYTES' ? values.map((value) => (value === null ? '' : String(value))) : values.map(asNumber);
      return { name, datatype, shape: [rows], pieces: [bytesOfValues(name, datatype, written)] };
    });
    return tensorAnswer(id, answered);
  };
}

const asNumber = (value: Value): number => (value === null ? Number.NaN : Number(value));

const { path, columns } = hostArguments();
runNodeHost(async () => {
  const model = loadPmml(await readFile(path, 'utf8'));
  return columns === 'tensors' ? answerTensors(model) : answerRows(model, columns);
});
