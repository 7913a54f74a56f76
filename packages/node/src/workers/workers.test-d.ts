import { CapacityLimiter, type Coroutine, type Resource } from "holdfast";
import { expectTypeOf, test } from "vitest";
import { openWorkerPool, runInWorker, transfer, type WorkerPool } from "../workers.ts";

declare function resize(image: Uint8Array, width: number): Promise<Uint8Array>;
const target = { module: "file:///resize.js", export: "resize" };

test("a function's arguments and result are known", () => {
	expectTypeOf(runInWorker((a: number, b: string) => a + b, [1, "a"])).toEqualTypeOf<Coroutine<string>>();
	expectTypeOf(runInWorker(async (n: number) => n, [1])).toEqualTypeOf<Coroutine<number>>();
	expectTypeOf(runInWorker(() => 1)).toEqualTypeOf<Coroutine<number>>();
	// @ts-expect-error a text where a number is expected
	runInWorker((n: number) => n, ["a"]);
	// @ts-expect-error the arguments stand in an array
	runInWorker((n: number) => n, 1);
});

test("those of a module's function are, if its type is given", () => {
	expectTypeOf(runInWorker<typeof resize>(target, [new Uint8Array(1), 5])).toEqualTypeOf<Coroutine<Uint8Array>>();
	expectTypeOf(runInWorker(target)).toEqualTypeOf<Coroutine<unknown>>();
	// @ts-expect-error an argument is missing
	runInWorker<typeof resize>(target, [new Uint8Array(1)]);
	// @ts-expect-error there is no signal: cancellation comes from the scope
	runInWorker(target, [], { signal: new AbortController().signal });
});

test("a pool is a resource, and runs the same", () => {
	expectTypeOf(openWorkerPool({ limiter: new CapacityLimiter(2) })).toEqualTypeOf<Resource<WorkerPool>>();
	const pool = null as unknown as WorkerPool;
	expectTypeOf(pool.run((n: number) => n, [1])).toEqualTypeOf<Coroutine<number>>();
	expectTypeOf(pool.run<typeof resize>(target, [new Uint8Array(1), 5])).toEqualTypeOf<Coroutine<Uint8Array>>();
	expectTypeOf(transfer(new Uint8Array(1), [])).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
});
