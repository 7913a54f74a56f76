import {
	BusyResourceError,
	CapacityLimiter,
	CoroutineReusedError,
	createChannel,
	currentScope,
	Event,
	GroupClosedError,
	interval,
	Lock,
	MisuseError,
	moveOnAfter,
	moveOnAt,
	openTaskGroup,
	ReadWriteLock,
	ScopeMisuseError,
	Semaphore,
	StartedError,
	sleep,
	sleepForever,
	sleepUntil,
	type TaskGroup,
	withCancelScope,
	withDeadline,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import {
	type Body,
	instance,
	ok,
	outside,
	reports,
	same,
	settled,
	test,
	thrown,
	thrownBy,
	virtual,
} from "../harness.ts";

type ErrorType = abstract new (...args: never) => Error;

/** Wrong use is told by a class with its code, and by a message with all these parts: who did what, and the mend. */
function tells(error: unknown, type: ErrorType, code: string | undefined, ...parts: readonly RegExp[]): void {
	instance(error, type);
	same(Reflect.get(error, "code"), code, "code");
	for (const part of parts) ok(part.test(error.message), `the message says ${part}: ${error.message}`);
}

test("HF-MIS-01", "releasing another's lock names both tasks, and what to use instead", async () => {
	const lock = new Lock();
	await withTaskGroup(async (group) => {
		group.spawnWith({ name: "owner" }, () => lock.with(() => sleep(10)));
		await sleep(1);
		group.spawnWith({ name: "thief" }, async () => {
			const error = thrownBy(() => lock.release());
			tells(
				error,
				MisuseError,
				"HOLDFAST_MISUSE",
				/Lock\.release/,
				/owner/,
				/thief/,
				/only who acquired it may/,
				/Event/,
			);
		});
	});
	tells(
		thrownBy(() => lock.release()),
		MisuseError,
		"HOLDFAST_MISUSE",
		/nobody holds this lock/,
		/acquire\(\) it first/,
	);
});

test("HF-MIS-02", "a lock that its owner takes twice, and permits that were not taken", async () => {
	const lock = new Lock();
	await lock.with(async () => {
		tells(
			await thrown(() => lock.acquire()),
			MisuseError,
			"HOLDFAST_MISUSE",
			/Lock\.acquire/,
			/holds this lock already/,
		);
	});
	const limiter = new CapacityLimiter(1);
	tells(
		thrownBy(() => limiter.release()),
		MisuseError,
		"HOLDFAST_MISUSE",
		/CapacityLimiter/,
	);
	const semaphore = new Semaphore(1, { max: 1 });
	tells(
		thrownBy(() => semaphore.release()),
		MisuseError,
		"HOLDFAST_MISUSE",
		/Semaphore/,
	);
	const readWrite = new ReadWriteLock();
	tells(
		thrownBy(() => readWrite.write.release()),
		MisuseError,
		"HOLDFAST_MISUSE",
		/ReadWriteLock/,
	);
});

test("HF-MIS-03", "using a scope's coroutine a second time names the call", async () => {
	const scope = withCancelScope(() => "value");
	await scope;
	tells(await thrown(() => scope), CoroutineReusedError, "HOLDFAST_COROUTINE_REUSED", /withCancelScope/, /once|again/);
	const pause = sleep(1);
	await pause;
	tells(await thrown(() => pause), CoroutineReusedError, "HOLDFAST_COROUTINE_REUSED", /sleep/);
});

test("HF-MIS-04", "leaving scopes out of order names the one that was left open", async () => {
	const misusing = async (): Promise<void> => {
		const outer = openTaskGroup({ name: "outer" });
		openTaskGroup({ name: "inner" });
		await outer.join();
	};
	tells(await thrown(misusing), ScopeMisuseError, "HOLDFAST_SCOPE_MISUSE", /inner/, /join|close|await using/);
	const forgetful = async (): Promise<void> => {
		openTaskGroup({ name: "forgotten" });
	};
	tells(await thrown(forgetful), ScopeMisuseError, "HOLDFAST_SCOPE_MISUSE", /forgotten/, /join|await using/);
});

test("HF-MIS-05", "two readers of a group's results: the second is told, the first goes on", async () => {
	await withTaskGroup(async (group) => {
		await withTaskGroup(async (readers) => {
			group.spawn(async () => {
				await sleep(10);
				return "result";
			});
			const results = group.results();
			const first = readers.spawn(async () => (await results.next()).value);
			await sleep(1);
			const error = await thrown(() => results.next());
			tells(error, BusyResourceError, "HOLDFAST_BUSY_RESOURCE", /results\(\)/, /one task|one at a time|another task/);
			same(await first, "result");
		});
	});
});

test("HF-MIS-06", "spawning into a group that has ended names the function and the group", async () => {
	let group: TaskGroup | undefined;
	await withTaskGroup(
		async (it) => {
			group = it;
		},
		{ name: "crawl" },
	);
	const late = async (): Promise<void> => {};
	tells(
		thrownBy(() => group?.spawn(late)),
		GroupClosedError,
		"HOLDFAST_GROUP_CLOSED",
		/spawn\(late\)/,
		/"crawl" has ended/,
		/inside its body/,
	);
	tells(
		thrownBy(() => group?.spawnWith({ name: "x" }, late)),
		GroupClosedError,
		"HOLDFAST_GROUP_CLOSED",
		/late/,
		/crawl/,
	);
	const starting = async (_started: (value: number) => void): Promise<void> => {};
	tells(
		await thrown(() => group?.start(starting)),
		GroupClosedError,
		"HOLDFAST_GROUP_CLOSED",
		/start\(starting\)/,
		/has ended/,
	);
});

test("HF-MIS-07", "started() twice, and never", async () => {
	await withTaskGroup(async (group) => {
		const twice = async (started: (value: number) => void): Promise<void> => {
			started(1);
			tells(
				thrownBy(() => started(2)),
				StartedError,
				"HOLDFAST_STARTED",
				/twice/,
				/called started\(\) twice/,
			);
		};
		await group.start(twice);
		const never = async (_started: (value: number) => void): Promise<void> => {};
		tells(
			await thrown(() => group.start(never)),
			StartedError,
			"HOLDFAST_STARTED",
			/never/,
			/without calling started\(\)/,
		);
	});
});

/** Each takes a time, and gives or throws at the call or at the await. */
const durations: Record<string, (time: number) => unknown> = {
	sleep: (time) => sleep(time),
	withTimeout: (time) => withTimeout(time, () => {}),
	moveOnAfter: (time) => moveOnAfter(time, () => {}),
	"withCancelScope: timeout": (timeout) => withCancelScope({ timeout }, () => {}),
	"withCancelScope: grace": (grace) => withCancelScope({ grace }, () => {}),
	"withTaskGroup: timeout": (timeout) => withTaskGroup(() => {}, { timeout }),
	"withTaskGroup: grace": (grace) => withTaskGroup(() => {}, { grace }),
	interval: (time) => interval(time),
	"scope.grace": (grace) => {
		currentScope().grace = grace;
	},
	"scope.cancel: grace": (grace) => withCancelScope((scope) => scope.cancel("x", { grace })),
};

const instants: Record<string, (time: number) => unknown> = {
	sleepUntil: (time) => sleepUntil(time),
	withDeadline: (time) => withDeadline(time, () => {}),
	moveOnAt: (time) => moveOnAt(time, () => {}),
	"withCancelScope: deadline": (deadline) => withCancelScope({ deadline }, () => {}),
	"scope.deadline": (deadline) => {
		currentScope().deadline = deadline;
	},
};

test(
	"HF-MIS-08",
	"NaN and negative durations, and instants that are NaN, are RangeErrors that name the value",
	async () => {
		const cases = [
			...Object.entries(durations).flatMap(([name, use]) => [
				[name, use, -1] as const,
				[name, use, Number.NaN] as const,
			]),
			...Object.entries(instants).map(([name, use]) => [name, use, Number.NaN] as const),
		];
		for (const [name, use, time] of cases) {
			const body: Body = async () => await (use(time) as PromiseLike<unknown>);
			const error = await thrown(body).catch(() => undefined);
			ok(error instanceof RangeError, `${name}(${time}) throws a RangeError, not ${error}`);
			ok(error.message.includes(String(time)), `${name}(${time}) names the value: ${error.message}`);
		}
	},
);

outside("HF-MIS-09", "run refuses a wrong grace, and what is no function, by name", function* () {
	for (const grace of [-1, Number.NaN]) {
		const { error } = yield* settled(virtual(() => {}, { grace }));
		instance(error, RangeError);
		ok(/grace/.test(error.message) && error.message.includes(String(grace)), `names grace and value: ${error.message}`);
	}
});

test("HF-MIS-10", "what is no function is refused at the call, with the mend", async () => {
	await withTaskGroup(async (group) => {
		const call = sleep(1);
		const error = thrownBy(() => group.spawn(call as never));
		instance(error, TypeError);
		ok(/spawn/.test(error.message) && /function/.test(error.message), `says what to pass: ${error.message}`);
		await call;
		for (const use of [
			() => withTimeout(1, sleepForever() as never),
			() => new Lock().with(sleep(1) as never),
			() => withCancelScope("body" as never),
		])
			instance(thrownBy(use), TypeError);
	});
	for (const { kind } of reports()) same(kind, "never-awaited");
});

test("HF-MIS-11", "the ends of a channel say which side is to blame", async () => {
	const { sender, receiver } = createChannel<number>(1);
	sender.close();
	const closed = await thrown(() => sender.send(1));
	same(Reflect.get(closed as object, "code"), "HOLDFAST_CLOSED_RESOURCE");
	same(Reflect.get((await thrown(() => receiver.receive())) as object, "code"), "HOLDFAST_END_OF_CHANNEL");
	const other = createChannel<number>(1);
	other.receiver.close();
	same(Reflect.get((await thrown(() => other.sender.send(1))) as object, "code"), "HOLDFAST_BROKEN_RESOURCE");
	same(new Event().isSet, false);
});
