import { discoverTwice, largeFleet } from './scale.fixture.ts'

// Run in a process of its own, whose memory is limited.
const { first, second } = await discoverTwice(largeFleet())
console.log(
  JSON.stringify([first, second].map(({ services, revisions }) => [services.length, revisions.size])),
)
