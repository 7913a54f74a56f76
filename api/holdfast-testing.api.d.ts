// @holdfast/testing
//   LeakError
//   Sequencer
//   VirtualLoop
//   allBlocked
//   expectNoLeaks
//   virtualRun

// dist/expect-no-leaks.d.ts
export declare class LeakError extends Error {
    readonly name: string;
    readonly code: string;
    readonly left: readonly string[];
    constructor(left: readonly string[]);
}
export declare function expectNoLeaks<T>(body: () => T | PromiseLike<T>, { patience }?: {
    patience?: number;
}): Promise<T>;

// dist/sequencer.d.ts
export declare class Sequencer {
    #private;
    at<T>(position: number, body: () => Awaitable<T>): Coroutine<T>;
}

// dist/virtual-run.d.ts
export declare function virtualRun<T>(main: () => Awaitable<T>, options?: Omit<RunOptions, "loop" | "args">): Promise<T>;
export declare function allBlocked(cushion?: number): Coroutine<void>;
