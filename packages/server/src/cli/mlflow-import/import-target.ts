import type { ControlClient } from '@mulle/client';
import { Type } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import type { SourceFile } from './import-source.ts';
import { FileMessage } from './messages.ts';
import type { Tally } from './tally.ts';
import type { MlflowWire } from './wire.ts';

/** This tag comes last: what has it was brought whole. Its value tells whether something was added at the source since. */
export const importedTag = 'mulle.imported';

/** The Mulle that things are brought to. Calls that MLflow has are made in its words; the others keep ids. */
export interface ImportTarget {
  readonly control: ControlClient;
  readonly wire: MlflowWire;
  readonly tally: Tally;
  /** Where the things were recorded. */
  readonly from: string;
  /** Whether files come along; else they are looked for where they are. */
  readonly withFiles: boolean;
}

const tree = '/api/2.0/mlflow-artifacts/artifacts';
const Files = Type.Object({ files: Type.Optional(Type.Array(FileMessage)) });

function treePathOf(uri: string): string {
  if (uri.startsWith('mlflow-artifacts:')) return uri.replace(/^mlflow-artifacts:(\/\/[^/]*)?\/*/, '');
  throw new MulleError('invalid_state', `Its experiment keeps files at ${uri}, out of reach. Give --no-artifacts.`);
}

/** Sends the files to an address of the target; those that are there with the same length stay. */
export async function bringFiles(
  { wire, tally }: ImportTarget,
  files: AsyncIterable<SourceFile>,
  uri: string,
  mayBeThere: boolean,
): Promise<void> {
  const root = treePathOf(uri);
  const there = new Map<string, number>();
  if (mayBeThere) await listBelow(wire, root, '', there);
  for await (const file of files) {
    const { path, bytes } = file;
    if (there.get(path) === bytes) continue;
    await wire.upload(`${tree}/${`${root}/${path}`.split('/').map(encodeURIComponent).join('/')}`, () => file.open());
    tally.sent.files++;
    tally.sent.fileBytes += bytes;
  }
}

async function listBelow(wire: MlflowWire, root: string, folder: string, found: Map<string, number>): Promise<void> {
  const { files = [] } = await wire.get(tree, { path: folder === '' ? root : `${root}/${folder}` }, Files);
  for (const { path: name, is_dir, file_size = 0 } of files) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (is_dir === true) await listBelow(wire, root, path, found);
    else found.set(path, file_size);
  }
}
