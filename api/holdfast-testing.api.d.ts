// @holdfast/testing
//   CheckLockOptions
//   CheckLoopOptions
//   CheckStreamOptions
//   CheckedChannel
//   CheckedListener
//   CheckedLock
//   CheckedReceiver
//   CheckedSender
//   CheckedStream
//   ContractError
//   ContractOptions
//   LeakError
//   LeakOptions
//   ListenerSubject
//   LoopContractError
//   ScheduleError
//   Sequencer
//   UnderSeedsOptions
//   VirtualLoop
//   VirtualRunOptions
//   allBlocked
//   checkChannel
//   checkListener
//   checkLock
//   checkLoop
//   checkStream
//   expectNoLeaks
//   seededSchedule
//   underSeeds
//   virtualRun

// @holdfast/testing/jest

// @holdfast/testing/vitest

// dist/all-blocked.d.ts
export declare function allBlocked(cushion?: number): Coroutine<void>;

// dist/check-channel.d.ts
export interface CheckedSender {
    send(value: number): Awaitable<unknown>;
    trySend(value: number): boolean;
    clone(): CheckedSender;
    close(): unknown;
}
export interface CheckedReceiver extends AsyncIterable<number> {
    receive(): Awaitable<number>;
    tryReceive(): {
        value: number;
    } | undefined;
    clone(): CheckedReceiver;
    close(): unknown;
}
export interface CheckedChannel {
    readonly sender: CheckedSender;
    readonly receiver: CheckedReceiver;
}
type Make = (capacity: number) => CheckedChannel;
export declare function checkChannel(makeChannel: Make, { patience }?: ContractOptions): Promise<void>;

// dist/check-listener.d.ts
export interface CheckedListener {
    accept(): Awaitable<CheckedStream>;
    close(): Awaitable<unknown>;
}
export interface ListenerSubject {
    readonly listener: CheckedListener;
    connect(): Awaitable<CheckedStream>;
}
export declare function checkListener(makeListener: () => Awaitable<ListenerSubject>, { patience }?: ContractOptions): Promise<void>;

// dist/check-lock.d.ts
export interface CheckedLock {
    acquire(): Awaitable<unknown>;
    tryAcquire(): boolean;
    release(): void;
}
export interface CheckLockOptions extends ContractOptions {
    readonly owned?: boolean;
}
export declare function checkLock(makeLock: () => CheckedLock, { owned, patience }?: CheckLockOptions): Promise<void>;

// dist/check-loop.d.ts
export declare class LoopContractError extends Error {
    readonly name: string;
    readonly code: string;
    readonly broken: readonly string[];
    constructor(broken: readonly string[]);
}
export interface CheckLoopOptions<L extends EventLoop> {
    turn?: (loop: L) => unknown;
    patience?: number;
}
export declare function checkLoop<L extends EventLoop>(makeLoop: () => L, options?: CheckLoopOptions<L>): Promise<void>;

// dist/check-stream.d.ts
export interface CheckedStream {
    read(maximum?: number): Awaitable<Uint8Array | undefined>;
    write(data: Uint8Array): Awaitable<unknown>;
    end?(): Awaitable<unknown>;
    close(): Awaitable<unknown>;
}
export interface CheckStreamOptions extends ContractOptions {
    readonly capacity?: number;
}
type Pair = readonly [CheckedStream, CheckedStream];
export declare function checkStream(makePair: () => Awaitable<Pair>, { capacity, patience }?: CheckStreamOptions): Promise<void>;

// dist/contract.d.ts
export declare class ContractError extends Error {
    readonly name: string;
    readonly code: string;
    readonly broken: readonly string[];
    constructor(what: string, broken: readonly string[]);
}
export interface ContractOptions {
    readonly patience?: number;
}

// dist/expect-no-leaks.d.ts
export declare class LeakError extends Error {
    readonly name: string;
    readonly code: string;
    readonly left: readonly string[];
    constructor(left: readonly string[]);
}
export interface LeakOptions {
    patience?: number;
}
export declare function expectNoLeaks<T>(body: () => T | PromiseLike<T>, { patience }?: LeakOptions): Promise<T>;

// dist/seeded-schedule.d.ts
export declare function seededSchedule(seed: number): VirtualLoop;
export interface UnderSeedsOptions {
    count?: number;
    first?: number;
}
export declare class ScheduleError extends Error {
    readonly name: string;
    readonly code: string;
    readonly seed: number;
    constructor(seed: number, cause: unknown);
}
export declare function underSeeds(test: (seed: number) => unknown, { count, first }?: UnderSeedsOptions): Promise<void>;

// dist/sequencer.d.ts
export declare class Sequencer {
    #private;
    at<T>(position: number, body: () => Awaitable<T>): Coroutine<T>;
}

// dist/virtual-run.d.ts
export interface VirtualRunOptions extends Omit<RunOptions, "loop" | "args"> {
    seed?: number;
}
export declare function virtualRun<T>(main: () => Awaitable<T>, options?: VirtualRunOptions): Promise<T>;
