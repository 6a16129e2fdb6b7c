import { Progress, type ProgressStream } from '@breakwater/simulator'
import { type DemoStack, type DemoStackOptions, startDemoStack, startSteps } from './demo-stack.ts'

/** {@link startDemoStack}, which takes seconds, and shows on a stream how far it is. */
export async function startWithProgress(
  options: DemoStackOptions,
  stream: ProgressStream,
): Promise<DemoStack> {
  const work = startSteps.reduce((sum, step) => sum + step.work, 0)
  const progress = new Progress({ total: startSteps.length, work, stream })
  let begun = false
  try {
    const demo = await startDemoStack({
      ...options,
      onStep({ name, work }) {
        if (begun) progress.done()
        begun = true
        progress.begin(name, work)
      },
    })
    progress.done()
    progress.end()
    return demo
  } catch (error) {
    progress.end('')
    throw error
  }
}
