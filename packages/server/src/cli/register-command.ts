import { openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import {
  canonicalJson,
  describeTensor,
  noLineage,
  type ArtifactFormat,
  type Bundle,
  type ModelVersion,
} from '@mulle/contract';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { print, say } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions, type Session } from './session.ts';

interface RegisterOptions extends ClientCommandOptions {
  features?: string;
  description?: string;
}

async function putFile({ control }: Session, path: string): Promise<{ digest: string; bytes: number }> {
  return control.putBlob((await openAsBlob(path)).stream());
}

/** Stores every file of a folder, then the list of them. */
async function putFolder(session: Session, folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
  if (!paths.includes('MLmodel')) {
    throw new MulleError(
      'invalid_argument',
      `${folder} has no file MLmodel. Save the model with MLflow, or give an .onnx or .pmml file.`,
    );
  }
  const bundle: Bundle = { files: [] };
  for (const path of paths) bundle.files.push({ path, ...(await putFile(session, join(folder, path))) });
  return (await session.control.putBlob(Buffer.from(canonicalJson(bundle)))).digest;
}

async function putArtifact(
  session: Session,
  path: string,
  isFolder: boolean,
): Promise<{ artifactDigest: string; artifactFormat: ArtifactFormat }> {
  if (isFolder) return { artifactDigest: await putFolder(session, path), artifactFormat: 'bundle' };
  const { digest } = await putFile(session, path);
  return { artifactDigest: digest, artifactFormat: /\.(pmml|xml)$/i.test(path) ? 'pmml' : 'onnx' };
}

function takenBy(columns: readonly string[], signature: ModelVersion['signature']): string {
  if (columns.length > 0) return `${columns.length} columns (${columns.join(', ')})`;
  return `takes ${(signature?.inputs ?? []).map((tensor) => `${tensor.name} ${describeTensor(tensor)}`).join(', ')}`;
}

/** `mulle register`: a version from files that were made elsewhere. */
export function addRegisterCommand(program: Command): void {
  addClientOptions(
    program
      .command('register')
      .description('register a model version from an .onnx or .pmml file or a folder of MLflow'),
  )
    .argument('<model>', 'name of the model')
    .argument('<path>', 'an .onnx or .pmml file, or a folder that MLflow saved a model to')
    .option('--features <names>', 'names of its columns in order, with commas between; without them it takes tensors')
    .option('--description <text>', 'what it is')
    .action(async (model: string, path: string, options: RegisterOptions) => {
      const session = openSession(options);
      const found = await stat(path).catch((cause: unknown) => {
        throw new MulleError('not_found', `There is no file or folder ${path}.`, { cause });
      });
      const features = options.features?.split(',').map((name) => name.trim());
      const version = await session.control.call('createModelVersion', {
        params: { model },
        body: {
          ...(await putArtifact(session, path, found.isDirectory())),
          ...(features === undefined ? {} : { features }),
          metrics: {},
          lineage: noLineage,
          description: options.description ?? `From ${basename(resolve(path))}`,
        },
      });
      print(session, version, ({ version: number, flavor, artifact, features: columns, signature }) => {
        say(`${model}@${number} is registered: ${flavor ?? artifact.format}, ${takenBy(columns, signature)}.`);
        say(`Release it: mulle deploy ${model}@${number}`);
      });
    });
}
