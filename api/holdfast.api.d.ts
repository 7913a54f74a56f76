// holdfast
//   Abort
//   Awaitable
//   BareCall
//   BareCallError
//   BareCalls
//   Barrier
//   BarrierStatistics
//   BodyResult
//   Borrowing
//   Broadcast
//   BroadcastStatistics
//   BrokenResourceError
//   BusyResourceError
//   CallbackStart
//   CancelReason
//   CancelScope
//   Cancelled
//   CannotBlockError
//   CapacityLimiter
//   CapacityLimiterStatistics
//   ChannelStatistics
//   Choices
//   ClosedResourceError
//   CompletedResults
//   Condition
//   ConditionStatistics
//   Context
//   ContextToken
//   ContextVar
//   ContextVarError
//   Coroutine
//   CoroutineFunction
//   CoroutineReusedError
//   DeadlockError
//   DeprecationWarning
//   Done
//   EndOfChannelError
//   Entry
//   EntryResult
//   ErrorClass
//   ErrorClauses
//   ErrorHandler
//   ErrorHandlers
//   Event
//   EventOf
//   EventSourceLike
//   EventStatistics
//   Faces
//   FalsyRejectionError
//   ForeignRunnerError
//   Given
//   GroupClosedError
//   Guard
//   Held
//   HoldfastError
//   Instrument
//   InstrumentedRun
//   InterruptName
//   InterruptedError
//   Interval
//   IntervalOptions
//   IntervalStatistics
//   LaggedError
//   Latch
//   LatchStatistics
//   ListenOptions
//   Lock
//   LockStatistics
//   MapOptions
//   MemoizeOptions
//   MemoizeStatistics
//   Memoized
//   Migrating
//   MigratingBack
//   MigratingFaces
//   MisuseError
//   NeverAwaitedError
//   NodeCallback
//   Outcome
//   Overflow
//   Portal
//   PriorityQueue
//   Queue
//   QueueShutdownOptions
//   QueueStatistics
//   ReadWriteLock
//   ReadWriteLockFace
//   ReadWriteLockStatistics
//   Receiver
//   Report
//   Resource
//   Resume
//   RetryPolicy
//   RunOptions
//   RunSyncOptions
//   ScopeCancelledError
//   ScopeMisuseError
//   ScopeOptions
//   Selected
//   Semaphore
//   SemaphoreOptions
//   SemaphoreStatistics
//   Sender
//   ServiceGroupOptions
//   SpawnOptions
//   Spawnable
//   StartOptions
//   Started
//   StartedError
//   SteppingLibrary
//   Stop
//   SubscribeOptions
//   Subscription
//   SubscriptionStatistics
//   Supervisor
//   SuspendOptions
//   Task
//   TaskCancelledError
//   TaskGroup
//   TaskGroupError
//   TaskGroupOptions
//   TaskState
//   ThrottleOptions
//   ThrottleStatistics
//   Throttled
//   TimeoutError
//   ToPromiseOptions
//   Truthy
//   addSuppressed
//   all
//   allSettled
//   any
//   asCompleted
//   broadcast
//   call
//   checkpoint
//   cleanup
//   copyContext
//   corocall
//   coroutine
//   createChannel
//   currentDeadline
//   currentLibrary
//   currentScope
//   currentSignal
//   currentTask
//   dumpTasks
//   forEach
//   fromCallback
//   fromEvent
//   interval
//   map
//   matchErrors
//   memoize
//   migrating
//   moveOnAfter
//   moveOnAt
//   now
//   onExit
//   openPortal
//   openTaskGroup
//   operation
//   race
//   reportError
//   resource
//   retry
//   run
//   runSync
//   select
//   serviceGroup
//   shield
//   sleep
//   sleepForever
//   sleepUntil
//   stepAs
//   supervise
//   suppressedErrors
//   suspend
//   sync
//   takeInterrupts
//   taskOf
//   taskPathOf
//   throttle
//   toCallback
//   toPromise
//   trySelect
//   until
//   waitForInterrupt
//   withCancelScope
//   withContextOf
//   withDeadline
//   withSignal
//   withTaskGroup
//   withTimeout

// holdfast/compiled
//   kernel

// holdfast/fetch
//   fetch

// holdfast/inspect
//   CurrentRun
//   LiveThing
//   census
//   claimRejection
//   currentLoop
//   currentRun
//   interruptedBy
//   onNodeRejection

// holdfast/loops
//   BlockingLoop
//   Cancel
//   EventLoop
//   GuestLoop
//   GuestLoopOptions
//   LoopWatch
//   VirtualLoop
//   hostLoop

// holdfast/streams
//   BatchOptions
//   BufferOptions
//   EventsOptions
//   ForeignIterator
//   FromObservableOptions
//   MergeOptions
//   ObservableClass
//   ObservableLike
//   Observed
//   ObservingLike
//   PushOptions
//   Sink
//   Source
//   Stage
//   Stream
//   StreamStatistics
//   Subscribable
//   Target
//   TeeOptions
//   TransformPair
//   Unsubscribable
//   batch
//   buffer
//   compose
//   debounce
//   events
//   fromAsyncIterable
//   fromObservable
//   fromReadableStream
//   fromWritableStream
//   merge
//   pipe
//   tee
//   toAsyncIterable
//   toObservable
//   toReadableStream
//   toWritableStream

// dist/all-settled.d.ts
export declare function allSettled<E extends readonly unknown[] | []>(entries: E): Coroutine<{
    -readonly [K in keyof E]: PromiseSettledResult<EntryResult<E[K]>>;
}>;
export declare function allSettled<E>(entries: Iterable<E>): Coroutine<PromiseSettledResult<EntryResult<E>>[]>;

