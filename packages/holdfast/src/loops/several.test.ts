import { expect, test } from "vitest";
import { hostTurn } from "../../test/virtually.ts";
import { createChannel } from "../channel.ts";
import { ContextVar } from "../context-var.ts";
import { Event } from "../event.ts";
import { withTaskGroup } from "../group.ts";
import { run } from "../run.ts";
import { runSync } from "../run-sync.ts";
import { withTimeout } from "../scopes.ts";
import { now, sleep } from "../sleep.ts";
import type { Task } from "../task.ts";
import { GuestLoop } from "./guest.ts";
import { VirtualLoop } from "./virtual.ts";

/** A guest loop that pumps itself by the host's timers. */
function pumped(): GuestLoop {
	const loop: GuestLoop = new GuestLoop({
		schedule: (delay) => {
			const timer = setTimeout(() => loop.pump(), delay);
			return () => clearTimeout(timer);
		},
	});
	return loop;
}

test("runs on three loops hand items through one channel, each at its own time", async () => {
	const { sender, receiver } = createChannel<string>(0);
	const loop = new VirtualLoop();
	const log: string[] = [];
	const virtual = run(
		function* () {
			for (let hour = 1; hour <= 2; hour++) {
				yield* sleep(3_600_000);
				yield* sender.send(`virtual at ${now()}`);
			}
		},
		{ loop },
	);
	const guest = run(
		function* () {
			yield* sleep(1);
			yield* sender.send("guest");
		},
		{ loop: pumped() },
	);
	await run(function* () {
		for (let count = 0; count < 3; count++) log.push(yield* receiver.receive());
	});
	await Promise.all([virtual, guest]);
	expect(log.filter((text) => text !== "guest")).toEqual(["virtual at 3600000", "virtual at 7200000"]);
	expect(log).toHaveLength(3);
});

test("a task is awaited by a run on another loop, and goes on where it belongs", async () => {
	let task: Task<string> | undefined;
	const stay = new Event();
	const host = run(() =>
		withTaskGroup(function* (group) {
			task = group.spawn(function* () {
				yield* sleep(1);
				return "given";
			});
			yield* stay.wait();
		}),
	);
	const guest = pumped();
	const seen = await run(() => withTimeout(60_000, () => task as Task<string>), { loop: guest });
	expect(seen).toBe("given");
	stay.set();
	await host;
});

test("a cancellation in one run wakes nobody in another, and leaves its clock alone", async () => {
	const loop = new VirtualLoop();
	const controller = new AbortController();
	const log: string[] = [];
	const first = run(
		function* () {
			try {
				yield* new Event().wait();
			} finally {
				log.push("first is cancelled");
			}
		},
		{ loop: pumped(), signal: controller.signal },
	).catch((error) => log.push(error.message));
	const second = run(
		function* () {
			yield* sleep(50);
			controller.abort(new Error("enough"));
			yield* sleep(50);
			log.push(`second at ${now()}`);
		},
		{ loop },
	);
	await Promise.all([first, second]);
	expect(log.sort()).toEqual(["enough", "first is cancelled", "second at 100"]);
	expect(loop.now()).toBe(100);
});

test("context variables are those of each run", async () => {
	const variable = new ContextVar("variable", { default: "none" });
	const log: string[] = [];
	const main = (name: string) =>
		function* () {
			variable.set(name);
			yield* sleep(1);
			log.push(variable.get());
		};
	const runs = [
		run(main("host")),
		run(main("virtual"), { loop: new VirtualLoop() }),
		run(main("guest"), { loop: pumped() }),
	];
	runSync(main("blocking"));
	await Promise.all(runs);
	expect(log.sort()).toEqual(["blocking", "guest", "host", "virtual"]);
});

test("while a synchronous run sleeps the others stand still, and go on with what is due then", async () => {
	const log: string[] = [];
	const guest = new GuestLoop();
	const paused = run(
		function* () {
			yield* sleep(1);
			log.push("guest");
		},
		{ loop: guest },
	);
	const host = run(function* () {
		yield* sleep(1);
		log.push("host");
	});
	runSync(() => sleep(5));
	expect(log).toEqual([]);
	guest.pump();
	expect(log).toEqual(["guest"]);
	await Promise.all([paused, host]);
	await hostTurn();
	expect(log).toEqual(["guest", "host"]);
});

test("a synchronous run pumps a guest loop: both keep what is theirs", () => {
	const guest = new GuestLoop();
	const log: string[] = [];
	void run(
		function* () {
			for (let frame = 1; frame <= 2; frame++) {
				yield* sleep(1);
				log.push(`frame ${frame}`);
			}
		},
		{ loop: guest },
	);
	runSync(function* () {
		while (guest.nextDeadline < Number.POSITIVE_INFINITY) {
			guest.pump();
			yield* sleep(1);
		}
		log.push("no more frames");
	});
	expect(log).toEqual(["frame 1", "frame 2", "no more frames"]);
});

test("100 runs share one virtual loop, with timeouts and tasks of their own", async () => {
	const loop = new VirtualLoop();
	const ends = await Promise.all(
		Array.from({ length: 100 }, (_, index) =>
			run(
				() =>
					withTaskGroup(function* (group) {
						group.spawn(() => sleep(index));
						yield* withTimeout(1_000, () => sleep(100 - index));
						return now();
					}),
				{ loop },
			),
		),
	);
	expect(ends).toEqual(ends.map((_, index) => 100 - index));
	expect(loop.now()).toBe(100);
});
