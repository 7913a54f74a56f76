import { checkpoint, GroupClosedError, moveOnAfter, now, openTaskGroup, sleep, sleepForever } from "holdfast";
import { equal, instance, ok, same, test, thrown, thrownBy } from "../harness.ts";

const failing = (error: unknown) => async (): Promise<never> => {
	throw error;
};

test("HF-GRP-02", "openTaskGroup: join waits for the tasks and throws their first failure", async () => {
	const log: string[] = [];
	const group = openTaskGroup();
	group.spawn(async () => {
		await sleep(5);
		log.push("child");
	});
	await group.join();
	equal(log, ["child"]);
	const error = new Error("child");
	const another = openTaskGroup();
	another.spawn(failing(error));
	same(await thrown(() => another.join()), error);
	instance(
		thrownBy(() => group.spawn(failing(1))),
		GroupClosedError,
	);
});

test("HF-GRP-03", "openTaskGroup: left without join, disposal cancels the tasks and waits for them", async () => {
	const log: string[] = [];
	const group = openTaskGroup();
	group.spawn(async () => {
		try {
			await sleepForever();
		} finally {
			log.push("finally");
		}
	});
	await checkpoint();
	await group[Symbol.asyncDispose]();
	equal(log, ["finally"]);
	await checkpoint();
});

test(
	"HF-GRP-04",
	"await using a task group: an error of the block cancels the tasks and goes on",
	async () => {
		const error = new Error("block");
		const log: string[] = [];
		const block = async (): Promise<void> => {
			await using group = openTaskGroup();
			group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					log.push("finally");
				}
			});
			await checkpoint();
			throw error;
		};
		same(await thrown(block), error);
		equal(log, ["finally"]);
	},
	{ compiledOnly: "generators have no `await using`" },
);

test(
	"HF-GRP-05",
	"await using a task group: a child's failure is thrown and cancels the block",
	async () => {
		const error = new Error("child");
		const block = async (): Promise<void> => {
			await using group = openTaskGroup();
			group.spawn(failing(error));
			await sleepForever();
		};
		same(await thrown(block), error);
		await checkpoint();
	},
	{ compiledOnly: "generators have no `await using`" },
);

test(
	"HF-GRP-06",
	"a group that its frame leaves open is closed by it, and the frame fails with an error that names it",
	async () => {
		const log: string[] = [];
		const forgetful = async (): Promise<string> => {
			const group = openTaskGroup({ name: "forgotten" });
			group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					log.push("finally");
				}
			});
			await checkpoint();
			return "value";
		};
		const error = await thrown(forgetful);
		ok(/forgotten/.test(String(error)), `the error names the group: ${error}`);
		equal(log, ["finally"]);
		await checkpoint();
	},
);

test(
	"HF-GRP-13",
	"two open groups that are closed in the wrong order: that is an error, and nothing is left running",
	async () => {
		const log: string[] = [];
		const child = (name: string) => async (): Promise<void> => {
			try {
				await sleepForever();
			} finally {
				log.push(name);
			}
		};
		const misusing = async (): Promise<void> => {
			const outer = openTaskGroup({ name: "outer" });
			const inner = openTaskGroup({ name: "inner" });
			outer.spawn(child("outer"));
			inner.spawn(child("inner"));
			await checkpoint();
			await outer.join();
			log.push("not reached");
		};
		const error = await thrown(misusing);
		ok(/inner/.test(String(error)), `the error names the group that was left open: ${error}`);
		equal(log.sort(), ["inner", "outer"]);
		await checkpoint();
	},
);

test(
	"HF-GRP-16",
	"await using a task group: a cancellation of the block cancels the tasks, and they are waited for",
	async () => {
		const log: string[] = [];
		const start = now();
		await moveOnAfter(5, async () => {
			await using group = openTaskGroup();
			group.spawn(async () => {
				try {
					await sleepForever();
				} finally {
					await sleep(3);
					log.push(`task at ${now() - start}`);
				}
			});
			await sleepForever();
		});
		equal(log, ["task at 8"]);
	},
	{ compiledOnly: "generators have no `await using`" },
);

test(
	"HF-GRP-17",
	"await using a task group: the normal end of the block waits for the tasks",
	async () => {
		const log: string[] = [];
		const block = async (): Promise<string> => {
			await using group = openTaskGroup();
			group.spawn(async () => {
				await sleep(5);
				log.push("task");
			});
			log.push("body");
			return "value";
		};
		equal(await block(), "value");
		equal(log, ["body", "task"]);
	},
	{ compiledOnly: "generators have no `await using`" },
);
