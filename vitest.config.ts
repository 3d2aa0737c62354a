import { configDefaults, defineConfig } from 'vitest/config'

// A test that mocks a module, or counts what its process does, says so in its name, and is the only one that its process runs.
const ALONE = '**/*.isolated.test.ts'
// What takes minutes: `npm test` leaves it out, `.ci/run` runs it.
const LONG = '**/*.ci.test.ts'

export default defineConfig({
  resolve: { conditions: ['trunkline-source'] },
  ssr: { resolve: { conditions: ['trunkline-source'] } },
  test: {
    // By default one processor is left alone, which on two is half of all.
    maxWorkers: '100%',
    // These end a test that hangs. They measure nothing: on a machine with other things to do a test takes ten times as long.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    // Contexts of the user who runs the tests change nothing.
    env: { XDG_CONFIG_HOME: '/nonexistent' },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          // The tests of one process share the modules that they import: importing them anew takes as long as all tests.
          isolate: false,
          include: ['packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ALONE, LONG],
        },
      },
      { extends: true, test: { name: 'documents', isolate: false, include: [`conformance/${LONG}`] } },
      { extends: true, test: { name: 'isolated', include: [`packages/${ALONE}`, `conformance/${ALONE}`] } },
    ],
  },
})