// dist/all.d.ts
export declare function all<E extends readonly unknown[] | []>(entries: E): Coroutine<{
    -readonly [K in keyof E]: EntryResult<E[K]>;
}>;
export declare function all<E>(entries: Iterable<E>): Coroutine<EntryResult<E>[]>;

// dist/any.d.ts
export declare function any<E>(entries: Iterable<E>): Coroutine<EntryResult<E>>;

// dist/as-completed.d.ts
export interface CompletedResults<T> extends AsyncIterable<T, undefined> {
    next(): Coroutine<IteratorResult<T, undefined>>;
    return(): Coroutine<IteratorReturnResult<undefined>>;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}
export declare function asCompleted<E>(entries: Iterable<E>): CompletedResults<EntryResult<E>>;

// dist/barrier.d.ts
export interface BarrierStatistics {
    readonly parties: number;
    readonly waiting: number;
    readonly generation: number;
}
export declare class Barrier {
    #private;
    readonly parties: number;
    constructor(parties: number);
    wait(): Coroutine<number>;
    tryWait(): number | undefined;
    statistics(): BarrierStatistics;
}

// dist/broadcast.d.ts
export type Overflow = "wait" | "drop-oldest" | "drop-newest" | "error";
export interface SubscribeOptions {
    capacity?: number;
    overflow?: Overflow;
}
export interface BroadcastStatistics {
    readonly subscribers: number;
    readonly waitingSenders: number;
    readonly sent: number;
}
export interface SubscriptionStatistics {
    readonly capacity: number;
    readonly overflow: Overflow;
    readonly buffered: number;
    readonly waitingReceivers: number;
    readonly dropped: number;
}
export interface Broadcast<T> extends Disposable {
    send(value: T): Coroutine<void>;
    trySend(value: T): boolean;
    subscribe(options?: SubscribeOptions): Subscription<T>;
    close(): void;
    statistics(): BroadcastStatistics;
}
export interface Subscription<T> extends Disposable, AsyncIterable<T> {
    receive(): Coroutine<T>;
    tryReceive(): {
        value: T;
    } | undefined;
    close(): void;
    statistics(): SubscriptionStatistics;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}
export declare function broadcast<T>(capacity: number, options?: Omit<SubscribeOptions, "capacity">): Broadcast<T>;

// dist/call.d.ts
export declare function call<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>, ...args: Args): Coroutine<T>;

// dist/capacity-limiter.d.ts
export interface CapacityLimiterStatistics {
    readonly total: number;
    readonly borrowed: number;
    readonly waiting: number;
}
export interface Borrowing {
    acquire(): Coroutine<Guard>;
    tryAcquire(): boolean;
    release(): void;
    with<T>(body: () => Awaitable<T>): Coroutine<T>;
}
export declare class CapacityLimiter implements Borrowing {
    #private;
    constructor(total: number);
    get total(): number;
    set total(total: number);
    get borrowed(): number;
    get available(): number;
    acquire(): Coroutine<Guard>;
    tryAcquire(): boolean;
    release(): void;
    with<T>(body: () => Awaitable<T>): Coroutine<T>;
    onBehalfOf(borrower: object): Borrowing;
    statistics(): CapacityLimiterStatistics;
}

// dist/channel.d.ts
export interface ChannelStatistics {
    readonly capacity: number;
    readonly buffered: number;
    readonly senders: number;
    readonly receivers: number;
    readonly waitingSenders: number;
    readonly waitingReceivers: number;
}
export interface Sender<T> extends Disposable {
    send(value: T): Coroutine<void>;
    trySend(value: T): boolean;
    clone(): Sender<T>;
    close(): void;
    statistics(): ChannelStatistics;
}
export interface Receiver<T> extends Disposable, AsyncIterable<T> {
    receive(): Coroutine<T>;
    tryReceive(): {
        value: T;
    } | undefined;
    clone(): Receiver<T>;
    close(): void;
    statistics(): ChannelStatistics;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}
export declare function createChannel<T>(capacity: number): {
    sender: Sender<T>;
    receiver: Receiver<T>;
};

// dist/compiled.d.ts
export declare const kernel: Readonly<Record<string, unknown>>;

// dist/condition.d.ts
export interface ConditionStatistics {
    readonly waiting: number;
    readonly lock: LockStatistics;
}
export type Truthy<T> = Exclude<T, false | 0 | 0n | "" | null | undefined>;
export declare class Condition {
    #private;
    readonly lock: Lock;
    constructor(lock?: Lock);
    wait(): Coroutine<void>;
    waitFor<T>(predicate: () => T): Coroutine<Truthy<T>>;
    notify(count?: number): void;
    notifyAll(): void;
    statistics(): ConditionStatistics;
}

// dist/context-var.d.ts
export interface ContextToken<T> {
    readonly variable: ContextVar<T>;
}
export declare class ContextVar<T> {
    #private;
    readonly name: string;
    constructor(name: string, options?: {
        default?: T;
    });
    get(): T;
    set(value: T): ContextToken<T>;
    reset(token: ContextToken<T>): void;
    with<R>(value: T, body: () => Awaitable<R>): Coroutine<R>;
}
export declare function copyContext(): Context;

