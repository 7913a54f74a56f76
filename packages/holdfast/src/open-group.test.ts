import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { quietly, rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { ScopeMisuseError } from "./errors.ts";
import { openTaskGroup, withTaskGroup } from "./group.ts";
import { cleanup, currentScope, moveOnAfter, withCancelScope } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";
import { until } from "./suspend.ts";

test("only the task that opened a group can join it; another task's attempt changes nothing", async () => {
	const log: unknown[] = [];
	await virtually(function* () {
		const group = openTaskGroup({ name: "mine" });
		group.spawn(function* () {
			yield* sleep(5);
			log.push("task of the group");
		});
		yield* withTaskGroup(function* (other) {
			other.spawn(function* stranger() {
				try {
					yield* group.join();
				} catch (error) {
					log.push(error);
				}
				yield* sleep(1);
				log.push("stranger goes on");
			});
		});
		yield* group.join();
		log.push(now());
	});
	expect(log).toEqual([expect.any(ScopeMisuseError), "stranger goes on", "task of the group", 5]);
	expect((log[0] as Error).message).toMatch(/"mine" was opened by the task .*, and stranger tries to join it/);
});

test("await using with the group of another task is refused", async () => {
	const log: unknown[] = [];
	const main = compile(
		`async function main() {
			await using group = openTaskGroup();
			const borrow = async () => { await using mine = group; };
			try { await withTaskGroup(async (other) => { other.spawn(borrow); }); } catch (error) { log(error.name); }
			await sleep(1);
			log("still open");
		}`,
		{ log: (value: unknown) => log.push(value) },
	);
	await virtually(main);
	expect(log).toEqual(["ScopeMisuseError", "still open"]);
});

test("options of groups and scopes that are of the wrong type are refused by name", async () => {
	await virtually(() => {
		const messages = [
			() => openTaskGroup({ timeout: -1 }),
			() => openTaskGroup({ timeout: Number.NaN }),
			() => openTaskGroup({ deadline: "soon" as never }),
			() => openTaskGroup({ grace: "5" as never }),
			() => openTaskGroup({ name: 5 as never }),
			() => withTaskGroup(() => {}, { grace: "5" as never }),
			() => withCancelScope({ name: 5 as never }, () => {}),
			() => withCancelScope({ shield: 1 as never }, () => {}),
		].map((call) => (thrownBy(call) as Error).message);
		expect(messages).toEqual([
			"openTaskGroup: timeout: -1 is not a number of milliseconds, zero or more.",
			"openTaskGroup: timeout: NaN is not a number of milliseconds, zero or more.",
			'openTaskGroup: deadline: "soon" is not an instant on the clock of now().',
			'openTaskGroup: grace: "5" is not a number of milliseconds, zero or more.',
			"openTaskGroup: name is 5; pass a string.",
			'withTaskGroup: grace: "5" is not a number of milliseconds, zero or more.',
			"withCancelScope: name is 5; pass a string.",
			"withCancelScope: shield is 1; it may be true or false.",
		]);
	});
});

test("a native function joins its group, opened before or after its first await", async () => {
	const log: unknown[] = [];
	await virtually(async () => {
		const first = openTaskGroup();
		first.spawn(() => sleep(5));
		await first.join();
		log.push(now());
		const second = openTaskGroup({ name: "second" });
		second.spawn(() => sleep(5));
		expect((currentScope() as { name: string }).name).toBe("second");
		await second.join();
		await second.join();
		expect((currentScope() as { name: string }).name).not.toBe("second");
		await sleep(1);
		log.push(now());
	}, quietly);
	expect(log).toEqual([5, 11]);
});

test("a native function that disposes of its group without joining it cancels the tasks and waits for them", async () => {
	const log: string[] = [];
	await virtually(async () => {
		const group = openTaskGroup();
		group.spawn(function* () {
			try {
				yield* sleepForever();
			} finally {
				yield* cleanup(() => sleep(5));
				log.push("cleaned up");
			}
		});
		await sleep(1);
		await group[Symbol.asyncDispose]();
		log.push(`left at ${now()}`);
	}, quietly);
	expect(log).toEqual(["cleaned up", "left at 6"]);
});

test("the failure of a task cancels what a native function awaits, and is thrown by join, the same object", async () => {
	const boom = new Error("boom");
	const log: unknown[] = [];
	await virtually(async () => {
		const group = openTaskGroup();
		group.spawn(function* () {
			yield* sleep(5);
			throw boom;
		});
		try {
			await sleepForever();
		} catch (error) {
			log.push((error as Error).name, now());
		}
		log.push(await rejectionOf(group.join()));
		await sleep(1);
	}, quietly);
	expect(log).toEqual(["TaskCancelledError", 5, boom]);
});

test("a native function that is cancelled while it joins waits for its tasks", async () => {
	const log: string[] = [];
	await virtually(async () => {
		await moveOnAfter(5, async () => {
			const group = openTaskGroup();
			group.spawn(function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(5));
					log.push("cleaned up");
				}
			});
			await group.join();
			log.push("not reached");
		});
		log.push(`left at ${now()}`);
	}, quietly);
	expect(log).toEqual(["cleaned up", "left at 10"]);
});

test("groups of a native function that are left in the wrong order are refused, and can still be left in the right one", async () => {
	await virtually(async () => {
		const outer = openTaskGroup({ name: "outer" });
		const inner = openTaskGroup({ name: "inner" });
		inner.spawn(() => sleep(5));
		const error = (await rejectionOf(outer.join())) as Error;
		expect(error).toBeInstanceOf(ScopeMisuseError);
		expect(error.message).toMatch(/"outer" was left while .* "inner",? is still open/);
		await inner.join();
		await outer.join();
		expect(now()).toBe(5);
	}, quietly);
});

test("a join that is awaited by a task of its own is refused, instead of waiting for itself", async () => {
	await virtually(function* () {
		const group = openTaskGroup();
		group.spawn(() => sleep(5));
		const joining = group.join().then(() => {});
		expect(yield* until(rejectionOf(joining))).toBeInstanceOf(ScopeMisuseError);
		yield* group.join();
		expect(now()).toBe(5);
	});
});
