import { BaseSequencer, type TestSpecification } from 'vitest/node'
import base from '../../vitest.config.ts'
import { sets } from './config.ts'

const { package: folder, tests, isolate = false } = sets[Number(process.env.MUTATION_SET)]!
const files = tests.map(test => `${folder}/src/${test}.test.ts`)

/** Runs test files in the order of the set. */
class InOrder extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => files.findIndex(file => moduleId.endsWith(file))
    return specifications.toSorted((one, other) => place(one) - place(other))
  }
}

export default {
  ...base,
  test: {
    ...base.test,
    isolate,
    include: files,
    sequence: { sequencer: InOrder },
    setupFiles: ['test/mutate/repeatable.ts'],
    reporters: ['default'],
  },
}
