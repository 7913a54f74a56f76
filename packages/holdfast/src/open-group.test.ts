import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { thrownBy, virtually } from "../test/virtually.ts";
import { ScopeMisuseError } from "./errors.ts";
import { openTaskGroup, withTaskGroup } from "./group.ts";
import { withCancelScope } from "./scopes.ts";
import { now, sleep } from "./sleep.ts";

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
