import { expectTypeOf, test } from "vitest";
import { coroutine } from "./coroutine.ts";
import { type Started, type TaskGroup, withTaskGroup } from "./group.ts";
import { sleep } from "./sleep.ts";
import type { Task } from "./task.ts";

declare const group: TaskGroup;

const fetchUser = coroutine(function* (id: number, fresh?: boolean) {
	yield* sleep(fresh ? 1 : 0);
	return { id };
});

async function load(url: string): Promise<Uint8Array> {
	return new Uint8Array(url.length);
}

test("spawn takes the function's arguments and gives a task of its result", () => {
	expectTypeOf(group.spawn(fetchUser, 5)).toEqualTypeOf<Task<{ id: number }>>();
	expectTypeOf(group.spawn(fetchUser, 5, true)).toEqualTypeOf<Task<{ id: number }>>();
	expectTypeOf(group.spawn(load, "/")).toEqualTypeOf<Task<Uint8Array>>();
	expectTypeOf(group.spawn(() => 5)).toEqualTypeOf<Task<number>>();
	expectTypeOf(group.spawnWith({ name: "user" }, fetchUser, 5)).toEqualTypeOf<Task<{ id: number }>>();
	expectTypeOf(
		group.spawn(function* () {
			yield* sleep(1);
			return "text";
		}),
	).toEqualTypeOf<Task<string>>();
});

test("a task keeps its type through await, yield* and then", async () => {
	const task = group.spawn(fetchUser, 5);
	expectTypeOf(await task).toEqualTypeOf<{ id: number }>();
	expectTypeOf(task.then(({ id }) => id)).toEqualTypeOf<Promise<number>>();
	coroutine(function* () {
		const user = yield* task;
		expectTypeOf(user).toEqualTypeOf<{ id: number }>();
	});
});

test("a call instead of a function, and wrong arguments, are type errors", () => {
	// @ts-expect-error pass the function, not its call
	group.spawn(load("/"));
	// @ts-expect-error pass the function, not its call
	group.spawn(fetchUser(5));
	// @ts-expect-error the id is missing
	group.spawn(fetchUser);
	// @ts-expect-error an id is a number
	group.spawn(fetchUser, "5");
	// @ts-expect-error one argument too many
	group.spawn(load, "/", 5);
	// @ts-expect-error nmae
	group.spawnWith({ nmae: "user" }, fetchUser, 5);
});

test("start gives what started is given", async () => {
	const serve = coroutine(function* (started: Started<{ port: number }>, port: number) {
		started({ port });
		yield* sleep(1);
	});
	expectTypeOf(await group.start(serve, 8080)).toEqualTypeOf<{ port: number }>();
	// @ts-expect-error a port is a number
	group.start(serve, "8080");
	// @ts-expect-error pass the function, not its call
	group.start(sleep(1));
});

test("a group gives what its body gives", () => {
	coroutine(function* () {
		expectTypeOf(yield* withTaskGroup(() => 5)).toEqualTypeOf<number>();
		const both = yield* withTaskGroup(function* (group) {
			return [yield* group.spawn(fetchUser, 1), yield* group.spawn(load, "/")] as const;
		});
		expectTypeOf(both).toEqualTypeOf<readonly [{ id: number }, Uint8Array]>();
	});
	// @ts-expect-error neither "first" nor "group"
	withTaskGroup(() => {}, { errors: "all" });
	// @ts-expect-error pass the function, not its call
	withTaskGroup(load("/"));
});
