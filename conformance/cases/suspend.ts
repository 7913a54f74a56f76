import {
	type CancelScope,
	type Coroutine,
	checkpoint,
	Event,
	moveOnAfter,
	type Resume,
	sleep,
	sleepForever,
	suspend,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, same, test, thrown } from "../harness.ts";

test(
	"CAN-20",
	"abort is asked once; refusing, the task stays until it is resumed, and gets what it is resumed with",
	async () => {
		const log: unknown[] = [];
		let resume: Resume<string> | undefined;
		await withTaskGroup(async (group) => {
			let outer: CancelScope | undefined;
			let inner: CancelScope | undefined;
			group.spawn(() =>
				withCancelScope(async (first) => {
					outer = first;
					await withCancelScope(async (second) => {
						inner = second;
						const value = await suspend<string>((it) => {
							resume = it;
							return (reason) => {
								log.push(`abort: ${reason.text}`);
								return false;
							};
						});
						log.push(value);
						await checkpoint();
						log.push("not reached");
					});
				}),
			);
			await sleep(1);
			inner?.cancel("inner");
			outer?.cancel("outer");
			await sleep(1);
			log.push("still waiting");
			if (inner !== undefined) inner.shield = true;
			resume?.("resumed");
			resume?.("ignored");
		});
		equal(log, ["abort: inner", "still waiting", "resumed"]);
	},
);

test("CAN-20", "an abort that was accepted stands, although a shield is set before it is delivered", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		let outer: CancelScope | undefined;
		let inner: CancelScope | undefined;
		group.spawn(() =>
			withCancelScope(async (first) => {
				outer = first;
				await withCancelScope(async (second) => {
					inner = second;
					try {
						await sleepForever();
						log.push("not reached");
					} finally {
						log.push("finally");
					}
				});
				log.push("not reached: the outer one catches");
			}),
		);
		await sleep(1);
		outer?.cancel();
		if (inner !== undefined) inner.shield = true;
	});
	equal(log, ["finally"]);
});

test("HF-CAN-02", "a value that was delivered in the step of the cancellation is not lost", async () => {
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		let scope: CancelScope | undefined;
		let resume: Resume<string> | undefined;
		group.spawn(() =>
			withCancelScope(async (it) => {
				scope = it;
				log.push(
					await suspend<string>((given) => {
						resume = given;
						return () => {};
					}),
				);
				await checkpoint();
				log.push("not reached");
			}),
		);
		await sleep(1);
		resume?.("value");
		scope?.cancel();
	});
	equal(log, ["value"]);
});

test(
	"HF-CAN-08",
	"a toolbox await in a cancelled scope has no effect, also where it would not have to wait",
	async () => {
		const event = new Event();
		event.set();
		const log: string[] = [];
		await withCancelScope(async (scope) => {
			scope.cancel();
			await event.wait();
			log.push("not reached");
		});
		equal(log, []);
	},
);

test("HF-CAN-13", "abort must be a function or nothing, and its error resumes the task", async () => {
	const wrong = await thrown(() => suspend(() => 5 as unknown as undefined));
	instance(wrong, TypeError);
	const error = new Error("abort");
	await withTaskGroup(async (group) => {
		let scope: CancelScope | undefined;
		group.spawn(async () => {
			await sleep(1);
			scope?.cancel();
		});
		const failing = withCancelScope(async (it) => {
			scope = it;
			await suspend<void>(() => () => {
				throw error;
			});
		});
		same(await thrown(() => failing), error);
	});
});

test("HF-CAN-14", "resume.throw throws at the await; later calls are ignored", async () => {
	const error = new Error("resumed");
	let late: Resume<string> | undefined;
	const suspended = suspend<string>((resume) => {
		late = resume;
		resume.throw(error);
		resume("ignored");
	});
	same(await thrown(() => suspended), error);
	late?.("ignored");
	late?.throw(new Error("ignored"));
	await checkpoint();
	equal(await suspend<number>((resume) => resume(3)), 3);
});

test("HF-CAN-16", "a resume that comes after an accepted abort does not wake a later wait", async () => {
	const resumes: Resume<string>[] = [];
	const wait = (): Coroutine<string> =>
		suspend<string>((resume) => {
			resumes.push(resume);
			return () => {};
		});
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await moveOnAfter(5, wait);
			equal(await wait(), "second");
		});
		await sleep(10);
		resumes[0]?.("first");
		resumes[0]?.throw(new Error("first"));
		await sleep(1);
		resumes[1]?.("second");
	});
});

test("HF-CAN-17", "an abort that resumes the task with a value has delivered it", async () => {
	const log: string[] = [];
	await moveOnAfter(5, async () => {
		log.push(await suspend<string>((resume) => () => resume("value")));
		await checkpoint();
		log.push("not reached");
	});
	equal(log, ["value"]);
});
