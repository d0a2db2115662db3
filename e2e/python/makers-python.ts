import { join } from 'node:path';
import { pythonEnvironment } from '../../tools/python-environment.ts';

/** Pinned: what makes the models and asks for their answers, as a data scientist has it. */
const packages = [
  'mlflow==3.17.2',
  'scikit-learn==1.7.2',
  'pandas==2.3.3',
  'numpy==2.3.5',
  'matplotlib==3.11.2',
  'psutil==7.2.2',
  'xgboost-cpu==3.1.2',
  'tritonclient==2.73.0',
  'geventhttpclient==2.6.1',
  'python-rapidjson==1.25',
];

/** Of another year: models of versions that nothing else here holds. */
const olderPackages = [
  'mlflow-skinny==2.22.0',
  'scikit-learn==1.5.2',
  'pandas==2.2.3',
  'numpy==2.1.3',
  'xgboost-cpu==2.1.4',
  'lightgbm==4.5.0',
];

/** Clients of the Open Inference Protocol, by NVIDIA and by KServe. */
const clientPackages = [
  'kserve==0.21.0',
  'tritonclient==2.73.0',
  'grpcio==1.85.3',
  'numpy==2.4.6',
  'geventhttpclient==2.6.1',
  'python-rapidjson==1.25',
];

const python = (folder: string, pinned: readonly string[]): Promise<string> =>
  pythonEnvironment(join(import.meta.dirname, '..', folder), pinned, () => undefined);

/** The Python of `e2e/.venv`. */
export const makersPython = (): Promise<string> => python('.venv', packages);

/** The Python of `e2e/.venv-older`. */
export const olderPython = (): Promise<string> => python('.venv-older', olderPackages);

/** The Python of `e2e/.venv-clients`. */
export const clientsPython = (): Promise<string> => python('.venv-clients', clientPackages);
