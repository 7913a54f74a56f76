import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { runChild } from "../test/child.ts";
import { compile } from "../test/compile.ts";
import { quietly, virtually } from "../test/virtually.ts";
import { createChannel } from "./channel.ts";
import { coroutine } from "./coroutine.ts";
import { Event } from "./event.ts";
import { withTaskGroup } from "./group.ts";
import { Lock } from "./lock.ts";
import { run } from "./run.ts";
import { moveOnAfter } from "./scopes.ts";
import { checkpoint, sleep } from "./sleep.ts";
import { until } from "./suspend.ts";

const storage = new AsyncLocalStorage<string>();

const waits = {
	"a sleep": () => sleep(5),
	"a checkpoint": () => checkpoint(),
	"a promise of the host": () => until(Promise.resolve()),
	"a timeout around it": () => moveOnAfter(50, () => sleep(5)),
	"a task": () => withTaskGroup((group) => group.spawn(() => sleep(1))),
};

for (const [name, wait] of Object.entries(waits))
	test(`tasks with stores of their own keep them across ${name}`, async () => {
		const seen: unknown[] = [];
		await virtually(() =>
			withTaskGroup((group) => {
				for (const store of ["a", "b", "c"])
					storage.run(store, () =>
						group.spawn(function* () {
							for (let round = 0; round < 3; round++) {
								yield* wait();
								seen.push(storage.getStore() === store);
							}
						}),
					);
			}),
		);
		expect(seen).toEqual(new Array(9).fill(true));
		expect(storage.getStore()).toBeUndefined();
	});

test("whoever wakes a task, the task goes on in its own context", async () => {
	const seen: unknown[] = [];
	const { sender, receiver } = createChannel<number>(0);
	const event = new Event();
	const lock = new Lock();
	await virtually(() =>
		withTaskGroup((group) => {
			storage.run("server", () =>
				group.spawn(function* () {
					const value = yield* receiver.receive();
					seen.push([value, storage.getStore()]);
					yield* event.wait();
					seen.push(storage.getStore());
					yield* lock.with(() => void seen.push(storage.getStore()));
				}),
			);
			storage.run("client", () =>
				group.spawn(function* () {
					yield* lock.acquire();
					yield* sender.send(1);
					yield* sleep(1);
					event.set();
					yield* sleep(1);
					lock.release();
					seen.push(storage.getStore());
				}),
			);
		}),
	);
	expect(seen).toEqual([[1, "server"], "server", "client", "server"]);
});

test("a task runs in the context of its spawner, not of the group's body or of whoever runs next", async () => {
	const seen: unknown[] = [];
	await virtually(() =>
		withTaskGroup(function* (group) {
			const child = coroutine(function* () {
				seen.push(storage.getStore());
				yield* sleep(1);
				seen.push(storage.getStore());
			});
			storage.run("spawner", () => group.spawn(child));
			group.spawn(child);
			yield* sleep(0);
		}),
	);
	expect(seen).toEqual(["spawner", undefined, "spawner", undefined]);
});

test("enterWith holds for the rest of the task, and only there", async () => {
	const seen: unknown[] = [];
	await virtually(() =>
		withTaskGroup((group) => {
			for (const store of ["a", "b"])
				group.spawn(function* () {
					yield* checkpoint();
					storage.enterWith(store);
					yield* sleep(5);
					seen.push(storage.getStore());
				});
		}),
	);
	expect(seen).toEqual(["a", "b"]);
	expect(storage.getStore()).toBeUndefined();
});

test("als.run around compiled code holds across its awaits", async () => {
	const seen: unknown[] = [];
	const main = compile<() => Promise<void>>(
		`async function request(store) {
			await storage.run(store, async () => { await step(); await step(); });
			seen.push([store, storage.getStore()]);
		}
		async function step() { await sleep(1); seen.push(storage.getStore()); }
		async function main() { await Promise.all([request("a"), request("b")]); }`,
		{ storage, sleep, seen },
	);
	await virtually(main);
	expect(seen).toEqual(["a", "b", "a", "b", ["a", undefined], ["b", undefined]]);
});

test("compiled functions outside of every run keep the store of their caller", async () => {
	const handler = compile<(store: string) => Promise<unknown>>(
		`async function main(store) { await sleep(1); return [store, storage.getStore()]; }`,
		{ storage, sleep },
	);
	await run(() => sleep(0));
	expect(await Promise.all(["a", "b"].map((store) => storage.run(store, () => handler(store))))).toEqual([
		["a", "a"],
		["b", "b"],
	]);
});

test("native functions see both their store and their task", async () => {
	const seen = await virtually(
		() =>
			withTaskGroup(async (group) => {
				await Promise.resolve();
				const tasks = ["a", "b"].map((store) =>
					storage.run(store, () =>
						group.spawn(async () => {
							await sleep(1);
							return storage.getStore();
						}),
					),
				);
				return Promise.all(tasks);
			}),
		quietly,
	);
	expect(seen).toEqual(["a", "b"]);
});

const child = (body: string) => `
	import { AsyncLocalStorage } from "node:async_hooks";
	import { Event, run, sleep, withTaskGroup } from "holdfast";
	const { run: enter, enterWith } = AsyncLocalStorage.prototype;
	const storage = new AsyncLocalStorage();
	const untouched = () => AsyncLocalStorage.prototype.run === enter && AsyncLocalStorage.prototype.enterWith === enterWith;
	${body}`;

test("a store that was set before the first run is noticed", async () => {
	const { stdout } = await runChild(
		child(`
		const both = ["a", "b"].map((store) => storage.run(store, () => run(function* () {
			yield* sleep(1);
			return storage.getStore();
		})));
		console.log((await Promise.all(both)).join(), untouched());`),
	);
	expect(stdout).toBe("a,b true\n");
});

test("so is one that was set before the only run, and is never used again", async () => {
	const { stdout } = await runChild(
		child(`
		const event = new Event();
		// Whoever wakes the task has no store.
		setTimeout(() => event.set(), 1);
		await storage.run("a", () => run(function* () {
			yield* event.wait();
			console.log(storage.getStore(), untouched());
		}));`),
	);
	expect(stdout).toBe("a true\n");
});

test("what is used of a storage is as it was after its first use, and after the last run", async () => {
	const { stdout } = await runChild(
		child(`
		console.log(untouched());
		await run(function* () { console.log(untouched()); });
		console.log(untouched());
		await run(function* () { storage.run(1, () => {}); console.log(untouched()); });
		console.log(untouched());`),
	);
	expect(stdout).toBe("true\nfalse\ntrue\ntrue\ntrue\n");
});
