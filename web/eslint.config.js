import js from '@eslint/js';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const features = ['sign-in', 'conversations', 'chat', 'status', 'account'];

// app > features (never one another) > components > api > lib
const zones = [
  ...features.map((feature) => ({
    target: `./src/features/${feature}`,
    from: ['./src/app', './src/features'],
    except: [`./${feature}`, `../features/${feature}`],
    message: 'A feature imports neither the app nor another feature: let the app join them.',
  })),
  { target: './src/components', from: ['./src/app', './src/features'] },
  { target: './src/api', from: ['./src/app', './src/features', './src/components'] },
  { target: './src/lib', from: ['./src/app', './src/features', './src/components', './src/api'] },
];

export default tseslint.config(
  { ignores: ['src/api/schema.d.ts', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['public/**/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.d.ts'] })],
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
    },
    rules: {
      ...reactHooks.configs.recommended.rules,
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines': ['error', { max: 250 }],
      complexity: ['error', 12],
      'no-console': 'error',
    },
  },
);
