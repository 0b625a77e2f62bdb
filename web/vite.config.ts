import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// In development the API is a Sophia that runs beside it.
const api = process.env.SOPHIA_API ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../src/sophia/api/console',
    emptyOutDir: true,
    target: 'es2022',
    // The first ones that know light-dark(), which is kept as it is written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: font or picture would be fine by the policy, but files are cached better.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'markdown',
              test: /node_modules[\\/](react-markdown|remark|micromark|mdast|unified|hast)/,
            },
            // What changes with its versions alone stays in the browser's cache.
            { name: 'vendor', test: /node_modules/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': api, '/health': api } },
});
