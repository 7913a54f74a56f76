// holdfast
// Signatures of every public name, written before the code behind them. Milliseconds everywhere.

export interface Coroutine<T> extends PromiseLike<T> {
	[Symbol.iterator](): Generator<never, T, never>;
	catch<U = never>(onRejected?: ((reason: unknown) => U | PromiseLike<U>) | null): Promise<T | U>;
	finally(onFinally?: (() => void) | null): Promise<T>;
}
/** What is accepted as `main`, `body`, `fn`. */
export type CoroutineFunction<Args extends readonly unknown[], T> = (...args: Args) => PromiseLike<T> | Generator<unknown, T, never> | T;

export function coroutine<Args extends readonly unknown[], T>(body: (...args: Args) => Generator<unknown, T, never>): (...args: Args) => Coroutine<T>;
export const corocall: unique symbol;
export function suspend<T>(start: (resume: Resume<T>) => Abort | void): Coroutine<T>;
export interface Resume<T> { (value: T): void; throw(error: unknown): void }
export type Abort = (reason: CancelReason) => boolean | void;
export function until<T>(foreign: PromiseLike<T> | T): Coroutine<T>;
export function operation<Args extends readonly unknown[], T>(faces: { async: CoroutineFunction<Args, T>; sync?: (...args: Args) => T }): (...args: Args) => Coroutine<T>;

export interface RunOptions<Args extends readonly unknown[] = readonly unknown[]> {
	args?: Args;
	name?: string;
	signal?: AbortSignal;
	signals?: boolean;
	grace?: number;
	bareCalls?: "task" | "forbid" | ((call: BareCall) => unknown);
	loop?: EventLoop;
	onReport?: (report: Report) => void;
}
export interface BareCall { readonly name: string; readonly coroutine: Coroutine<unknown>; readonly owner: Owner }
export interface Report { readonly error: unknown; readonly kind: ReportKind; readonly task: Task<unknown> | undefined; readonly path: string }
export type ReportKind = "unobserved" | "suppressed" | "late-rejection" | "never-awaited" | "generator" | "hint" | "hook";
export function run<T>(main: () => Awaitable<T>, options?: RunOptions): Promise<T>;

export class Task<T> implements PromiseLike<T> {
	readonly id: number; readonly name: string; readonly state: TaskState;
	cancel(reason?: string): void;
	then: Promise<T>["then"]; catch: Promise<T>["catch"]; finally: Promise<T>["finally"];
	[Symbol.iterator](): Generator<never, T, never>;
}
export type TaskState = "pending" | "running" | "cancelling" | "done" | "failed" | "cancelled";
export function taskOf<T>(promise: PromiseLike<T>): Task<T> | undefined;
export function currentTask(): Task<unknown>;

export interface ScopeOptions { deadline?: number; timeout?: number; grace?: number; name?: string; shield?: boolean }
export interface CancelScope {
	cancel(reason?: string, options?: { grace?: number }): void;
	deadline: number; grace: number; shield: boolean; readonly name: string;
	readonly cancelCalled: boolean; readonly cancelledCaught: boolean; readonly signal: AbortSignal;
}
export function withCancelScope<T>(body: (scope: CancelScope) => Awaitable<T>): Coroutine<T | undefined>;
export function withCancelScope<T>(options: ScopeOptions, body: (scope: CancelScope) => Awaitable<T>): Coroutine<T | undefined>;
export function withTimeout<T>(milliseconds: number, body: (scope: CancelScope) => Awaitable<T>): Coroutine<T>;
export function withDeadline<T>(at: number, body: (scope: CancelScope) => Awaitable<T>): Coroutine<T>;
export function moveOnAfter<T>(milliseconds: number, body: (scope: CancelScope) => Awaitable<T>): Coroutine<T | undefined>;
export function moveOnAt<T>(at: number, body: (scope: CancelScope) => Awaitable<T>): Coroutine<T | undefined>;
export function shield<T>(body: () => Awaitable<T>): Coroutine<T>;
export function cleanup<T>(body: () => Awaitable<T>): Coroutine<T>;
export function onExit(callback: () => Awaitable<void>): void;
export function withSignal<T>(signal: AbortSignal, body: () => Awaitable<T>): Coroutine<T>;
export function currentScope(): CancelScope;
export function currentDeadline(): number;
export function currentSignal(): AbortSignal;

