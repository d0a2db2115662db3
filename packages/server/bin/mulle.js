#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

module.enableCompileCache?.();

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18)) {
  await import('../src/main.ts');
} else {
  // An older Node was first on the PATH: hand over to the one that the package `node` brought, if it is there.
  const pinned = pinnedNode();
  if (pinned === undefined) {
    process.stderr.write(
      `mulle needs Node 22.18 or newer; this is ${process.version}. Run it as "npx mulle" in a project that has it installed.\n`,
    );
    process.exit(1);
  }
  // The channel ends with this process, however it ends: `mulle up` then ends, too.
  const child = spawn(pinned, process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // Ctrl-C reaches the child by itself; a SIGTERM is meant for it, too.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => process.exit(code ?? 1));
}

function pinnedNode() {
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
