// One process: measures one case of one library, its time in so many rounds or what it allocates, and prints that as JSON.
import { measureAllocation, measureTime } from './measure.ts'
import { check, type Subjects } from './subject.ts'

const [library, name, ...figures] = process.argv.slice(2) as [string, string, string, string?]
const [warmUpCalls, rounds] = figures.map(Number) as [number, number?]
const { subjects }: { readonly subjects: Subjects } = await import(`./subjects/${library}.ts`)
const subject = await subjects[name]!()
let found: unknown = subject
if (!('skipped' in subject)) {
  await check(subject)
  found = await (rounds ? measureTime(subject, warmUpCalls, rounds) : measureAllocation(subject, warmUpCalls))
  await check(subject)
  await subject.close?.()
}
// Breakers leave timers behind, of which some would keep the process for a day.
process.stdout.write(JSON.stringify(found), () => process.exit())
