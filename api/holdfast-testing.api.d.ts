// @holdfast/testing
//   CheckLoopOptions
//   LeakError
//   LeakOptions
//   LoopContractError
//   ScheduleError
//   Sequencer
//   UnderSeedsOptions
//   VirtualLoop
//   VirtualRunOptions
//   allBlocked
//   checkLoop
//   expectNoLeaks
//   seededSchedule
//   underSeeds
//   virtualRun

// @holdfast/testing/jest

// @holdfast/testing/vitest

// dist/all-blocked.d.ts
export declare function allBlocked(cushion?: number): Coroutine<void>;

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
