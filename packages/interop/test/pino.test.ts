import { AsyncLocalStorage } from "node:async_hooks";
import { runInWorker } from "@holdfast/node";
import { ContextVar, createChannel, Event, run, sleep, withTaskGroup } from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { type Logger, pino } from "pino";
import { describe, expect, test } from "vitest";
import { compile } from "../../holdfast/test/compile.ts";
import { type logged, requestId } from "./logging-worker.ts";

interface Line {
	readonly msg: string;
	readonly requestId?: string;
	readonly component?: string;
}

/** A logger whose lines are kept. */
function logger(mixin: () => object): { log: Logger; lines: () => string[] } {
	const kept: Line[] = [];
	const log = pino(
		{ base: null, timestamp: false, mixin },
		{ write: (line) => void kept.push(JSON.parse(line) as Line) },
	);
	return { log, lines: () => kept.map(({ msg, requestId }) => `${requestId ?? "none"}: ${msg}`) };
}

interface Kept {
	mixin(): object;
	with<T>(id: string, start: () => T): T;
}

function inVariable(): Kept {
	const requestId = new ContextVar<string | undefined>("requestId", { default: undefined });
	return {
		mixin: () => ({ requestId: requestId.get() }),
		with(id, start) {
			const token = requestId.set(id);
			try {
				return start();
			} finally {
				requestId.reset(token);
			}
		},
	};
}

function inStore(): Kept {
	const store = new AsyncLocalStorage<string>();
	return { mixin: () => ({ requestId: store.getStore() }), with: (id, start) => store.run(id, start) };
}

describe.each(Object.entries({ "a context variable": inVariable, "a store of AsyncLocalStorage": inStore }))(
	"pino's mixin that reads %s",
	(_name, keep) => {
		test("puts the request's id into the lines of everything that belongs to it", async () => {
			const kept = keep();
			const { log, lines } = logger(kept.mixin);
			const main = compile<() => Promise<void>>(
				`async function query(text) { await sleep(1); log.info("query " + text); }
			async function request() {
				log.info("begin");
				await withTimeout(100, () => query("awaited"));
				await Promise.all([query("bare")]);
				await withTaskGroup(async (group) => { group.spawn(query, "spawned"); });
				log.info("end");
			}
			async function main() {
				log.info("up");
				await Promise.all(["A", "B"].map((id) => kept.with(id, () => request())));
				log.info("down");
			}`,
				{ log, kept },
			);
			await run(main, { loop: new VirtualLoop() });
			const all = lines();
			expect([all[0], all.at(-1)]).toEqual(["none: up", "none: down"]);
			for (const id of ["A", "B"])
				expect(all.filter((line) => line.startsWith(id))).toEqual([
					`${id}: begin`,
					`${id}: query awaited`,
					`${id}: query bare`,
					`${id}: query spawned`,
					`${id}: end`,
				]);
		});

		test("gives the lines of whoever takes from a channel the id that was there before", async () => {
			const kept = keep();
			const { log, lines } = logger(kept.mixin);
			const { sender, receiver } = createChannel<string>(10);
			await run(
				() =>
					withTaskGroup((group) => {
						kept.with("writer", () =>
							group.spawn(function* () {
								for (let count = 0; count < 2; count++) log.info(`wrote ${yield* receiver.receive()}`);
							}),
						);
						for (const id of ["A", "B"])
							kept.with(id, () =>
								group.spawn(function* () {
									yield* sender.send(id);
									log.info("sent");
								}),
							);
					}),
				{ loop: new VirtualLoop() },
			);
			expect(lines().sort()).toEqual(["A: sent", "B: sent", "writer: wrote A", "writer: wrote B"]);
		});

		test("serves child loggers, and lines that are written while a task is cancelled", async () => {
			const kept = keep();
			const { log, lines } = logger(kept.mixin);
			const child = log.child({ component: "database" });
			const begun = new Event();
			await run(
				() =>
					withTaskGroup(function* (group) {
						const task = kept.with("A", () =>
							group.spawn(function* () {
								try {
									begun.set();
									yield* sleep(1_000);
								} finally {
									child.warn("rolled back");
								}
							}),
						);
						yield* begun.wait();
						task.cancel();
					}),
				{ loop: new VirtualLoop() },
			);
			expect(lines()).toEqual(["A: rolled back"]);
		});
	},
);

test("an id in a context variable that is shared with workers is in the lines that they log", async () => {
	const log = { module: new URL("./logging-worker.ts", import.meta.url), export: "logged" };
	const lines = await run(function* () {
		return yield* withTaskGroup(function* (group) {
			const tasks = ["A", "B"].map((id) =>
				group.spawn(() => requestId.with(id, () => runInWorker<typeof logged>(log, [`for ${id}`]))),
			);
			const all: unknown[] = [];
			for (const task of tasks) all.push(JSON.parse(yield* task));
			return all;
		});
	});
	expect(lines).toEqual([
		{ level: 30, requestId: "A", msg: "for A" },
		{ level: 30, requestId: "B", msg: "for B" },
	]);
});

test("an error that is logged has the whole path of tasks in its stack, and what a task is shows as data", async () => {
	const kept: { err?: { type: string; stack: string }; task?: unknown }[] = [];
	const log = pino({ base: null }, { write: (line) => void kept.push(JSON.parse(line)) });
	await run(function* () {
		yield* withTaskGroup(function* (group) {
			const task = group.spawn(function* working() {
				yield* sleep(1);
			});
			log.info({ task }, "started");
			yield* task;
		});
		log.error(new TypeError("no such order"));
	});
	expect(kept[0]?.task).toMatchObject({ name: "working", state: "pending" });
	expect(kept[1]?.err).toMatchObject({ type: "TypeError", stack: expect.stringContaining("no such order") });
});
