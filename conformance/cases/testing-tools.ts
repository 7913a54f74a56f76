import { allBlocked } from "@holdfast/testing";
import {
	Barrier,
	CapacityLimiter,
	type Coroutine,
	checkpoint,
	createChannel,
	Event,
	type Instrument,
	Latch,
	Lock,
	now,
	Queue,
	ReadWriteLock,
	Semaphore,
	sleep,
	sleepUntil,
	suspend,
	until,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { type Body, equal, ok, outside, reports, same, test, value, virtual } from "../harness.ts";

test("TST-05", "allBlocked returns when a task that was busy for ten steps waits, and no time has passed", async () => {
	let steps = 0;
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			for (; steps < 10; steps++) await checkpoint();
			await sleep(5);
		});
		await allBlocked();
		equal([steps, now()], [10, 0]);
	});
});

test("TST-05", "allBlocked can be cancelled", async () => {
	await withTaskGroup(async (group) => {
		const task = group.spawn(() => allBlocked(1_000));
		await sleep(10);
		task.cancel();
	});
	equal(now(), 10);
});

test(
	"TST-05",
	"the shortest cushion ends first, equal ones together, each counted from what happened last",
	async () => {
		const log: string[] = [];
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				for (let turn = 0; turn < 3; turn++) await sleep(10);
				log.push("blinked");
			});
			for (const cushion of [30, 20, 0, 20]) {
				group.spawn(async () => {
					await allBlocked(cushion);
					log.push(`${cushion} at ${now()}`);
				});
			}
		});
		equal(log, ["0 at 0", "blinked", "20 at 50", "20 at 50", "30 at 80"]);
	},
);

/** What need not wait: each must notice a cancellation all the same. */
function readyAwaits(): Record<string, () => Coroutine<unknown>> {
	const event = new Event();
	event.set();
	const { sender, receiver } = createChannel<number>(3);
	sender.trySend(1);
	const queue = new Queue<number>(3);
	queue.tryPut(1);
	const readWrite = new ReadWriteLock();
	return {
		checkpoint: () => checkpoint(),
		"sleep(0)": () => sleep(0),
		"sleepUntil the past": () => sleepUntil(0),
		"an event that is set": () => event.wait(),
		"a latch that is open": () => new Latch(0).wait(),
		"a barrier for one": () => new Barrier(1).wait(),
		"a free lock": () => new Lock().acquire(),
		"a free semaphore": () => new Semaphore(1).acquire(),
		"a free limiter": () => new CapacityLimiter(1).acquire(),
		"reading under a free lock": () => readWrite.read.acquire(),
		"writing under a free lock": () => readWrite.write.acquire(),
		"a channel with room": () => sender.send(2),
		"a channel with a value": () => receiver.receive(),
		"a queue with room": () => queue.put(2),
		"a queue with a value": () => queue.get(),
		"a settled promise": () => until(Promise.resolve(1)),
		"a suspend that resumes at once": () => suspend<void>((resume) => resume()),
	};
}

test("TST-06", "every await of the toolbox notices a cancellation, also where it need not wait", async () => {
	for (const [name, wait] of Object.entries(readyAwaits())) {
		let entered = false;
		let done = false;
		await withCancelScope(async (scope) => {
			scope.cancel();
			entered = true;
			await wait();
			done = true;
		});
		equal([entered, done], [true, false], name);
	}
});

test("TST-06", "checkpoint and sleep(0) also let everybody else run; what need not wait does not", async () => {
	const turns = async (wait: () => Coroutine<unknown>): Promise<number> => {
		let others = 0;
		await withTaskGroup(async (group) => {
			group.spawn(() => {
				others++;
			});
			await wait();
			others *= 10;
		});
		return others;
	};
	equal(await turns(() => checkpoint()), 10);
	equal(await turns(() => sleep(0)), 10);
	const event = new Event();
	event.set();
	equal(await turns(() => event.wait()), 1);
});

/** Notes what it is told of tasks that have the name. */
function recorder(name: string, log: string[]): Instrument {
	const note = (what: string) => (task: { readonly name: string }) => {
		if (task.name === name) log.push(what);
	};
	return {
		taskStarted: note("started"),
		taskReady: note("ready"),
		beforeStep: note("before"),
		afterStep: note("after"),
		taskEnded: note("ended"),
	};
}

outside("TST-08", "an instrument is told of a run, and of each task's steps in order", function* () {
	const log: string[] = [];
	const body: Body<void> = async () => {
		await withTaskGroup(async (group) => {
			group.spawnWith({ name: "watched" }, async () => {
				await checkpoint();
			});
		});
	};
	const run: Instrument = {
		runStarted: (it) => void log.push(`run ${it.name} started`),
		runEnded: () => void log.push("run ended"),
	};
	yield* value(virtual(body, { name: "program", instruments: [run, recorder("watched", log)] }));
	equal(log, [
		"run program started",
		"started",
		"ready",
		"before",
		"ready",
		"after",
		"before",
		"ended",
		"after",
		"run ended",
	]);
});

outside("TST-08", "an instrument that throws is reported and taken out; the others and the run go on", function* () {
	const error = new Error("instrument");
	const log: string[] = [];
	let calls = 0;
	const broken: Instrument = {
		beforeStep: () => {
			calls++;
			throw error;
		},
	};
	const body: Body<string> = async () => {
		await withTaskGroup(async (group) => {
			group.spawnWith({ name: "watched" }, () => checkpoint());
		});
		return "value";
	};
	same(yield* value(virtual(body, { instruments: [broken, recorder("watched", log)] })), "value");
	equal(calls, 1);
	equal(
		reports().map((it) => [it.kind, it.error]),
		[["instrument", error]],
	);
	ok(log.includes("ended"), "the other one is told to the end");
});

outside("TST-09", "the methods of an instrument are looked up at each call", function* () {
	const log: string[] = [];
	const instrument: Instrument = { taskStarted: () => void log.push("first") };
	const body: Body<void> = async () => {
		instrument.taskStarted = () => void log.push("second");
		await withTaskGroup(async (group) => {
			group.spawn(() => checkpoint());
		});
	};
	yield* value(virtual(body, { instruments: [instrument] }));
	equal(log, ["first", "second"]);
});
