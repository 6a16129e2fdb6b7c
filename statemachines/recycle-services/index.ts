/**
 * The workflow "recycle services": the services that read a secret, wave by wave, until all of them have the new version.
 * Its definition stands with the functions that it talks to, in packages/recycler.
 *
 * @module
 */
export {
  type RecycleServicesOptions,
  recycleFailedError,
  recycleFinished,
  recycleServices,
} from '@breakwater/recycler/workflow'
