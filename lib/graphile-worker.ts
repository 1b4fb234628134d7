export type { PullReport } from './pull/events.ts'
export {
  type PullWorkerOptions,
  pullReport,
  type SharedRefreshOptions,
  type SharedRunOptions,
} from './pull/workers/face.ts'
export {
  enqueuePull,
  enqueueRefresh,
  type RunPullWorkerOptions,
  runPullWorker,
} from './queues/graphile.ts'
