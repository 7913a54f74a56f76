import {
	BusyResourceError,
	moveOnAfter,
	run,
	ScopeMisuseError,
	sleep,
	until,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { describe, expect, test } from "vitest";
import { checked, rejectionOf } from "../test/processes.ts";
import { signals } from "./signals.ts";

const send = (name: NodeJS.Signals): boolean => process.kill(process.pid, name);
/** The host hears of a signal in one of its next turns. */
const heard = (name: NodeJS.Signals): Promise<void> => {
	const turn = new Promise<void>((resolve) => process.once(name, () => resolve()));
	send(name);
	return turn;
};

describe("signals", () => {
	test("gives names in the order in which they came", async () => {
		await checked(function* () {
			using received = signals("SIGUSR2", "SIGWINCH");
			send("SIGUSR2");
			expect(yield* received.next()).toEqual({ done: false, value: "SIGUSR2" });
			send("SIGWINCH");
			expect(yield* received.next()).toEqual({ done: false, value: "SIGWINCH" });
		});
	});

	test("loses nothing that comes while nobody waits, and nothing by a wait that is cancelled", async () => {
		await checked(function* () {
			const received = signals("SIGUSR2");
			expect(yield* moveOnAfter(1, () => received.next())).toBe(undefined);
			for (let index = 0; index < 5; index++) yield* until(heard("SIGUSR2"));
			yield* withCancelScope(function* (scope) {
				scope.cancel();
				yield* received.next();
			});
			for (let index = 0; index < 5; index++) expect((yield* received.next()).value).toBe("SIGUSR2");
			expect(yield* moveOnAfter(1, () => received.next())).toBe(undefined);
		});
	});

	test("keeps no more than it may: one of each name is enough then", async () => {
		await checked(function* () {
			const received = signals("SIGUSR2", "SIGWINCH");
			for (let index = 0; index < 3_000; index++) process.emit("SIGUSR2", "SIGUSR2");
			process.emit("SIGWINCH", "SIGWINCH");
			process.emit("SIGWINCH", "SIGWINCH");
			let count = 0;
			while ((yield* received.next()).value === "SIGUSR2") count++;
			expect(count).toBe(1_024);
			expect(yield* moveOnAfter(5, () => received.next())).toBe(undefined);
		});
	});

	test("restores what was: at the end of its owner, when the loop is left, and by close", async () => {
		const listeners = (): number => process.listenerCount("SIGUSR2") + process.listenerCount("SIGHUP");
		const before = listeners();
		await checked(() => {
			signals("SIGUSR2", "SIGHUP", "SIGHUP");
			expect(listeners()).toBe(before + 2);
		});
		expect(listeners()).toBe(before);
		await checked(async () => {
			setTimeout(send, 5, "SIGUSR2");
			for await (const name of signals("SIGUSR2", "SIGHUP")) {
				expect(name).toBe("SIGUSR2");
				break;
			}
			expect(listeners()).toBe(before);
		});
		await checked(() =>
			withTaskGroup(function* (group) {
				const received = signals("SIGUSR2");
				group.spawn(function* () {
					expect(yield* received.next()).toEqual({ done: true, value: undefined });
				});
				yield* sleep(1);
				received.close();
				expect(listeners()).toBe(before);
			}),
		);
	});

	test("is for one consumer; two calls hear the same", async () => {
		const error = await rejectionOf(
			checked(() =>
				withTaskGroup(function* (group) {
					const received = signals("SIGUSR2");
					group.spawn(() => received.next());
					group.spawn(() => received.next());
				}),
			),
		);
		expect(error).toBeInstanceOf(BusyResourceError);
		await checked(function* () {
			const [one, other] = [signals("SIGUSR2"), signals("SIGUSR2")];
			send("SIGUSR2");
			expect([(yield* one.next()).value, (yield* other.next()).value]).toEqual(["SIGUSR2", "SIGUSR2"]);
		});
	});

	test("refuses what is no signal, and what nobody can hear", async () => {
		expect(() => signals("SIGUSR2")).toThrow(ScopeMisuseError);
		for (const [names, message] of [
			[[], "no signal was given"],
			[["HUP"], 'pass "SIGHUP"'],
			[["sighup"], 'pass "SIGHUP"'],
			[["SIGNAL"], "no signal of this system"],
			[["SIGKILL"], "nobody can listen to SIGKILL"],
		] as const) {
			const error = await rejectionOf(run(() => signals(...(names as unknown as ["SIGHUP"])) as never));
			expect(error).toBeInstanceOf(TypeError);
			expect(error.message).toContain(message);
		}
	});
});
