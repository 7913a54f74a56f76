export { callByName, type NamedCall } from "./workers/call-by-name.ts";
export { defaultWorkerLimiter, type RunInWorkerOptions, runInWorker } from "./workers/run-in-worker.ts";
export { shareWithWorkers } from "./workers/shared-context.ts";
export type { WorkerModule } from "./workers/target.ts";
export { transfer } from "./workers/transfer.ts";
export { WorkerDataError, WorkerDiedError, WorkerFunctionError } from "./workers/worker-errors.ts";
export {
	openWorkerPool,
	type WorkerPool,
	type WorkerPoolOptions,
	type WorkerPoolStatistics,
	type WorkOptions,
} from "./workers/worker-pool.ts";
