import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports point inward only: edge → translate/bridge → message, address, failure (docs/design.md). */
const inward = (files, forbidden) => ({
  files: [files],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ group: forbidden, message: 'Imports point inward only: edge → translate/bridge → message, address, failure.' }] },
    ],
  },
});

const EDGES = ['**/xmpp/*', '**/smtp-in/*', '**/smtp-out/*', '**/web/*', '**/files/*'];
const OUTER = ['**/gateway.js', '**/gateway/*', '**/main.js', '**/commands/*', '**/config/*'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-console': 'error',
      'no-restricted-properties': ['error', { object: 'URL', property: 'canParse', message: 'It lets through what `new URL` throws at: src/url.ts.' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: 'error',
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['test/**', 'scripts/**', 'demo/**', 'bench/**', 'faults/**'], rules: { 'no-console': 'off', 'max-lines-per-function': 'off' } },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  inward('src/{message,address,failure,clock,log,edge,url}.ts', [...EDGES, ...OUTER, '**/store/*', '**/queue/*', '**/bridge/*', '**/translate/*']),
  inward('src/presence/**', [...EDGES, ...OUTER, '**/translate/*', '**/queue/*', '**/bridge/*']),
  inward('src/translate/**', [...EDGES, ...OUTER, '**/store/*', '**/queue/*', '**/bridge/*', '**/edge.js', 'node:fs*', 'node:net']),
  inward('src/bridge/**', [...EDGES, ...OUTER, '**/translate/*', '**/queue/*']),
  inward('src/queue/**', [...EDGES, ...OUTER, '**/translate/*']),
  inward('src/store/**', [...EDGES, ...OUTER, '**/translate/*', '**/queue/*', '**/bridge/*']),
  inward('src/xmpp/**', [...OUTER, '**/smtp-in/*', '**/smtp-out/*', '**/web/*', '**/store/*', '**/queue/*', '**/bridge/*']),
  inward('src/smtp-in/**', [...OUTER, '**/xmpp/*', '**/smtp-out/*', '**/web/*', '**/store/*', '**/queue/*', '**/bridge/*']),
  inward('src/files/**', [...OUTER, '**/xmpp/*', '**/smtp-in/*', '**/smtp-out/*', '**/web/*', '**/store/*', '**/queue/*', '**/bridge/*']),
  inward('src/web/**', [...OUTER, '**/xmpp/*', '**/smtp-in/*', '**/smtp-out/*', '**/queue/*', '**/bridge/*']),
  inward('src/smtp-out/**', [...OUTER, '**/xmpp/*', '**/smtp-in/*', '**/web/*', '**/store/*', '**/queue/*', '**/bridge/*']),
);
