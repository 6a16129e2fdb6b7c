import { describeRecyclerStore } from './contract.fixture.ts'
import { MemoryRecyclerStore } from './memory.ts'

describeRecyclerStore('MemoryRecyclerStore', async () => new MemoryRecyclerStore())
