import { configDefaults, defineConfig } from 'vitest/config'

// A test that mocks a module says so in its name, and is the only one that its process runs.
const MOCKING = '**/*.isolated.test.ts'

export default defineConfig({
  resolve: { conditions: ['trunkline-source'] },
  ssr: { resolve: { conditions: ['trunkline-source'] } },
  test: {
    // By default one processor is left alone, which on two is half of all.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          // The tests of one process share the modules that they import: importing them anew takes as long as all tests.
          isolate: false,
          include: ['packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [...configDefaults.exclude, MOCKING],
        },
      },
      { extends: true, test: { name: 'isolated', include: [`packages/${MOCKING}`] } },
    ],
  },
})
