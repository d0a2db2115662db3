import { expect, test } from 'vitest';
import { packagesIn } from './python-environment.ts';

test('the packages of a requirements file, sorted, without comments', () => {
  const text =
    '# made by MLflow\nscikit-learn==1.7.2\n\nnumpy>=2,<3  # arrays\nuvicorn[standard]~=0.30\npywin32; sys_platform == "win32"\n';
  expect(packagesIn(text)).toEqual([
    'numpy>=2,<3',
    'pywin32; sys_platform == "win32"',
    'scikit-learn==1.7.2',
    'uvicorn[standard]~=0.30',
  ]);
});

test.each([
  '-r other.txt',
  '--index-url http://127.0.0.1/',
  '-e .',
  './local',
  '/tmp/a.whl',
  'git+https://example.com/a.git',
  'a @ file:///tmp/a.whl',
  'a==1 --hash=sha256:0 --index-url x',
])('%s is refused', (line) => {
  expect(() => packagesIn(line)).toThrow(/names no package/);
});