// dist/coroutine.d.ts
export type Awaitable<T> = T | PromiseLike<T> | Generator<unknown, T, never>;
export type Given<R> = R extends Generator<unknown, infer T, never> ? T : Awaited<R>;
export interface Coroutine<T> extends PromiseLike<T> {
    catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
    finally(onFinally?: (() => void) | null): Promise<T>;
    [Symbol.iterator](): Generator<never, T, unknown>;
}
export interface CoroutineFunction<Args extends readonly unknown[], T> {
    (...args: Args): Coroutine<T>;
    sync(...args: Args): T;
}
type AnyFunction = (...args: never[]) => unknown;
type GeneratorFunction = (...args: never[]) => Generator<unknown, unknown, never>;
type ArgsOf<Body> = Body extends (...args: infer Args) => unknown ? Args : never;
type GeneratorOf<Body> = Body extends (...args: never[]) => infer G ? G : never;
type ResultOf<Body> = Body extends (...args: never[]) => Generator<unknown, infer T, never> ? T : never;
type WithoutTypeParameters<Body> = Body extends GeneratorFunction ? ((...args: ArgsOf<Body>) => GeneratorOf<Body>) extends Body ? unknown : never : never;
export declare function coroutine<Body extends AnyFunction>(body: Body & WithoutTypeParameters<Body>): CoroutineFunction<ArgsOf<Body>, ResultOf<Body>>;
export declare function coroutine<Args extends readonly unknown[], T>(body: (...args: Args) => Generator<unknown, T, never>): (...args: Args) => Coroutine<T>;

// dist/current-library.d.ts
export interface SteppingLibrary {
    readonly name: string;
    readonly bareCalls?: BareCalls;
}
export declare function currentLibrary(): string | undefined;
export declare function stepAs<T>(library: SteppingLibrary, step: () => T): T;

// dist/dump.d.ts
export declare function dumpTasks(): string;

// dist/entries.d.ts
export type Entry<T> = (() => Awaitable<T>) | PromiseLike<T> | T;
export type EntryResult<E> = E extends () => infer R ? Given<R> : Given<E>;

// dist/error-kind.d.ts
export type ErrorClass<E> = abstract new (...args: never) => E;

// dist/errors.d.ts
export declare abstract class HoldfastError extends Error {
    abstract readonly code: string;
}
export declare class BareCallError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class BrokenResourceError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class BusyResourceError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class CannotBlockError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class ClosedResourceError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class ContextVarError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class CoroutineReusedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class DeprecationWarning extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly since: string;
    readonly place: string | undefined;
    constructor(message: string, since: string, place: string | undefined);
}
export declare class DeadlockError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class EndOfChannelError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class FalsyRejectionError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly reason: unknown;
    constructor(reason: unknown);
}
export declare class ForeignRunnerError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class GroupClosedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class InterruptedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
    readonly signal: string;
    constructor(signal: string);
}
export declare class LaggedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class MisuseError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class StartedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class NeverAwaitedError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class ScopeCancelledError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class ScopeMisuseError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class TaskCancelledError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class TimeoutError extends HoldfastError {
    readonly name: string;
    readonly code: string;
}
export declare class TaskGroupError extends AggregateError {
    readonly name: string;
    readonly code: string;
    leaves(): unknown[];
    split(kind: ErrorClass<unknown> | readonly ErrorClass<unknown>[] | ((error: unknown) => boolean)): [matching: TaskGroupError | undefined, rest: TaskGroupError | undefined];
}

// dist/event.d.ts
export interface EventStatistics {
    readonly waiting: number;
}
export declare class Event {
    #private;
    get isSet(): boolean;
    set(): void;
    wait(): Coroutine<void>;
    statistics(): EventStatistics;
}

// dist/fetch.d.ts
export declare function fetch(input: RequestInfo | URL, init?: RequestInit): Coroutine<Response>;

// dist/from-callback.d.ts
export type Done<T> = (error?: unknown, value?: T) => void;
export type Stop = () => unknown;
export type CallbackStart<T> = (done: Done<T>, signal: AbortSignal) => Stop | void;
export declare function fromCallback<T>(start: CallbackStart<T>): Coroutine<T>;

// dist/from-event.d.ts
export type EventSourceLike = Pick<EventTarget, "addEventListener" | "removeEventListener"> | {
    on(name: string, listener: (...args: unknown[]) => void): unknown;
    off(name: string, listener: (...args: unknown[]) => void): unknown;
};
export type EventOf<Target, Name extends string> = Target extends Record<`on${Name}`, ((this: never, event: infer E) => unknown) | null> ? E : Event;
export interface ListenOptions<T> {
    accept?: ((event: T) => unknown) | undefined;
    capture?: boolean | undefined;
    passive?: boolean | undefined;
}
export declare function fromEvent<Target extends EventTarget, Name extends string>(source: Target, name: Name, options?: ListenOptions<EventOf<Target, Name>>): Coroutine<EventOf<Target, Name>>;
export declare function fromEvent<T = unknown>(source: EventSourceLike, name: string | symbol, options?: ListenOptions<T>): Coroutine<T>;

// dist/group.d.ts
export type Spawnable<Args extends readonly unknown[], T> = (...args: Args) => Awaitable<T>;
export interface TaskGroup extends CancelScope {
    spawn<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>, ...args: Args): Task<T>;
    spawnWith<Args extends readonly unknown[], T>(options: SpawnOptions, fn: Spawnable<Args, T>, ...args: Args): Task<T>;
    start<V, Args extends readonly unknown[], T>(fn: (started: Started<V>, ...args: Args) => Awaitable<T>, ...args: Args): Coroutine<V>;
    readonly tasks: readonly Task[];
    results<T = unknown>(): AsyncIterableIterator<T>;
    join(): Coroutine<void>;
}
export type Started<V> = (value: V) => void;
export interface SpawnOptions {
    name?: string;
    context?: Context;
}
export interface TaskGroupOptions {
    name?: string;
    errors?: "first" | "group";
    grace?: number;
    deadline?: number;
    timeout?: number;
}
export declare function withTaskGroup<T>(body: (group: TaskGroup) => Awaitable<T>, options?: TaskGroupOptions): Coroutine<T>;
export declare function openTaskGroup(options?: TaskGroupOptions): TaskGroup & AsyncDisposable;

