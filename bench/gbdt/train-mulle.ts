import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rocAuc } from '../../packages/stats/src/index.ts';
import { featureMatrix, sliceRows, trainModel } from '../../packages/server/src/domains/training/index.ts';

// One measured training in a process of its own: FILE TRAIN_ROWS FEATURES THREADS HYPERPARAMETERS → one JSON line.

const [path = '', trainRows = '0', features = '0', threads = '1', hyperparameters = '{}'] = process.argv.slice(2);
const bytes = await readFile(path);
const width = Number(features);
const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const rows = values.length / (width + 1);
const columns = Array.from({ length: width + 1 }, (_, f) => values.subarray(f * rows, (f + 1) * rows));
const label = columns.pop() ?? new Float32Array(0);
const all = featureMatrix(
  columns.map((_, f) => `f${f}`),
  columns,
);
const train = { features: sliceRows(all, 0, Number(trainRows)), label: label.subarray(0, Number(trainRows)) };

const startMs = performance.now();
const startCpu = process.cpuUsage();
const model = await trainModel(
  { algorithm: 'gradient-boosting', hyperparameters: JSON.parse(hyperparameters) },
  train,
  {
    seed: 1,
    threads: Number(threads),
  },
);
const cpu = process.cpuUsage(startCpu);
const wallMs = performance.now() - startMs;

const test = sliceRows(all, Number(trainRows), rows);
const auc = rocAuc(model.predict(test), label.subarray(Number(trainRows)));
const cpuMs = (cpu.user + cpu.system) / 1000;
process.stdout.write(`${JSON.stringify({ wallMs, cpuMs, auc, sha256: hash('sha256', model.toOnnx()) })}\n`);
