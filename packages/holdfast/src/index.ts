export { all } from "./all.ts";
export { allSettled } from "./all-settled.ts";
export { any } from "./any.ts";
export { asCompleted, type CompletedResults } from "./as-completed.ts";
export { Barrier, type BarrierStatistics } from "./barrier.ts";
export {
	type Broadcast,
	type BroadcastStatistics,
	broadcast,
	type Overflow,
	type SubscribeOptions,
	type Subscription,
	type SubscriptionStatistics,
} from "./broadcast.ts";
export { call } from "./call.ts";
export { type Borrowing, CapacityLimiter, type CapacityLimiterStatistics } from "./capacity-limiter.ts";
export { type ChannelStatistics, createChannel, type Receiver, type Sender } from "./channel.ts";
export { Condition, type ConditionStatistics, type Truthy } from "./condition.ts";
export { type Context, type ContextToken, ContextVar, copyContext } from "./context-var.ts";
export { type Awaitable, type Coroutine, type CoroutineFunction, coroutine, type Given } from "./coroutine.ts";
export { currentLibrary, type SteppingLibrary, stepAs } from "./current-library.ts";
export { dumpTasks } from "./dump.ts";
export type { Entry, EntryResult } from "./entries.ts";
export type { ErrorClass } from "./error-kind.ts";
export * from "./errors.ts";
export { Event, type EventStatistics } from "./event.ts";
export { type CallbackStart, type Done, fromCallback, type Stop } from "./from-callback.ts";
export { type EventOf, type EventSourceLike, fromEvent, type ListenOptions } from "./from-event.ts";
export {
	openTaskGroup,
	type Spawnable,
	type SpawnOptions,
	type Started,
	type TaskGroup,
	type TaskGroupOptions,
	withTaskGroup,
} from "./group.ts";
export type { Guard } from "./guard.ts";
export { type Instrument, type InstrumentedRun, withContextOf } from "./instruments.ts";
export { type Interval, type IntervalOptions, type IntervalStatistics, interval } from "./interval.ts";
export { corocall } from "./invoke.ts";
export { Cancelled, type CancelReason } from "./kernel/cancelled.ts";
export { addSuppressed, suppressedErrors } from "./kernel/suppressed.ts";
export { Latch, type LatchStatistics } from "./latch.ts";
export { Lock, type LockStatistics } from "./lock.ts";
export { forEach, type MapOptions, map } from "./map.ts";
export { type ErrorClauses, type ErrorHandler, type ErrorHandlers, matchErrors } from "./match-errors.ts";
export { type Memoized, type MemoizeOptions, type MemoizeStatistics, memoize } from "./memoize.ts";
export { type Migrating, type MigratingBack, type MigratingFaces, migrating } from "./migrating.ts";
export { type Faces, operation } from "./operation.ts";
export { type Outcome, openPortal, type Portal, type StartOptions } from "./portal.ts";
export { PriorityQueue } from "./priority-queue.ts";
export { Queue, type QueueShutdownOptions, type QueueStatistics } from "./queue.ts";
export { race } from "./race.ts";
export { ReadWriteLock, type ReadWriteLockFace, type ReadWriteLockStatistics } from "./read-write-lock.ts";
export { reportError } from "./report-error.ts";
export { type Held, type Resource, resource } from "./resource.ts";
export { type RetryPolicy, retry } from "./retry.ts";
export { type RunOptions, run } from "./run.ts";
export { type RunSyncOptions, runSync, sync } from "./run-sync.ts";
export type { BareCall, BareCalls, Report } from "./runner.ts";
export {
	type BodyResult,
	type CancelScope,
	cleanup,
	currentDeadline,
	currentScope,
	currentSignal,
	moveOnAfter,
	moveOnAt,
	onExit,
	type ScopeOptions,
	shield,
	withCancelScope,
	withDeadline,
	withSignal,
	withTimeout,
} from "./scopes.ts";
export { type Choices, type Selected, select, trySelect } from "./select.ts";
export { Semaphore, type SemaphoreOptions, type SemaphoreStatistics } from "./semaphore.ts";
export { type ServiceGroupOptions, serviceGroup } from "./service-group.ts";
export type { InterruptName } from "./signals.ts";
export { checkpoint, now, sleep, sleepForever, sleepUntil } from "./sleep.ts";
export { type Supervisor, supervise } from "./supervise.ts";
export { type Abort, type Resume, type SuspendOptions, suspend, until } from "./suspend.ts";
export { currentTask, type Task, type TaskState, taskOf } from "./task.ts";
export { taskPathOf } from "./task-path.ts";
export { type Throttled, type ThrottleOptions, type ThrottleStatistics, throttle } from "./throttle.ts";
export { type NodeCallback, toCallback } from "./to-callback.ts";
export { type ToPromiseOptions, toPromise } from "./to-promise.ts";
export { takeInterrupts, waitForInterrupt } from "./wait-for-interrupt.ts";