export interface TaskGroup extends CancelScope {
	spawn<Args extends readonly unknown[], T>(fn: CoroutineFunction<Args, T>, ...args: Args): Task<T>;
	spawnWith<Args extends readonly unknown[], T>(options: { name?: string; context?: Context }, fn: CoroutineFunction<Args, T>, ...args: Args): Task<T>;
	start<Args extends readonly unknown[], V, T>(fn: (started: (value: V) => void, ...args: Args) => Awaitable<T>, ...args: Args): Coroutine<V>;
	readonly tasks: readonly Task<unknown>[];
	results(): AsyncIterableIterator<unknown>;
	join(): Coroutine<void>;
}
export function withTaskGroup<T>(body: (group: TaskGroup) => Awaitable<T>): Coroutine<T>;
export function withTaskGroup<T>(body: (group: TaskGroup) => Awaitable<T>, options: TaskGroupOptions): Coroutine<T>;
export interface TaskGroupOptions { name?: string; errors?: "first" | "group"; grace?: number; deadline?: number; timeout?: number }
export function openTaskGroup(options?: TaskGroupOptions): TaskGroup & AsyncDisposable;
export function suppressedErrors(error: unknown): readonly unknown[];

export class ContextVar<T> {
	constructor(name: string, options?: { default?: T });
	get(): T; set(value: T): ContextToken<T>; reset(token: ContextToken<T>): void;
	with<R>(value: T, body: () => Awaitable<R>): Coroutine<R>;
}
export function copyContext(): Context;

export function sleep(milliseconds: number): Coroutine<void>;
export function sleepUntil(at: number): Coroutine<void>;
export function sleepForever(): Coroutine<never>;
export function checkpoint(): Coroutine<void>;
export function now(): number;

export class Event { readonly isSet: boolean; set(): void; wait(): Coroutine<void>; statistics(): { waiting: number } }
export interface Guard extends Disposable { release(): void }
export class Lock { readonly locked: boolean; readonly owner: Task<unknown> | undefined; acquire(): Coroutine<Guard>; tryAcquire(): boolean; release(): void; with<T>(body: () => Awaitable<T>): Coroutine<T>; statistics(): {…} }
export class Semaphore { constructor(value: number, options?: { max?: number }); readonly value: number; acquire(): Coroutine<Guard>; tryAcquire(): boolean; release(): void; with<T>(body): Coroutine<T>; statistics(): {…} }
export class CapacityLimiter { constructor(total: number); total: number; readonly borrowed: number; readonly available: number; acquire(); tryAcquire(); release(); with(body); onBehalfOf(borrower: object): { acquire; tryAcquire; release; with }; statistics(): {…} }

export function createChannel<T>(capacity: number): { sender: Sender<T>; receiver: Receiver<T> };   // 0 = rendezvous, Infinity allowed
export interface Sender<T> extends Disposable { send(value: T): Coroutine<void>; trySend(value: T): boolean; clone(): Sender<T>; close(): void; statistics(): ChannelStatistics }
export interface Receiver<T> extends Disposable, AsyncIterable<T> { receive(): Coroutine<T>; tryReceive(): { value: T } | undefined; clone(): Receiver<T>; close(): void; statistics(): ChannelStatistics }

// one iterable of functions, coroutines, tasks, promises or values
export function all(entries): Coroutine<[...]>;
export function any(entries): Coroutine<T>;
export function race(entries): Coroutine<T>;
export function allSettled(entries): Coroutine<PromiseSettledResult<T>[]>;
export function map<In, Out>(items: Iterable<In> | AsyncIterable<In>, fn: (item: In, index: number) => Awaitable<Out>, options?: { concurrency?: number }): Coroutine<Out[]>;
export function forEach<In>(items, fn, options?): Coroutine<void>;
export function retry<T>(fn: (attempt: number) => Awaitable<T>, policy?: RetryPolicy): Coroutine<T>;
export interface RetryPolicy { attempts?: number; delay?: number; factor?: number; maxDelay?: number; jitter?: number; timeout?: number; retryIf?: (error: unknown, attempt: number) => boolean }
export function dumpTasks(): string;

// "holdfast/fetch"
export function fetch(input: RequestInfo | URL, init?: RequestInit): Coroutine<Response>;

// "holdfast/loops"
export interface EventLoop { now(): number; callSoon(fn: () => void): void; callAt(when: number, fn: () => void): Cancel }
export type Cancel = () => void;
export function hostLoop(): EventLoop;
export class VirtualLoop implements EventLoop {}

// errors, all: name, code "HOLDFAST_…"
export class Cancelled extends Error { readonly reason: CancelReason }   // name "AbortError"; not constructible
export interface CancelReason { readonly kind: "deadline" | "explicit" | "sibling" | "signal" | "shutdown"; readonly text?: string; readonly task?: Task<unknown>; readonly scope: CancelScope; readonly error?: unknown }
export class BareCallError; BrokenResourceError; BusyResourceError; CannotBlockError; ClosedResourceError; ContextVarError; DeadlockError; EndOfChannelError; ForeignRunnerError; GroupClosedError; InterruptedError; NeverAwaitedError; ScopeMisuseError; StartedError; TaskCancelledError; TaskGroupError; TimeoutError
