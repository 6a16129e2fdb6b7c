export { failUntilOpen } from './fail-until-open.ts'
export { FaultyStore, type StoreFault, type StoreOperation } from './faulty-store.ts'
export { type StoreContractCase, storeContract } from './store-contract.ts'
export { settle, VirtualClock } from './virtual-clock.ts'
