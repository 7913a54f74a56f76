import { ContextVar, coroutine, sleep } from "holdfast";
import { events } from "holdfast/streams";
import { expectTypeOf, test } from "vitest";
import { provide, useAction, useScope, useStream, useTask } from "./react.ts";

declare function load(id: number): Promise<string>;
const compute = coroutine(function* (id: number): Generator<never, string, unknown> {
	yield* sleep(1);
	return String(id);
});

test("useTask: the status tells whether there is a value, and of what type", () => {
	const task = useTask(() => load(1), [1]);
	expectTypeOf(task.status).toEqualTypeOf<"running" | "done" | "failed" | "cancelled">();
	if (task.status === "done") expectTypeOf(task.value).toEqualTypeOf<string>();
	else expectTypeOf(task.value).toEqualTypeOf<string | undefined>();
	if (task.status === "failed") expectTypeOf(task.error).toEqualTypeOf<unknown>();
	if (task.status === "running") expectTypeOf(task.error).toEqualTypeOf<undefined>();
	expectTypeOf(task.cancel).toEqualTypeOf<() => void>();

	const thrown = useTask(() => load(1), [1], { throws: true });
	expectTypeOf(thrown.status).toEqualTypeOf<"running" | "done" | "cancelled">();

	const coroutines = useTask(() => compute(1), []);
	if (coroutines.status === "done") expectTypeOf(coroutines.value).toEqualTypeOf<string>();
	const generators = useTask(function* () {
		return yield* compute(1);
	}, []);
	if (generators.status === "done") expectTypeOf(generators.value).toEqualTypeOf<string>();

	// @ts-expect-error without dependencies it would start again with every render
	useTask(() => load(1));
	// @ts-expect-error the function, not its call
	useTask(load(1), []);
	// @ts-expect-error no such option
	useTask(() => load(1), [], { suspense: true });
});

test("useStream: the latest value, of whatever can be read", () => {
	const key = useStream(() => events(window, "keydown"), []);
	if (key.status === "running") expectTypeOf(key.value).toEqualTypeOf<KeyboardEvent | undefined>();
	if (key.status === "done") expectTypeOf(key.value).toEqualTypeOf<KeyboardEvent | undefined>();
	const numbers = useStream(
		async function* () {
			yield 1;
		},
		[],
		{ throws: true },
	);
	expectTypeOf(numbers.value).toEqualTypeOf<number | undefined>();
	expectTypeOf(numbers.status).toEqualTypeOf<"running" | "done" | "cancelled">();
	// @ts-expect-error a number cannot be read
	useStream(() => 1, []);
});

test("useAction: arguments and value are those of the function", () => {
	const action = useAction(load, { policy: "switch" });
	expectTypeOf(action.start).parameters.toEqualTypeOf<[id: number]>();
	expectTypeOf(action.status).toEqualTypeOf<"idle" | "running" | "done" | "cancelled">();
	if (action.status === "done") expectTypeOf(action.value).toEqualTypeOf<string>();
	const fallible = useAction(compute, { policy: "queue", throws: false });
	expectTypeOf(fallible.status).toEqualTypeOf<"idle" | "running" | "done" | "failed" | "cancelled">();
	// @ts-expect-error a policy has to be chosen
	useAction(load, {});
	// @ts-expect-error one of four
	useAction(load, { policy: "restart" });
	// @ts-expect-error it takes a number
	action.start("1");
});

test("useScope and provide check their arguments", () => {
	const scope = useScope();
	scope.start(load, 1);
	scope.start(async () => {});
	// @ts-expect-error it takes a number
	scope.start(load, "1");
	// @ts-expect-error the function, not its call
	scope.start(load(1));
	const locale = new ContextVar<string>("locale");
	provide(locale, "de");
	// @ts-expect-error a text
	provide(locale, 1);
});
