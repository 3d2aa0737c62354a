import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['trunkline-source'] },
  ssr: { resolve: { conditions: ['trunkline-source'] } },
  test: {
    // By default one processor is left alone, which on two is half of all.
    maxWorkers: '100%',
    include: ['packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 20_000,
  },
})