// dist/guard.d.ts
export interface Guard extends Disposable {
    release(): void;
}

// dist/inspect.d.ts
export declare function currentLoop(): EventLoop;
export interface CurrentRun {
    readonly key: object;
    onExit(callback: () => Awaitable<unknown>): void;
}
export declare function currentRun(): CurrentRun | undefined;
export interface LiveThing {
    readonly kind: "task" | "scope" | "coroutine";
    readonly name: string;
    readonly path: string;
    readonly status: string;
    readonly within: object | undefined;
}
export declare function census(): Map<object, LiveThing>;

// dist/instruments.d.ts
export interface InstrumentedRun {
    readonly name: string;
    now(): number;
}
export interface Instrument {
    runStarted?(run: InstrumentedRun): void;
    runEnded?(run: InstrumentedRun): void;
    taskStarted?(task: Task, parent: Task | undefined): void;
    taskReady?(task: Task): void;
    beforeStep?(task: Task): void;
    afterStep?(task: Task): void;
    taskEnded?(task: Task, error: unknown): void;
    scopeEntered?(scope: CancelScope, task: Task): void;
    scopeLeft?(scope: CancelScope, task: Task, error: unknown): void;
}
export declare function withContextOf<T>(task: Task, fn: () => T): T;

// dist/interval.d.ts
export interface IntervalOptions {
    missed?: "skip" | "burst" | "delay";
    immediate?: boolean;
}
export interface IntervalStatistics {
    readonly ticks: number;
    readonly missed: number;
}
export interface Interval extends AsyncIterable<number, undefined> {
    next(): Coroutine<IteratorResult<number, undefined>>;
    return(): IteratorReturnResult<undefined>;
    [Symbol.asyncIterator](): AsyncIterator<number, undefined>;
    statistics(): IntervalStatistics;
}
export declare function interval(milliseconds: number, options?: IntervalOptions): Interval;

// dist/invoke.d.ts
export declare const corocall: unique symbol;

// dist/kernel/cancelled.d.ts
export interface CancelReason {
    readonly kind: "deadline" | "explicit" | "sibling" | "signal" | "shutdown";
    readonly text?: string;
    readonly task?: {
        readonly id: number;
        readonly name: string;
    };
    readonly error?: unknown;
    readonly scope: {
        readonly name: string;
    };
}
export declare class Cancelled extends Error {
    readonly name: string;
    readonly code: string;
    readonly reason: CancelReason;
    constructor(key: symbol, reason: CancelReason);
    static [Symbol.hasInstance](value: unknown): boolean;
}

// dist/kernel/context.d.ts
export type Context = ReadonlyMap<object, unknown>;

// dist/kernel/runner.d.ts
export type ReportKind = "unobserved" | "suppressed" | "late-rejection" | "never-awaited" | "generator" | "hook" | "instrument" | "deprecation" | "hint";

// dist/kernel/suppressed.d.ts
export declare function addSuppressed(primary: unknown, error: unknown): boolean;
export declare function suppressedErrors(error: unknown): readonly unknown[];

// dist/latch.d.ts
export interface LatchStatistics {
    readonly count: number;
    readonly waiting: number;
}
export declare class Latch {
    #private;
    constructor(count: number);
    get count(): number;
    countDown(by?: number): void;
    wait(): Coroutine<void>;
    tryWait(): boolean;
    statistics(): LatchStatistics;
}

// dist/lock.d.ts
export interface LockStatistics {
    readonly locked: boolean;
    readonly owner: Task | undefined;
    readonly waiting: number;
}
export declare class Lock {
    private readonly line;
    get locked(): boolean;
    get owner(): Task | undefined;
    acquire(): Coroutine<Guard>;
    tryAcquire(): boolean;
    release(): void;
    with<T>(body: () => Awaitable<T>): Coroutine<T>;
    statistics(): LockStatistics;
}

// dist/loops/blocking.d.ts
export declare class BlockingLoop extends GuestLoop {
    #private;
    readonly blocks = true;
    constructor();
    get canSleep(): boolean;
    get bell(): Int32Array<SharedArrayBuffer> | null;
    listen(hear: () => void): Cancel;
    block(done: () => boolean): void;
    turn(): boolean;
    watch(run: LoopWatch): Cancel;
}

// dist/loops/guest.d.ts
export interface GuestLoopOptions {
    now?: () => number;
    schedule?: (delay: number) => Cancel | void;
}
export declare class GuestLoop implements EventLoop {
    #private;
    readonly slice: number;
    constructor(options?: GuestLoopOptions);
    now(): number;
    get nextDeadline(): number;
    callSoon(fn: () => void): void;
    yieldToHost(fn: () => void): void;
    callAt(when: number, fn: () => void): Cancel;
    pump(budget?: number): void;
    watch(run: LoopWatch): Cancel;
}

// dist/loops/host.d.ts
export declare function hostLoop(): EventLoop;

