import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { plainContract } from './plain-contract.ts';
import { sourceHash } from './source-hash.ts';

const contract = '\0plain-contract';

const plainContractPlugin: Plugin = {
  name: 'plain-contract',
  enforce: 'pre',
  resolveId: (id) => (id === '@mulle/contract' ? contract : undefined),
  load: (id) => (id === contract ? plainContract() : undefined),
};

const sourceHashPlugin: Plugin = {
  name: 'source-hash',
  async generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'source-hash.txt', source: `${await sourceHash()}\n` });
  },
};

/** `npm run dev` sends the API's paths to this control port (`mulle up`, or `node mock/main.ts --port 5150`). */
const control = 'http://127.0.0.1:5150';

export default defineConfig({
  plugins: [plainContractPlugin, react(), sourceHashPlugin],
  build: {
    // The colour tokens use light-dark() as it is.
    target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // What changes seldom stands apart from what changes with each build.
      output: { codeSplitting: { groups: [{ name: 'vendor', test: /node_modules[\\/](?!uplot)/ }] } },
    },
  },
  server: { proxy: { '/api': control, '/openapi.json': control, '/docs': control } },
});
