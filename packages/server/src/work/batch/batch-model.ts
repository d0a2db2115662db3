/**
 * A version that a batch asks, in a host of its own as an endpoint has them: a crash, a leak or a row that kills it stays
 * in there, and the next rows are read while it computes.
 */
import {
  variantId,
  type ModelVersion,
  type ServableVariant,
  type TensorDatatype,
  type TensorSpec,
} from '@mulle/contract';
import { monotonicMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Batching } from '#plane/runtimes/batching.ts';
import type { HostCommand } from '#plane/runtimes/host-process.ts';
import { hostCommands } from '#plane/runtimes/host-commands.ts';
import { RowBatching } from '#plane/runtimes/row-batching.ts';
import { mayShareRows, TensorBatching, tensorRows } from '#plane/runtimes/tensor-batching.ts';
import { VariantPool } from '#plane/runtimes/variant-pool.ts';
import { bytesOfValues, valuesOf } from '#plane/tensors/element-values.ts';
import type { BlobStore } from '#platform/blobs/index.ts';

/** Rows by column; null is missing. */
export interface RowBlock {
  readonly rows: number;
  readonly columns: readonly (readonly unknown[])[];
}

/** A column that the model takes or gives, as SQL has it. */
export interface BatchColumn {
  readonly name: string;
  readonly type: 'DOUBLE' | 'VARCHAR' | 'BOOLEAN';
}

export interface BatchModel {
  readonly inputs: readonly BatchColumn[];
  readonly outputs: readonly BatchColumn[];
  /** The values of the outputs, by column. Rejects with the errors of `VariantPool.infer`. */
  ask(block: RowBlock): Promise<unknown[][]>;
  close(): Promise<void>;
}

export interface BatchModelOptions {
  readonly blobs: Pick<BlobStore, 'localPath'>;
  /** Folder for what hosts need beside the bytes. */
  readonly folder: string;
  readonly log: (message: string) => void;
}

/** An answer to one block takes no longer, whatever the model. */
const askMs = 600_000;

type CommandOf = (variant: ServableVariant, limits: Record<string, never>) => Promise<HostCommand>;
/** A batch has no endpoint whose limits were its host's: its blocks are as large as the model is fast. */
const unlimited = { limits: undefined };

/** Starts a host of the version; rejects with `unavailable` when it does not load, `invalid_argument` where its tensors are no columns. */
export async function openBatchModel(version: ModelVersion, options: BatchModelOptions): Promise<BatchModel> {
  const byRows = version.features.length > 0;
  const variant = servable(version, byRows);
  const command: CommandOf = hostCommands(options);
  const start = async <Input extends { readonly count: number }, Output>(batching: Batching<Input, Output>) => {
    const pool = new VariantPool<Input, Output>({
      command: () => command(variant, {}),
      ...unlimited,
      batching,
      hosts: 1,
      onExit: ({ signal, code, loadError }) => {
        options.log(`The model's host ended: ${loadError ?? signal ?? `exit ${code}`}.`);
        return '';
      },
      onRestart: ({ downMs }) => options.log(`The model's host answers again after ${Math.round(downMs)} ms.`),
      onBatch: () => undefined,
    });
    await pool.start();
    if (pool.unavailable === undefined) return pool;
    await pool.stop(0);
    throw new MulleError('unavailable', `${variant.id} does not load: ${pool.unavailable}`);
  };
  if (byRows) return rowModel(version.features, await start(new RowBatching(version.features.map((_, at) => at))));
  const { signature } = version;
  if (signature === null) throw new MulleError('invalid_argument', `${variant.id} names neither columns nor tensors.`);
  const columns = { inputs: signature.inputs.map(asColumn), outputs: signature.outputs.map(asColumn) };
  return tensorModel(signature.inputs, columns, await start(new TensorBatching(mayShareRows(signature))));
}

function servable({ model, version, artifact, features, signature }: ModelVersion, byRows: boolean): ServableVariant {
  const variant = { kind: 'model' as const, model, version };
  return {
    id: variantId(variant),
    variant,
    version: String(version),
    artifact: { digest: artifact.digest, format: artifact.format },
    features,
    ...(byRows || signature === null ? {} : { signature }),
  };
}

type Pool<Input extends { readonly count: number }, Output> = Pick<VariantPool<Input, Output>, 'infer' | 'stop'>;
type RowPool = Pool<{ count: number; width: number; values: Float64Array }, number[]>;

function rowModel(features: readonly string[], pool: RowPool): BatchModel {
  const width = features.length;
  return {
    inputs: features.map((name) => ({ name, type: 'DOUBLE' })),
    outputs: [{ name: 'score', type: 'DOUBLE' }],
    async ask({ rows, columns }) {
      const values = new Float64Array(rows * width).fill(Number.NaN);
      for (const [column, cells] of columns.entries()) {
        for (let row = 0, at = column; row < rows; row++, at += width) {
          const cell = cells[row];
          if (typeof cell === 'number') values[at] = cell;
        }
      }
      return [await pool.infer({ count: rows, width, values }, monotonicMs() + askMs)];
    },
    close: () => pool.stop(0),
  };
}

const sqlType = (datatype: TensorDatatype): BatchColumn['type'] =>
  datatype === 'BYTES' ? 'VARCHAR' : datatype === 'BOOL' ? 'BOOLEAN' : 'DOUBLE';

/** A tensor of one value a row. Throws `invalid_argument` on another. */
function asColumn({ name, datatype, shape }: TensorSpec): BatchColumn {
  const [rows, ...rest] = shape;
  if (rows === -1 && rest.every((size) => size === 1)) return { name, type: sqlType(datatype) };
  throw new MulleError(
    'invalid_argument',
    `The tensor "${name}" has the shape [${shape.join(', ')}]; a table holds one value a row, [-1] or [-1, 1].`,
  );
}

type TensorPool = Pool<ReturnType<typeof tensorRows>, Parameters<typeof tensorRows>[0]>;

function tensorModel(
  specs: readonly TensorSpec[],
  columns: Pick<BatchModel, 'inputs' | 'outputs'>,
  pool: TensorPool,
): BatchModel {
  return {
    ...columns,
    async ask(block) {
      const tensors = specs.map(({ name, datatype, shape }, index) => {
        const cells = block.columns[index] ?? [];
        // Missing text is empty; what else is missing is NaN, where the datatype has it.
        const values = datatype === 'BYTES' ? cells.map((cell) => cell ?? '') : cells;
        return {
          name,
          datatype,
          shape: [block.rows, ...shape.slice(1)],
          bytes: bytesOfValues(name, datatype, values),
        };
      });
      const answered = await pool.infer(tensorRows(tensors, undefined), monotonicMs() + askMs);
      return columns.outputs.map(({ name }) => {
        const output = answered.find((tensor) => tensor.name === name);
        if (output?.shape[0] === block.rows) return valuesOf(output).map(asCell);
        throw new MulleError('model_failed', `The model gave no "${name}" of ${block.rows} rows.`);
      });
    },
    close: () => pool.stop(0),
  };
}

/** NaN is missing; whole numbers beyond those of a double are rounded. */
function asCell(value: number | bigint | boolean | string): unknown {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
}