// dist/loops/loop.d.ts
export type Cancel = () => void;
export interface LoopWatch {
    waitsOutside(): boolean;
    waitsForPromise(): boolean;
    deadlock(describe?: (waits: string) => Error): void;
}
export interface EventLoop {
    now(): number;
    callSoon(fn: () => void): void;
    callAt(when: number, fn: () => void): Cancel;
    yieldToHost?(fn: () => void): void;
    readonly slice?: number;
    pick?(count: number): number;
    readonly blocks?: boolean;
    watch?(run: LoopWatch): Cancel;
}

// dist/loops/virtual.d.ts
export declare class VirtualLoop implements EventLoop {
    #private;
    now(): number;
    callSoon(fn: () => void): void;
    callAt(when: number, fn: () => void): Cancel;
    whenQuiet(cushion: number, fn: () => void): Cancel;
    readonly slice = 0;
    yieldToHost(fn: () => void): void;
    watch(run: LoopWatch): Cancel;
}

// dist/map.d.ts
export interface MapOptions {
    concurrency?: number;
}
export declare function map<In, Out>(items: Iterable<In> | AsyncIterable<In>, fn: (item: In, index: number) => Awaitable<Out>, options?: MapOptions): Coroutine<Out[]>;
export declare function forEach<In>(items: Iterable<In> | AsyncIterable<In>, fn: (item: In, index: number) => Awaitable<unknown>, options?: MapOptions): Coroutine<void>;

// dist/match-errors.d.ts
export type ErrorHandler<E = Error> = (errors: readonly E[]) => Awaitable<unknown>;
export type ErrorHandlers = Readonly<Record<string, ErrorHandler>>;
export type ErrorClauses<Errors extends readonly unknown[]> = {
    readonly [Index in keyof Errors]: readonly [kind: ErrorClass<Errors[Index]>, handler: ErrorHandler<Errors[Index]>];
};
export declare function matchErrors(error: unknown, handlers: ErrorHandlers): Coroutine<void>;
export declare function matchErrors<const Errors extends readonly unknown[]>(error: unknown, clauses: ErrorClauses<Errors>): Coroutine<void>;

// dist/memoize.d.ts
export interface MemoizeOptions<Args extends readonly unknown[]> {
    key?: (...args: Args) => unknown;
    ttl?: number;
    max?: number;
    errors?: boolean;
}
export interface MemoizeStatistics {
    readonly kept: number;
    readonly running: number;
    readonly hits: number;
    readonly misses: number;
}
export interface Memoized<Args extends readonly unknown[], T> {
    (...args: Args): Coroutine<T>;
    forget(...args: Args): boolean;
    clear(): void;
    statistics(): MemoizeStatistics;
}
export declare function memoize<Args extends readonly unknown[], T>(fn: (...args: Args) => Awaitable<T>, options?: MemoizeOptions<Args>): Memoized<Args, T>;

// dist/migrating.d.ts
export interface MigratingFaces<Args extends readonly unknown[], T> {
    sync: (...args: Args) => T;
    async: (...args: Args) => Awaitable<T>;
    to?: "async" | "sync";
    since: string;
    name?: string;
}
export interface Migrating<Args extends readonly unknown[], T> {
    (...args: Args): T;
    async(...args: Args): Coroutine<T>;
    sync(...args: Args): T;
}
export interface MigratingBack<Args extends readonly unknown[], T> {
    (...args: Args): Promise<T>;
    async(...args: Args): Coroutine<T>;
    sync(...args: Args): T;
}
export declare function migrating<Args extends readonly unknown[], T>(faces: MigratingFaces<Args, T> & {
    to?: "async";
}): Migrating<Args, T>;
export declare function migrating<Args extends readonly unknown[], T>(faces: MigratingFaces<Args, T> & {
    to: "sync";
}): MigratingBack<Args, T>;

// dist/observe.d.ts
export declare function claimRejection(reason: unknown, promise: object): boolean;

// dist/operation.d.ts
export interface Faces<Args extends readonly unknown[], T> {
    async: (...args: Args) => Awaitable<T>;
    sync?: (...args: Args) => T | Coroutine<T>;
}
export declare function operation<Args extends readonly unknown[], T>(faces: Faces<Args, T>): CoroutineFunction<Args, T>;

// dist/portal.d.ts
export interface Outcome<T> {
    done(value: T): void;
    failed(error: unknown): void;
    cancelled?(error: TaskCancelledError): void;
}
export interface Portal {
    start<E>(call: E, outcome: Outcome<EntryResult<E>>, options?: StartOptions): Task<EntryResult<E>> | undefined;
}
export interface StartOptions {
    readonly args?: readonly unknown[];
    readonly name?: string;
}
export declare function openPortal(): Portal;

// dist/priority-queue.d.ts
export declare class PriorityQueue<T> extends Queue<T> {
    constructor(compare: (a: T, b: T) => number, capacity?: number);
}

