import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// app > features (never one another) > components > api > lib
const closed = (message, regex) => ({
  'no-restricted-imports': ['error', { patterns: [{ regex, message }] }],
});
const zones = [
  {
    files: ['src/features/**'],
    rules: closed(
      'A feature imports neither the app nor another feature: let the app join them.',
      String.raw`^\.\./(?!\.\./(components|api|lib)/)`,
    ),
  },
  {
    files: ['src/components/**'],
    rules: closed('Components know the API and the library.', String.raw`^\.\./(?!(api|lib)/)`),
  },
  {
    files: ['src/api/**'],
    rules: closed('The API knows the library alone.', String.raw`^\.\./(?!lib/)`),
  },
  { files: ['src/lib/**'], rules: closed('The library knows nothing else.', String.raw`^\.\./`) },
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
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines': ['error', { max: 250 }],
      complexity: ['error', 12],
      'no-console': 'error',
    },
  },
  ...zones,
);
