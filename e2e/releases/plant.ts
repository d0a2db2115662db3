/**
 * Loaded before every process of a platform (`NODE_OPTIONS=--import`): plants a fault into the engine's own source, so
 * that a proof can show that it would be seen. Throws where the source has changed and the fault no longer fits.
 */
import { registerHooks } from 'node:module';
import { env } from 'node:process';
import { plants } from './plants.ts';

const plant = plants.find(({ name }) => name === env['PLANT']);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (plant === undefined || !url.endsWith(plant.file)) return loaded;
    const source =
      typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source ?? undefined);
    if (!source.includes(plant.is)) throw new Error(`${plant.file} has no "${plant.is}" any more: mend the plant.`);
    return { ...loaded, source: source.replace(plant.is, plant.becomes) };
  },
});
