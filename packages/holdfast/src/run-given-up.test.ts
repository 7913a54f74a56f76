import { expect, test } from "vitest";
import { quietly, rejectionOf, virtually } from "../test/virtually.ts";
import { DeadlockError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import { checkpoint, sleep } from "./sleep.ts";
import { type Resume, suspend, until } from "./suspend.ts";
import type { Task } from "./task.ts";

test("what is resumed after its run was given up does not go on", async () => {
	const log: string[] = [];
	let wake: Resume<void> = Object.assign(() => {}, { throw() {} });
	const given = virtually(function* () {
		yield* suspend<void>((resume) => {
			wake = resume;
		});
		log.push("goes on");
	}, quietly);
	expect(await rejectionOf(given)).toBeInstanceOf(DeadlockError);
	wake();
	await new Promise((resolve) => setTimeout(resolve, 0));
	expect(log).toEqual([]);
});

test("a virtual run that waits for a task of another run is no deadlock", async () => {
	const outcome = await run(
		() =>
			withTaskGroup(function* (group) {
				const task: Task<string> = group.spawn(function* () {
					yield* sleep(5);
					return "value";
				});
				const inner = run(() => task, { loop: new VirtualLoop() });
				return yield* until(inner);
			}),
		quietly,
	);
	expect(outcome).toBe("value");
	await run(checkpoint);
});
