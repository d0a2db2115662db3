import { join } from 'node:path';
import { pythonEnvironment } from '../../tools/python-environment.ts';

/** Pinned: what makes the models and asks for their answers, as a data scientist has it. */
const packages = [
  'mlflow-skinny==3.6.0',
  'scikit-learn==1.7.2',
  'pandas==2.3.3',
  'numpy==2.3.5',
  'xgboost-cpu==3.1.2',
  'tritonclient==2.73.0',
  'geventhttpclient==2.6.1',
  'python-rapidjson==1.25',
];

/** The Python of `e2e/.venv`. */
export function makersPython(): Promise<string> {
  return pythonEnvironment(join(import.meta.dirname, '../.venv'), packages, () => undefined);
}