// dist/queue.d.ts
export interface QueueShutdownOptions {
    immediate?: boolean;
}
export interface QueueStatistics {
    readonly capacity: number;
    readonly size: number;
    readonly unfinished: number;
    readonly waitingToPut: number;
    readonly waitingToGet: number;
    readonly waitingToJoin: number;
    readonly shutDown: boolean;
}
export declare class Queue<T> implements AsyncIterable<T> {
    #private;
    readonly capacity: number;
    private items;
    constructor(capacity?: number);
    get size(): number;
    put(value: T): Coroutine<void>;
    tryPut(value: T): boolean;
    get(): Coroutine<T>;
    tryGet(): {
        value: T;
    } | undefined;
    taskDone(): void;
    join(): Coroutine<void>;
    shutdown(options?: QueueShutdownOptions): void;
    statistics(): QueueStatistics;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

// dist/race.d.ts
export declare function race<E>(entries: Iterable<E>): Coroutine<EntryResult<E>>;

// dist/read-write-lock.d.ts
export interface ReadWriteLockStatistics {
    readonly readers: number;
    readonly writing: boolean;
    readonly writer: Task | undefined;
    readonly waitingReaders: number;
    readonly waitingWriters: number;
}
export interface ReadWriteLockFace {
    acquire(): Coroutine<Guard>;
    tryAcquire(): boolean;
    release(): void;
    with<T>(body: () => Awaitable<T>): Coroutine<T>;
}
export declare class ReadWriteLock {
    #private;
    readonly read: ReadWriteLockFace;
    readonly write: ReadWriteLockFace;
    constructor();
    statistics(): ReadWriteLockStatistics;
}

// dist/rejections.d.ts
export declare function onNodeRejection(reason: unknown, promise: Promise<unknown>): void;

// dist/report-error.d.ts
export declare function reportError(error: unknown, task?: Task): void;

// dist/resource.d.ts
export interface Held<T> extends AsyncDisposable {
    readonly value: T;
    release(): Coroutine<void>;
}
export interface Resource<T> extends Coroutine<T> {
    with<R>(body: (value: T) => Awaitable<R>): Coroutine<R>;
    hold(): Coroutine<Held<T>>;
}
export declare function resource<T>(acquire: () => Awaitable<T>, release: (value: T) => Awaitable<unknown>): Resource<T>;

// dist/retry.d.ts
export interface RetryPolicy {
    attempts?: number;
    delay?: number;
    factor?: number;
    maxDelay?: number;
    jitter?: number;
    timeout?: number;
    retryIf?: (error: unknown, attempt: number) => boolean;
}
export declare function retry<T>(fn: (attempt: number) => Awaitable<T>, policy?: RetryPolicy): Coroutine<T>;

// dist/run-sync.d.ts
export type RunSyncOptions = Omit<RunOptions, "loop" | "signals">;
export declare const runSync: <T>(main: (...args: never[]) => Awaitable<T>, options?: RunSyncOptions) => T;
export declare function sync<Args extends readonly unknown[], R>(f: (...args: Args) => R): (...args: Args) => Given<R>;

// dist/run.d.ts
export interface RunOptions {
    args?: readonly unknown[];
    name?: string;
    signal?: AbortSignal;
    signals?: boolean;
    grace?: number;
    bareCalls?: BareCalls;
    loop?: EventLoop;
    instruments?: readonly Instrument[];
    onReport?: (report: Report) => void;
}
export declare function run<T>(main: (...args: never[]) => Awaitable<T>, options?: RunOptions): Promise<T>;

// dist/runner.d.ts
export interface BareCall {
    readonly name: string;
    readonly coroutine: PromiseLike<unknown>;
    readonly owner: string;
    again(): PromiseLike<unknown>;
}
export interface Report {
    readonly error: unknown;
    readonly kind: ReportKind;
    readonly task: Task | undefined;
    readonly primary?: unknown;
    readonly path: string;
}
export type BareCalls = "task" | "forbid" | ((call: BareCall) => unknown);

// dist/scopes.d.ts
export interface CancelScope {
    readonly name: string;
    cancel(reason?: string, options?: {
        grace?: number;
    }): void;
    deadline: number;
    grace: number;
    shield: boolean;
    readonly cancelCalled: boolean;
    readonly cancelledCaught: boolean;
    readonly signal: AbortSignal;
}
export interface ScopeOptions {
    deadline?: number;
    timeout?: number;
    grace?: number;
    name?: string;
    shield?: boolean;
}
type Body<T> = (scope: CancelScope) => Awaitable<T>;
export type BodyResult<B> = B extends (...args: infer Args) => infer Result ? Args["length"] extends 0 ? Given<Result> : Given<Result> | undefined : never;
export declare function withCancelScope<B extends Body<unknown>>(body: B): Coroutine<BodyResult<B>>;
export declare function withCancelScope<T>(options: ScopeOptions, body: Body<T>): Coroutine<T | undefined>;
export declare const withTimeout: <B extends Body<unknown>>(milliseconds: number, body: B) => Coroutine<BodyResult<B>>;
export declare function withDeadline<B extends Body<unknown>>(at: number, body: B): Coroutine<BodyResult<B>>;
export declare function moveOnAfter<T>(milliseconds: number, body: Body<T>): Coroutine<T | undefined>;
export declare function moveOnAt<T>(at: number, body: Body<T>): Coroutine<T | undefined>;
export declare function shield<T>(body: () => Awaitable<T>): Coroutine<T>;
export declare function cleanup<T>(body: () => Awaitable<T>): Coroutine<T>;
export declare function onExit(callback: () => Awaitable<unknown>): () => void;
export declare function withSignal<T>(signal: AbortSignal, body: () => Awaitable<T>): Coroutine<T>;
export declare function currentScope(): CancelScope;
export declare function currentDeadline(): number;
export declare function currentSignal(): AbortSignal;

// dist/select.d.ts
export type Choices = Readonly<Record<string, PromiseLike<unknown>>> | readonly PromiseLike<unknown>[];
export type Selected<Operations> = Operations extends readonly unknown[] ? SelectedAt<Operations>[number] : {
    [Key in keyof Operations]: Selection<Key, Operations[Key]>;
}[keyof Operations];
type SelectedAt<Operations extends readonly unknown[]> = {
    [Key in keyof Operations]: Selection<Key extends `${infer Index extends number}` ? Index : number, Operations[Key]>;
};
interface Selection<Key, Operation> {
    readonly key: Key;
    readonly value: Given<Operation>;
}
export declare function select<const Operations extends Choices>(operations: Operations): Coroutine<Selected<Operations>>;
export declare function trySelect<const Operations extends Choices>(operations: Operations): Selected<Operations> | undefined;

// dist/semaphore.d.ts
export interface SemaphoreOptions {
    max?: number;
}
export interface SemaphoreStatistics {
    readonly value: number;
    readonly max: number;
    readonly waiting: number;
}
export declare class Semaphore {
    #private;
    constructor(value: number, options?: SemaphoreOptions);
    get value(): number;
    acquire(): Coroutine<Guard>;
    tryAcquire(): boolean;
    release(): void;
    with<T>(body: () => Awaitable<T>): Coroutine<T>;
    statistics(): SemaphoreStatistics;
}

// dist/service-group.d.ts
export interface ServiceGroupOptions {
    name?: string;
    grace?: number;
}
export declare function serviceGroup<T>(body: (services: TaskGroup) => Awaitable<T>, options?: ServiceGroupOptions): Coroutine<T>;

// dist/signals.d.ts
export type InterruptName = "SIGINT" | "SIGTERM" | "SIGHUP";
export declare function interruptedBy(): InterruptName | undefined;

// dist/sleep.d.ts
export declare const sleep: (milliseconds: number) => Coroutine<void>;
export declare function sleepUntil(at: number): Coroutine<void>;
export declare function sleepForever(): Coroutine<never>;
export declare const checkpoint: () => Coroutine<void>;
export declare function now(): number;

// dist/streams/compose.d.ts
export interface TransformPair<In, Out> {
    readonly readable: ReadableStream<Out>;
    readonly writable: WritableStream<In>;
}
export type Stage<In, Out> = ((input: Stream<In>) => Source<Out>) | TransformPair<In, Out>;
export declare function compose<A>(source: Source<A>): Stream<A>;
export declare function compose<A, B>(source: Source<A>, first: Stage<A, B>): Stream<B>;
export declare function compose<A, B, C>(source: Source<A>, first: Stage<A, B>, second: Stage<B, C>): Stream<C>;
export declare function compose<A, B, C, D>(source: Source<A>, first: Stage<A, B>, second: Stage<B, C>, third: Stage<C, D>): Stream<D>;
export declare function compose<A, B, C, D, E>(source: Source<A>, first: Stage<A, B>, second: Stage<B, C>, third: Stage<C, D>, fourth: Stage<D, E>): Stream<E>;
export declare function compose<A, B, C, D, E, F>(source: Source<A>, first: Stage<A, B>, second: Stage<B, C>, third: Stage<C, D>, fourth: Stage<D, E>, fifth: Stage<E, F>): Stream<F>;

// dist/streams/events.d.ts
export interface EventsOptions<T = unknown> extends PushOptions, ListenOptions<T> {
    end?: readonly (string | symbol)[];
    allArguments?: boolean;
}
export declare function events<Target extends EventTarget, Name extends string>(source: Target, name: Name, options?: EventsOptions<EventOf<Target, Name>> & {
    allArguments?: false;
}): Stream<EventOf<Target, Name>>;
export declare function events<T = unknown>(source: EventSourceLike, name: string | symbol, options?: EventsOptions<T>): Stream<T>;

// dist/streams/from-observable.d.ts
export interface ObservableLike<T> {
    subscribe(observer: ObservingLike<T>, options?: never): unknown;
}
export interface ObservingLike<T> {
    next(value: T): void;
    error(error: unknown): void;
    complete(): void;
}
export type FromObservableOptions = PushOptions;
export declare function fromObservable<T>(observable: ObservableLike<T>, options?: FromObservableOptions): Stream<T>;

// dist/streams/iterated.d.ts
export declare function fromAsyncIterable<T>(iterable: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): Stream<T>;

// dist/streams/merge.d.ts
export interface MergeOptions {
    capacity?: number;
}
export declare function merge<T>(sources: Iterable<Source<T>>, options?: MergeOptions): Stream<T>;

// dist/streams/pushed-stream.d.ts
export interface PushOptions {
    capacity?: number;
    overflow?: Exclude<Overflow, "wait">;
}

// dist/streams/sink.d.ts
export interface Sink<T> extends AsyncDisposable {
    send(value: T): Coroutine<void>;
    close(): Coroutine<void>;
    abort(reason?: unknown): Coroutine<void>;
}
export interface Target<T> {
    send(value: T): PromiseLike<unknown>;
    close(): unknown;
    abort?(reason?: unknown): PromiseLike<unknown>;
}
export declare function fromWritableStream<T>(stream: WritableStream<T>): Sink<T>;
export declare function pipe<T>(source: Source<T>, target: Target<T>): Coroutine<void>;
export declare function toWritableStream<T>(target: Target<T>, strategy?: QueuingStrategy<T>): WritableStream<T>;

// dist/streams/stream.d.ts
export interface StreamStatistics {
    readonly given: number;
    readonly buffered: number;
    readonly dropped: number;
    readonly state: "open" | "ended" | "closed";
}
export interface Stream<T> extends AsyncIterable<T, undefined>, AsyncDisposable {
    next(): Coroutine<IteratorResult<T, undefined>>;
    return(): Coroutine<IteratorReturnResult<undefined>>;
    close(): Coroutine<void>;
    statistics(): StreamStatistics;
    [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

// dist/streams/tee.d.ts
export interface TeeOptions {
    capacity?: number;
    overflow?: Overflow;
}
export interface BufferOptions {
    overflow?: Overflow;
}
export declare function tee<T>(source: Source<T>, options?: TeeOptions): [Stream<T>, Stream<T>];
export declare function tee<T>(source: Source<T>, count: number, options?: TeeOptions): Stream<T>[];
export declare function buffer<T>(source: Source<T>, capacity: number, options?: BufferOptions): Stream<T>;

// dist/streams/timed.d.ts
export interface BatchOptions {
    size: number;
    within?: number;
}
export declare function batch<T>(source: Source<T>, options: BatchOptions): Stream<T[]>;
export declare function debounce<T>(source: Source<T>, milliseconds: number): Stream<T>;

// dist/streams/to-async-iterable.d.ts
export interface ForeignIterator<T> extends AsyncIterableIterator<T, undefined> {
    next(): Promise<IteratorResult<T, undefined>>;
    return(): Promise<IteratorResult<T, undefined>>;
    throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
    [Symbol.asyncIterator](): ForeignIterator<T>;
}
export declare function toAsyncIterable<T>(source: Source<T>): ForeignIterator<T>;

// dist/streams/to-observable.d.ts
export interface Subscribable<T> {
    subscribe(observer?: Partial<ObservingLike<T>> | ((value: T) => void) | null, error?: ((error: unknown) => void) | null, complete?: (() => void) | null): Unsubscribable;
    "@@observable"(): Subscribable<T>;
}
export interface Unsubscribable {
    readonly closed: boolean;
    unsubscribe(): void;
}
export type ObservableClass<O> = new (subscribe: (subscriber: unknown) => never) => O;
export type Observed<T> = Source<T> | (() => Awaitable<Source<T> | T>);
export declare function toObservable<T>(source: Observed<T>): Subscribable<T>;
export declare function toObservable<T, O>(source: Observed<T>, Observable: ObservableClass<O>): O;

// dist/streams/to-readable-stream.d.ts
export declare function toReadableStream<T>(source: Source<T>, strategy?: QueuingStrategy<T>): ReadableStream<T>;

// dist/streams/web.d.ts
export type Source<T> = AsyncIterable<T> | Iterable<T | PromiseLike<T>> | ReadableStream<T>;
export declare function fromReadableStream<T>(stream: ReadableStream<T>): Stream<T>;

// dist/supervise.d.ts
export interface Supervisor<S> {
    readonly call: (...args: never[]) => unknown;
    args?(subject: S): readonly unknown[];
    done?(value: unknown, subject: S): unknown;
    failed(error: unknown, subject: S): unknown;
    cancelled?(subject: S): void;
}
export declare function supervise<S>(supervisor: Supervisor<S>, subject: S): Coroutine<void>;

// dist/suspend.d.ts
export interface Resume<T> {
    (value: T): void;
    throw(error: unknown): void;
}
export type Abort = (reason: CancelReason) => boolean | void;
export interface SuspendOptions {
    readonly label?: string;
    readonly outside?: boolean;
}
export declare function suspend<T>(start: (resume: Resume<T>) => Abort | void, options?: SuspendOptions): Coroutine<T>;
export declare function until<T>(foreign: PromiseLike<T> | T): Coroutine<Awaited<T>>;

// dist/task-path.d.ts
export declare function taskPathOf(error: unknown): string | undefined;

// dist/task.d.ts
export type TaskState = "pending" | "running" | "cancelling" | "done" | "failed" | "cancelled";
export interface Task<T = unknown> extends PromiseLike<T> {
    readonly id: number;
    readonly name: string;
    readonly state: TaskState;
    readonly ended: boolean;
    cancel(reason?: string): void;
    readonly promise: Promise<T>;
    then<A = T, B = never>(onFulfilled?: ((value: T) => A | PromiseLike<A>) | null, onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<A | B>;
    catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B>;
    finally(onFinally?: (() => void) | null): Promise<T>;
    [Symbol.iterator](): Generator<never, T, unknown>;
}
export declare function currentTask(): Task;
export declare function taskOf<T>(promise: PromiseLike<T>): Task<T> | undefined;

// dist/throttle.d.ts
export interface ThrottleOptions {
    limit?: number;
    interval?: number;
    concurrency?: number;
}
export interface ThrottleStatistics {
    readonly waiting: number;
    readonly running: number;
    readonly started: number;
}
export interface Throttled<Args extends readonly unknown[], T> {
    (...args: Args): Coroutine<T>;
    statistics(): ThrottleStatistics;
}
export declare function throttle<Args extends readonly unknown[], T>(fn: (...args: Args) => Awaitable<T>, options: ThrottleOptions): Throttled<Args, T>;

// dist/to-callback.d.ts
export type NodeCallback<T> = (error: unknown, value?: T) => void;
export declare function toCallback<Args extends readonly unknown[], T>(fn: Spawnable<Args, T>): (...args: [...args: Args, callback: NodeCallback<T>]) => () => void;

// dist/to-promise.d.ts
export interface ToPromiseOptions {
    signal?: AbortSignal;
}
export declare function toPromise<E>(op: E, options?: ToPromiseOptions): Promise<EntryResult<E>>;

// dist/wait-for-interrupt.d.ts
export declare function waitForInterrupt(): Coroutine<InterruptName>;
export declare function takeInterrupts(names: readonly InterruptName[], listener: (name: InterruptName) => boolean): () => void;
