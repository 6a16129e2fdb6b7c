// npm run simulate: the simulator's command line, which knows the breakers of the comparison, too.
import { main } from '@breakwater/simulator'
import { breakersModule } from './breakers.ts'

process.exitCode = await main(process.argv.slice(2), process, {
  command: 'npm run simulate --',
  breakers: breakersModule,
})
